"""Every row of two databases, with nothing left out but keys counted by sequences and what must differ."""

import re
from collections import Counter
from typing import Any, Final

import asyncpg

from tests.server import Database

# A worker's name and sign of life; the signed head of the log, which says when it was signed last; hashes of the log,
# whose entries name numbers of cases, which a dead transaction uses up; in what order acts of one moment were written;
# the salts of documents, which are of chance.
BESIDES: Final = frozenset({"worker_beat", "ledger_checkpoint", "ledger_node", "ledger_head", "migration"})
COLUMNS: Final = frozenset({
    "job_run.ran_by", "score_claim.worker", "score_claim.until_at", "ledger_entry.leaf", "ledger_entry.id",
    "ledger_entry.index", "ledger_document.id", "ledger_document.index", "ledger_document.salt", "message.id",
})  # fmt: skip
_KEYS: Final = """
select conrelid::regclass::text as holder, a.attname as name, confrelid::regclass::text as held
from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
where c.contype = 'f' and c.connamespace = 'public'::regnamespace
"""
_SALTED: Final = re.compile(r'"doc":"[0-9a-f]{64}"')
_NUMBERED: Final = re.compile(r"\b(AJ|JD|XY)-(\d{8})-(\d{6})\b")
_SUBJECT: Final = re.compile(r"\b(question|abandonment):(\d+)\b")
_TABLES: Final = {"question": "owner_question", "abandonment": "abandonment"}


async def rows_of(database: Database) -> Counter[str]:
    """Return every row of a database as text, keys told by their rank in their table."""
    admin = await asyncpg.connect(database.url("admin"))
    try:
        tables = [each[0] for each in await admin.fetch(
            "select tablename from pg_tables where schemaname = 'public' order by 1"
        ) if each[0] not in BESIDES]  # fmt: skip
        rows = {table: await admin.fetch(f"select * from {table} order by id") for table in tables}
        held = {(each["holder"], each["name"]): each["held"] for each in await admin.fetch(_KEYS)}
    finally:
        await admin.close()
    ranks = {table: {each["id"]: place for place, each in enumerate(found, 1)} for table, found in rows.items()}
    return Counter(
        f"{table} {_told(table, each, held, ranks)}" for table, found in rows.items() for each in found
    )  # fmt: skip


def _told(table: str, row: Any, held: dict[tuple[str, str], str], ranks: dict[str, dict[int, int]]) -> str:
    told = []
    for name, value in row.items():
        if f"{table}.{name}" in COLUMNS:
            continue
        of = table if name == "id" else held.get((table, name))
        key = of is not None and value is not None
        told.append(f"{name}={of}#{ranks[of].get(value, value)}" if key else f"{name}={_readable(value, ranks)}")
    return ", ".join(told)


def _readable(value: Any, ranks: dict[str, dict[int, int]]) -> str:
    if isinstance(value, bytes) and value.startswith(b"{"):
        value = value.decode()
    if not isinstance(value, str):
        return repr(value)
    cases = ranks["credit_case"]
    value = _SALTED.sub('"doc":…', value)
    value = _NUMBERED.sub(lambda m: f"{m[1]}-{m[2]}-case#{cases.get(int(m[3]), m[3])}", value)
    return _SUBJECT.sub(lambda m: f"{m[1]}#{ranks[_TABLES[m[1]]].get(int(m[2]), m[2])}", value)
