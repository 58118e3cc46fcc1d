"""
The append-only log of every act and the tree above it (留痕).

Nobody writes these tables directly: the database function ``ledger_append``
does, under the lock of the one head row, and no role of the running market has
INSERT, UPDATE or DELETE here. Bodies are canonical JSON without personal data;
a document that has any is kept beside in ``ledger_document`` with its salt, and
deleting it leaves a hash that says nothing.

Basis: RFC 6962 §2; DESIGN §3.
"""

from piccolo.columns import Array, Bytea, SmallInt
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from market.columns import big, document, key, moment, octets, text


class LedgerEntry(Table, tablename="ledger_entry"):
    """One act; ``index`` counts from 0 without gaps."""

    id = key()
    index = big()
    at = moment()
    type = text(index=True)
    subject = text(index=True)
    body = octets()
    leaf = octets()

    ledger_entry_index_once = Unique([index])
    ledger_entry_index_not_negative = Check(index >= 0)
    ledger_entry_body_small = Check("octet_length(body) <= 65535")


class LedgerNode(Table, tablename="ledger_node"):
    """The hash of a complete subtree of 2^level leaves."""

    id = key()
    level = SmallInt(default=None, null=False)
    index = big()
    hash = octets()

    ledger_node_once = Unique([level, index])


class LedgerHead(Table, tablename="ledger_head"):
    """The one row that appends queue for."""

    id = key()
    size = big()
    frontier = Array(base_column=Bytea(), default=list, null=False)
    at = moment()

    ledger_head_alone = Check("id = 1")


class LedgerDocument(Table, tablename="ledger_document"):
    """What a hashed document in an entry said; deletable when a person asks for it."""

    id = key()
    index = big()
    salt = text()
    document = document()

    ledger_document_once = Unique([index])


class LedgerCheckpoint(Table, tablename="ledger_checkpoint"):
    """A signed statement of the log's size and root, made by the worker with a key outside the database."""

    id = key()
    size = big()
    root = octets()
    note = text()
    signed_at = moment()

    ledger_checkpoint_once = Unique([size])
