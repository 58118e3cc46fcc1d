"""
What the acts on facts read and write: imports, approvals, checks and credit levels.

A file goes in by one statement for all of its rows; a row somebody else
brought in meanwhile is skipped, and the count tells.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from asyncpg import Record

from market.credit.fact_rules import ApprovalRow, File, LevelRow
from market.db import execute, fetch, row, value
from market.kernel.times import ZONE

NEWEST = 100


async def items() -> frozenset[str]:
    """Return the code of every item that ever had an outcome."""
    return frozenset(each["code"] for each in await fetch("select code from item where state <> 'proposed'"))


async def agencies() -> frozenset[str]:
    """Return the code of every agency that was ever admitted."""
    return frozenset(each["uscc"] for each in await fetch("select uscc from agency where admitted_at is not null"))


async def add_import(kind: str, file: File, *, rows: int, organisation: int, person: int, now: datetime) -> int | None:
    """Insert an import; None if the organisation brought the same file in before."""
    sql = """
    insert into record_import (organisation, kind, file_name, file_hash, rows, imported_by, imported_at)
    values ($1, $2, $3, $4, $5, $6, $7) on conflict (organisation, kind, file_hash) do nothing returning id
    """
    found: int | None = await value(sql, organisation, kind, file.name, file.hash, rows, person, now)
    return found


async def import_of(organisation: int, kind: str, file_hash: str) -> Record | None:
    """Return the import of a file."""
    sql = "select file_name, imported_at from record_import where organisation = $1 and kind = $2 and file_hash = $3"
    return await row(sql, organisation, kind, file_hash)


async def imports(organisation: int | None, kind: str) -> list[Record]:
    """List the imports of an organisation, newest first."""
    sql = """
    select i.id, i.file_name, i.file_hash, i.rows, i.imported_at, p.name as imported_by
    from record_import i join person p on p.id = i.imported_by
    where i.organisation = $1 and i.kind = $2 order by i.id desc limit $3
    """
    return await fetch(sql, organisation, kind, NEWEST)


async def known_approvals(authority: int, numbers: Collection[str]) -> frozenset[tuple[str, str]]:
    """Return the pairs of number and item an authority recorded before."""
    sql = """
    select a.number, i.code from approval a join item i on i.id = a.item
    where a.authority = $1 and a.number = any($2::text[])
    """
    return frozenset((each["number"], each["code"]) for each in await fetch(sql, authority, list(numbers)))


async def add_approvals(source: int, authority: int, rows: Sequence[ApprovalRow], now: datetime) -> int:
    """Insert the approvals of a file and return how many went in."""
    sql = """
    insert into approval (source, authority, number, owner_uscc, project_code, item, division, agency_uscc, demanded,
      decided_at, recorded_at)
    select $1, $2, t.number, t.owner, t.project, i.id, t.division, t.agency, t.demanded, t.decided, $3
    from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::boolean[],
      $11::timestamptz[]) as t (number, owner, project, item, division, agency, demanded, decided)
      join item i on i.code = t.item
    on conflict (authority, number, item) do nothing
    """
    columns = (
        [each.number for each in rows],
        [each.owner_uscc for each in rows],
        [each.project_code for each in rows],
        [each.item for each in rows],
        [each.division for each in rows],
        [each.agency_uscc for each in rows],
        [each.demanded for each in rows],
        [datetime(each.decided_on.year, each.decided_on.month, each.decided_on.day, tzinfo=ZONE) for each in rows],
    )
    done = await execute(sql, source, authority, now, *columns)
    return int(done.rpartition(" ")[2])


async def add_levels(source: int, rows: Sequence[LevelRow], now: datetime) -> int:
    """Insert the levels of a file and return how many went in."""
    sql = """
    insert into public_credit (source, agency, level, recorded_at)
    select $1, a.id, t.level, $2 from unnest($3::text[], $4::text[]) as t (uscc, level) join agency a on a.uscc = t.uscc
    """
    done = await execute(sql, source, now, [each.uscc for each in rows], [each.level for each in rows])
    return int(done.rpartition(" ")[2])


async def agency(uscc: str) -> Record | None:
    """Return an agency that was ever admitted."""
    sql = "select id, uscc, name, organisation, division from agency where uscc = $1 and admitted_at is not null"
    return await row(sql, uscc)


async def contract(number: str) -> Record | None:
    """Return a contract with its agency and its place, and keep others from recording about it meanwhile."""
    sql = """
    select c.id, c.number, c.agency, a.uscc, a.organisation, n.division, n.trade, i.authority_trade,
      c.first_delivered_at
    from contract c join agency a on a.id = c.agency join notice n on n.id = c.notice join item i on i.id = n.item
    where c.number = $1 for update of c
    """
    return await row(sql, number)


async def checked(contract_id: int, body: int) -> bool:
    """Tell whether a body's word on a deliverable stands."""
    sql = """
    select exists (select from supervision_check where contract = $1 and body = $2 and kind = 'authority'
      and annulled_at is null)
    """
    return bool(await value(sql, contract_id, body))


async def add_check(
    kind: str, agency_id: int, contract_id: int | None, *, passed: bool, words: str, body: int, person: int,
    now: datetime,
) -> int:  # fmt: skip
    """Insert a check."""
    sql = """
    insert into supervision_check (agency, kind, body, contract, passed, words, recorded_by, recorded_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8) returning id
    """
    found: int = await value(sql, agency_id, kind, body, contract_id, passed, words, person, now)
    return found


async def checks(body: int | None) -> list[Record]:
    """List what a body recorded, newest first."""
    sql = """
    select s.id, s.kind, s.passed, s.words, s.recorded_at, s.annulled_at, s.annulled_reason, a.uscc, a.name,
      c.number as contract, p.name as recorded_by
    from supervision_check s join agency a on a.id = s.agency join person p on p.id = s.recorded_by
      left join contract c on c.id = s.contract
    where s.body = $1 order by s.id desc limit $2
    """
    return await fetch(sql, body, NEWEST)


async def annul(check: int, body: int, reason: str, now: datetime) -> Record | None:
    """Annul a check of a body that stands; None if there is none."""
    sql = """
    update supervision_check s set annulled_at = $4, annulled_reason = $3 from agency a
    where s.id = $1 and s.body = $2 and s.annulled_at is null and a.id = s.agency
    returning s.kind, a.uscc, a.organisation
    """
    return await row(sql, check, body, reason, now)


async def annulled(check: int, body: int) -> bool:
    """Tell whether a body annulled a check of its own."""
    sql = "select exists (select from supervision_check where id = $1 and body = $2 and annulled_at is not null)"
    return bool(await value(sql, check, body))
