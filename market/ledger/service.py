"""
Appending to the log of every act, and reading what it says.

`append` belongs at the end of the transaction of the act: it locks the head
row until the commit, so whatever follows it makes everybody wait. Personal
data go into *document* only, of which the entry keeps a salted hash.

Basis: RFC 6962; PIPL art. 47 (a deleted document leaves a hash that says nothing).
"""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from market import db
from market.kernel.canonical import canonical, digest
from market.kernel.errors import NotFound
from market.kernel.times import rfc3339
from market.ledger import tree

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """One act to be logged: its type, its moment, what it is about, and its public fields."""

    type: str
    at: datetime
    subject: str
    fields: Json
    document: Json | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as the log holds it; ``fields`` is the whole body but type and moment."""

    index: int
    at: datetime
    type: str
    subject: str
    fields: dict[str, Any]
    body: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement of the log's size and root; ``note`` is the text to verify."""

    size: int
    root: bytes
    note: str
    signed_at: datetime


# One question and not two: from here to the commit every other act waits for the head of the log.
_APPEND_WITH_DOCUMENT: Final = (
    "with entry as materialized (select ledger_append($1, $2, $3, $4) as index), kept as (insert into ledger_document"
    " (index, salt, document) select index, $5::text, $6::jsonb from entry) select index from entry"
)


async def append(
    type: str,  # noqa: A002 (the entry's own word for it)
    *,
    at: datetime,
    subject: str,
    fields: Json,
    document: Json | None = None,
) -> int:
    """Log one act within the caller's transaction and return its index."""
    body, salt = _body(Act(type, at, subject, fields, document))
    if salt is None:
        return int(await db.value("select ledger_append($1, $2, $3, $4)", at, type, subject, body))
    kept = json.dumps(document, ensure_ascii=False)
    return int(await db.value(_APPEND_WITH_DOCUMENT, at, type, subject, body, salt, kept))


async def append_many(acts: Sequence[Act]) -> int:
    """Log many acts within the caller's transaction, in order, and return the first index."""
    bodies = [_body(act) for act in acts]
    first = await db.value(
        "select ledger_append_many($1, $2, $3, $4)",
        [act.at for act in acts],
        [act.type for act in acts],
        [act.subject for act in acts],
        [body for body, _ in bodies],
    )
    kept = [
        (first + place, salt, json.dumps(act.document, ensure_ascii=False))
        for place, (act, (_, salt)) in enumerate(zip(acts, bodies, strict=True))
        if salt is not None
    ]
    if kept:
        await db.executemany("insert into ledger_document (index, salt, document) values ($1, $2, $3)", kept)
    return int(first)


async def entries_of(subject: str) -> list[Entry]:
    """List what the log says of one subject, oldest first."""
    rows = await db.fetch(
        "select index, at, type, subject, body, leaf from ledger_entry where subject = $1 order by index", subject
    )
    return [_entry(row) for row in rows]


async def entry(index: int) -> Entry:
    """Return one entry, or refuse with ``entry_not_found``."""
    row = await db.row("select index, at, type, subject, body, leaf from ledger_entry where index = $1", index)
    if row is None:
        raise NotFound("entry_not_found")
    return _entry(row)


async def document_of(index: int) -> tuple[str, dict[str, Any]] | None:
    """Return the salt and the document behind an entry's hash, unless it has none or was deleted."""
    row = await db.row("select salt, document from ledger_document where index = $1", index)
    return None if row is None else (row["salt"], json.loads(row["document"]))


async def latest(limit: int, before: int | None = None) -> list[Entry]:
    """List the newest entries, newest first, below index *before* if it is given."""
    rows = await db.fetch(
        "select index, at, type, subject, body, leaf from ledger_entry"
        " where $2::bigint is null or index < $2 order by index desc limit $1",
        limit,
        before,
    )
    return [_entry(row) for row in rows]


async def head() -> tuple[int, bytes, datetime]:
    """Return the log's size, its root and the moment of its latest act."""
    row = await db.row("select size, frontier, at from ledger_head where id = 1")
    if row is None:
        raise NotFound("entry_not_found")
    return row["size"], tree.root_of_frontier(tuple(row["frontier"])), row["at"]


async def nodes(addresses: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """Fetch complete nodes by (level, index) in one query; level 0 are the leaves of the entries."""
    wanted = list(dict.fromkeys(addresses))
    if not wanted:
        return {}
    rows = await db.fetch(
        "with wanted as (select * from unnest($1::smallint[], $2::bigint[]) as w(level, index))"
        " select w.level, w.index, n.hash from wanted w join ledger_node n on (n.level, n.index) = (w.level, w.index)"
        " where w.level > 0 union all"
        " select w.level, w.index, e.leaf from wanted w join ledger_entry e on e.index = w.index where w.level = 0",
        [level for level, _ in wanted],
        [index for _, index in wanted],
    )
    return {(row["level"], row["index"]): row["hash"] for row in rows}


async def inclusion(index: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that entry *index* is in the log of *size*."""
    if not 0 <= index < size:
        raise NotFound("entry_not_found")
    found = await nodes(tree.needed_nodes_inclusion(index, size))
    return tree.inclusion_path(lambda level, place: found[level, place], index, size)


async def inclusions(indices: Sequence[int], size: int) -> dict[int, tuple[bytes, ...]]:
    """Return the proofs of several entries in the log of *size*, in one query."""
    if not all(0 <= index < size for index in indices):
        raise NotFound("entry_not_found")
    found = await nodes(address for index in indices for address in tree.needed_nodes_inclusion(index, size))
    return {index: tree.inclusion_path(lambda level, place: found[level, place], index, size) for index in indices}


async def consistency(old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the log of *old* is a prefix of the log of *new*."""
    size, _, _ = await head()
    if not 0 < old <= new <= size:
        raise NotFound("entry_not_found")
    found = await nodes(tree.needed_nodes_consistency(old, new))
    return tree.consistency_path(lambda level, place: found[level, place], old, new)


async def root_at(size: int) -> bytes:
    """Return the root the log had at *size*."""
    found = await nodes(tree.frontier_nodes(size))
    return tree.root_of_frontier(tuple(found[address] for address in tree.frontier_nodes(size)))


async def checkpoint_latest() -> Checkpoint | None:
    """Return the newest signed checkpoint."""
    row = await db.row("select size, root, note, signed_at from ledger_checkpoint order by size desc limit 1")
    return Checkpoint(**dict(row)) if row else None


async def checkpoint(size: int) -> Checkpoint | None:
    """Return the signed checkpoint of one size."""
    row = await db.row("select size, root, note, signed_at from ledger_checkpoint where size = $1", size)
    return Checkpoint(**dict(row)) if row else None


async def store_checkpoint(size: int, root: bytes, note: str, *, now: datetime) -> None:
    """Store a signed checkpoint within the caller's transaction; a second one of the same size is the same."""
    await db.execute(
        "insert into ledger_checkpoint (size, root, note, signed_at) values ($1, $2, $3, $4) on conflict do nothing",
        size,
        root,
        note,
        now,
    )


def _body(act: Act) -> tuple[bytes, str | None]:
    """Return the canonical bytes of an act, and the salt of its document if it has one."""
    body: dict[str, Any] = {"d": "event", "v": 1, "type": act.type, "at": rfc3339(act.at), **act.fields}
    if act.document is None:
        return canonical(body), None
    salt = secrets.token_hex(32)
    body["doc"] = digest({"d": "doc", "salt": salt, "doc": act.document})
    return canonical(body), salt


def _entry(row: Any) -> Entry:
    fields = json.loads(row["body"])
    for name in ("d", "v", "type", "at"):
        del fields[name]
    return Entry(row["index"], row["at"], row["type"], row["subject"], fields, bytes(row["body"]), bytes(row["leaf"]))
