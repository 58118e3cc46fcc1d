"""What decisions, their measures, entries, appeals and repairs read and write; the case's row is locked before."""

from datetime import date, datetime
from typing import Any

from asyncpg import Record

from market.credit.states import MeasureKind
from market.db import execute, fetch, row, value


async def evidence(case_id: int) -> Record:
    """Return whether the record bears an elimination, and who confirmed what it says."""
    found = await row(
        "select elimination_has_ground(c) as has_ground, abandonments_confirmed(c.agency, c.opened_at) as abandonments,"
        " array(select r.confirmed_by from ranking r where r.id in (c.ranking_before, c.ranking_last)"
        "   and r.confirmed_by is not null) as ranking_confirmers,"
        " array(select b.decided_by from abandonment b where b.agency = c.agency and b.state = 'confirmed')"
        "   as abandonment_confirmers, (select l.reviewed_by from lead l where l.id = c.lead) as lead_by"
        " from credit_case c where c.id = $1",
        case_id,
    )
    assert found is not None
    return found


async def add(case_id: int, number: str, decision: dict[str, Any]) -> int:
    """Insert a signed decision and return its key."""
    names = list(decision)
    marks = ", ".join(f"${place}" for place in range(3, len(names) + 3))
    sql = f'insert into case_decision ("case", number, {", ".join(names)}) values ($1, $2, {marks}) returning id'
    added: int = await value(sql, case_id, number, *decision.values())
    return added


async def of_case(case_id: int) -> Record | None:
    """Return the decision of a case with its measure, and whether an appeal waits."""
    return await row(
        "select d.*, i.code as item_code, i.name as item_name, m.id as measure_id, m.begins_at, m.ends_at,"
        " m.reentry_on, m.ended_at, m.ended_why,"
        " exists (select from appeal p where p.decision = d.id and p.outcome is null)"
        " as appeal_waits from case_decision d left join measure m on m.decision = d.id"
        ' left join item i on i.id = d.item where d."case" = $1',
        case_id,
    )


async def add_measure(decision: Record, agency: int, begins_at: datetime, ends_at: datetime, on: date | None) -> None:
    """Insert the measure a decision orders."""
    await execute(
        "insert into measure (decision, agency, kind, item, begins_at, ends_at, reentry_on)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        *(decision["id"], agency, decision["measure"], decision["item"], begins_at, ends_at, on),
    )


async def end_measure(decision_id: int, why: str, at: datetime) -> None:
    """End the measure of a decision, if it has begun and has not ended."""
    sql = "update measure set ended_at = $3, ended_why = $2 where decision = $1 and ended_at is null"
    await execute(sql, decision_id, why, at)


async def left_in_force(agency: int, kind: MeasureKind, decision_id: int, now: datetime) -> Record | None:
    """Return until when other decisions keep an agency under the same measure; nothing if none does."""
    sql = (
        "select max(ends_at) as ends_at, max(reentry_on) as reentry_on from measure where agency = $1 and kind = $2"
        " and decision <> $3 and ended_at is null and ends_at > $4 having count(*) > 0"
    )
    return await row(sql, agency, kind, decision_id, now)


async def item_id(code: str) -> int | None:
    """Return the key of an item."""
    found: int | None = await value("select id from item where code = $1", code)
    return found


async def agency_state(agency: int) -> str:
    """Return where an agency stands."""
    found: str = await value("select state from agency where id = $1", agency)
    return found


async def resting_on(decision_id: int) -> list[str]:
    """Return the numbers of the cases that rest on a decision, in their order."""
    return [each["number"] for each in await fetch(
        "select number from credit_case where basis_decision = $1 order by id", decision_id
    )]  # fmt: skip


async def add_appeal(decision_id: int, words: str, by: int, at: datetime) -> bool:
    """Insert the appeal against a decision; false if there is one."""
    sql = (
        "insert into appeal (decision, words, filed_by, filed_at) values ($1, $2, $3, $4)"
        " on conflict (decision) do nothing returning id"
    )
    return await value(sql, decision_id, words, by, at) is not None


async def appeal_of(decision_id: int) -> Record | None:
    """Return the appeal against a decision."""
    return await row("select * from appeal where decision = $1", decision_id)


async def repairs_of(decision_id: int) -> list[Record]:
    """Return the requests for repair of a decision, oldest first."""
    return await fetch("select * from repair where decision = $1 order by id", decision_id)


async def add_repair(decision_id: int, words: str, by: int, at: datetime) -> bool:
    """Insert a request for repair; false if one waits."""
    sql = (
        "insert into repair (decision, words, asked_by, asked_at) values ($1, $2, $3, $4)"
        " on conflict (decision) where outcome is null do nothing returning id"
    )
    return await value(sql, decision_id, words, by, at) is not None


async def answer(
    table: str, decision_id: int, outcome: str, words: str, *, named: tuple[int, int], at: datetime
) -> bool:
    """Answer the appeal or the repair that waits; false if none does."""
    sql = (
        f"update {table} set outcome = $2, answer = $3, decided_by = $4, decided_for = $5, decided_at = $6"
        " where decision = $1 and outcome is null returning id"
    )
    return await value(sql, decision_id, outcome, words, *named, at) is not None


async def add_entry(decision: Record, agency: int, number: str, recorded_at: datetime, ends_on: date) -> None:
    """Insert the credit entry a decision orders; one decision writes one."""
    await execute(
        "insert into credit_entry (number, agency, kind, ground, fact, decision, recorded_at, ends_on, state)"
        " values ($1, $2, $3, 'decision', $4, $5, $6, $7, 'in_force') on conflict (agency, fact) do nothing",
        *(number, agency, decision["entry_kind"], decision["number"], decision["id"], recorded_at, ends_on),
    )


async def annul_entries(decision_id: int, reason: str, at: datetime) -> None:
    """Annul what a decision wrote into the credit record."""
    await execute(
        "update credit_entry set state = 'annulled', annulled_at = $3, annulled_reason = $2"
        " where decision = $1 and state = 'in_force'",
        *(decision_id, reason, at),
    )


async def end_entries(decision_id: int, on: date) -> None:
    """End the display and the use of what a decision wrote, from a day on."""
    await execute("update credit_entry set ends_on = $2 where decision = $1 and ends_on > $2", decision_id, on)
