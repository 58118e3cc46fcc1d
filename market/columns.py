"""
Columns spelt the one right way, for every table.

Piccolo gives a column ``DEFAULT ''`` or ``0``, so that a forgotten value
becomes a wrong one, and leaves a foreign key nullable and unindexed. Here what
must be given must be given, and what may be missing is null.
"""

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table


def key() -> BigSerial:
    """Return a 64-bit primary key; Piccolo's own default has 32 bits."""
    return BigSerial(primary_key=True)


def reference(table: type[Table], *, null: bool = False, index: bool = True, unique: bool = False) -> ForeignKey[Any]:
    """Return an indexed foreign key that refuses to orphan rows."""
    return ForeignKey(
        table, default=None, null=null, index=index and not unique, unique=unique, on_delete=OnDelete.restrict
    )


def text(*, null: bool = False, unique: bool = False, index: bool = False) -> Text:
    """Return a text column without a silent empty default."""
    return Text(default=None, null=null, unique=unique, index=index)


def moment(*, null: bool = False, index: bool = False) -> Timestamptz:
    """Return a moment (``_at``); never filled in by the database."""
    return Timestamptz(default=None, null=null, index=index)


def day(*, null: bool = False) -> Date:
    """Return a date (``_on``) in the market's own time zone."""
    return Date(default=None, null=null)


def fen(*, null: bool = False) -> BigInt:
    """Return an amount in whole fen (``_fen``)."""
    return BigInt(default=None, null=null)


def big(*, null: bool = False, index: bool = False) -> BigInt:
    """Return a 64-bit whole number."""
    return BigInt(default=None, null=null, index=index)


def whole(*, null: bool = False, default: int | None = None) -> Integer:
    """Return a whole number; a default only where rows of the version before must go on being written."""
    return Integer(default=default, null=null)


def yes_no(*, null: bool = False) -> Boolean:
    """Return a claim that is true or false, never by default."""
    return Boolean(default=None, null=null)


def document(*, null: bool = False) -> JSONB:
    """Return a JSON document; read it with ``json.loads``."""
    return JSONB(default=None, null=null)


def octets(*, null: bool = False, unique: bool = False) -> Bytea:
    """Return raw bytes, for hashes and signatures."""
    return Bytea(default=None, null=null, unique=unique)
