"""What a decision does once it is executed, and what undoes it: measures of agencies and entries of their record."""

from datetime import date, datetime
from typing import Final

from asyncpg import Record

from market.agencies import service as agencies
from market.credit.queries import decisions
from market.credit.queries.cases import CaseRow
from market.credit.service import rankings
from market.credit.states import MeasureKind
from market.kernel.calendar import add_months
from market.kernel.times import local
from market.ledger.service import Act

ENTRY_PREFIX: Final = "XY"
# As `scoring.params` has them, which this process does not load; a test holds the two together.
ENTRY_MONTHS: Final = {"minor": 6, "general": 12, "serious": 24}
_STATE_UNDER: Final = {MeasureKind.ELIMINATION: "eliminated", MeasureKind.SUSPEND_ALL: "suspended"}


async def carry_out(
    case: CaseRow, decision: Record, *, ends_at: datetime, reentry_on: date | None, now: datetime
) -> list[Act]:
    """Let an agency feel a measure from now on; a reminder and a rectification only stand in the record."""
    measure, item, basis = MeasureKind(decision["measure"]), decision["item"], case.number
    if measure is MeasureKind.ELIMINATION:
        assert reentry_on is not None
        since = case.opened_at
        return await agencies.eliminate_within(case.agency, reentry_on=reentry_on, basis=basis, since=since, now=now)
    if measure is MeasureKind.SUSPEND_ALL:
        return await agencies.suspend_within(case.agency, until=ends_at, basis=basis, now=now)
    if measure is MeasureKind.SUSPEND_ITEM:
        return await agencies.suspend_item_within(case.agency, item, until=ends_at, basis=basis, now=now)
    return []


async def enter(case: CaseRow, decision: Record, now: datetime) -> None:
    """Write the credit entry a decision orders, with the day its display and use end."""
    if decision["entry_kind"] is None:
        return
    ends_on = add_months(local(now).date(), ENTRY_MONTHS[decision["entry_kind"]])
    number = f"{ENTRY_PREFIX}{case.number.removeprefix('AJ')}"
    await decisions.add_entry(decision, case.agency, number, now, ends_on)


async def undo(case: CaseRow, decision: Record, why: str, now: datetime) -> list[Act]:
    """End a measure before its time; the agency stands as if it had never been, or as other measures leave it."""
    await decisions.end_measure(decision["id"], why, now)
    measure = MeasureKind(decision["measure"])
    if decision["measure_id"] is None:
        return []
    if measure is MeasureKind.SUSPEND_ITEM:
        return await agencies.lift_items_within(case.agency, basis=case.number, now=now)
    under = _STATE_UNDER.get(measure)
    if under is None:
        return []
    if left := await decisions.left_in_force(case.agency, measure, decision["id"], now):
        kept = {"until": left["ends_at"], "reentry_on": left["reentry_on"], "basis": case.number}
        return await agencies.shorten_within(case.agency, **kept, now=now)
    if await decisions.agency_state(case.agency) != under:
        if measure is MeasureKind.SUSPEND_ALL:
            await agencies.end_suspension_within(case.agency)
        return []
    return await agencies.reinstate_within(case.agency, basis=case.number, now=now)


async def end_entries(decision: Record, now: datetime) -> None:
    """End the display and the use of what a decision wrote into the record."""
    await decisions.end_entries(decision["id"], local(now).date())


async def recompute(case: CaseRow, decision: Record, now: datetime) -> None:
    """Ask for the rankings anew that may have read what a decision wrote; before its execution it wrote nothing."""
    if decision["begins_at"] is not None:
        await rankings.ask_since(case.agency, local(decision["begins_at"]).date(), now=now)
