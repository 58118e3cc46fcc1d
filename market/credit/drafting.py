"""
Drafts of rankings: when a quarter's is due, and how one is computed again.

A draft is as of the last day of its quarter, whenever it is made: it is
computed from the record as it then reads, so that a correction made at its
source before the draft counts. Where nothing changed it cites the night's own
run; otherwise a further run of that day, beside it. A published ranking is not
edited: computed again, it becomes the draft of its next edition.

Basis: DESIGN §6, §12 (ranking drafted on the 6th working day after the quarter).
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime

from market.clock import service as clock
from market.credit import evaluation
from market.credit.evaluation import CLAIMED_FOR, Evaluation
from market.credit.queries import rankings, runs
from market.credit.queries.rankings import RankingRow
from market.credit.states import RankingState
from market.db import execute, writing
from market.kernel import rulesets
from market.kernel.calendar import WorkCalendar, WorkdayUnit, end_of
from market.kernel.rulesets.schema import Ruleset
from market.kernel.times import ZONE, rfc3339
from market.ledger import service as ledger
from market.ledger.service import Act
from market.messages import service as messages


@dataclass(frozen=True, slots=True)
class Due:
    """A quarter to draft the ranking of: its first, or the one that is computed again."""

    slot: date
    again: RankingRow | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    """What a draft is written with."""

    run: int
    archive: bytes
    now: datetime
    until: datetime


def drafted_from(slot: date, calendar: WorkCalendar, ruleset: Ruleset) -> datetime:
    """Return the moment from which a quarter's ranking is drafted."""
    counting, rules = calendar.counting(ruleset.workday_unit), ruleset.evaluation
    if counting.unit is WorkdayUnit.MINUTE:
        return counting.period_end(end_of(slot), rules.ranking_drafted_on_workday)
    day = counting.add_workdays(slot, rules.ranking_drafted_on_workday)
    return datetime.combine(day, rules.nightly_at, ZONE)


async def next_due(now: datetime, ruleset: str = rulesets.MODEL) -> Due | None:
    """Return what is to be drafted first: the oldest quarter without a ranking, then what was asked again."""
    calendar, rules = await clock.calendar(), rulesets.get(ruleset)
    for slot in await rankings.without():
        if drafted_from(slot, calendar, rules) <= now:
            return Due(slot)
    asked = await rankings.asked_again()
    return Due(asked[0].slot, asked[0]) if asked else None


async def prepare(due: Due, worker: str, *, now: datetime) -> Evaluation | None:
    """Compute a draft outside any transaction; nothing while another worker does."""
    if not await runs.claim(end_of(due.slot), worker, now=now, until=now + CLAIMED_FOR):
        return None
    return await evaluation.compute(due.slot)


async def store(due: Due, computed: Evaluation, *, now: datetime, ruleset: str = rulesets.MODEL) -> bool:
    """Write a draft and open it to objection; false if another worker was first."""
    run, scored, _ = evaluation.read(computed)
    rules = rulesets.get(ruleset)
    days = (await clock.calendar()).counting(rules.workday_unit)
    until = days.period_end(now, rules.evaluation.ranking_objection_workdays)
    async with writing():
        # The unique edition decides; the lock spares a second worker the work that it would throw away.
        await execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"ranking {due.slot.isoformat()}")
        before = await rankings.locked(due.slot)
        if not _stands(due, before):
            return False
        key, acts = await runs.same(run, before.run_number if before else 0), []
        if key is None:
            further = replace(run, number=await runs.next_number(due.slot))
            acts.append(await evaluation.add(further, scored, (), now))
            key = await runs.key_of(due.slot, further.number)
        acts.append(await _draft(due.slot, before, _Made(key, computed.files["public.zip"], now, until)))
        await ledger.append_many(acts)
    return True


def _stands(due: Due, before: RankingRow | None) -> bool:
    """Tell whether what was due is still so, now that the row is locked."""
    if before is None or due.again is None:
        return before is None and due.again is None
    return before.id == due.again.id and before.recompute_asked_at is not None


async def _draft(slot: date, before: RankingRow | None, made: _Made) -> Act:
    now, until, archive = made.now, made.until, made.archive
    edition = 1 if before is None else before.edition
    if before is not None and before.state is RankingState.DRAFTED:
        await rankings.redraft(before.id, made.run, archive, now=now, until=until)
    else:
        if before is not None:
            edition += 1
            await rankings.ask_again(before.id, None)
        await rankings.draft(slot, edition, made.run, archive, now=now, until=until)
    subject = f"ranking:{slot.isoformat()}"
    named = {"slot": slot.isoformat(), "until": rfc3339(until)}
    await messages.tell_all(await rankings.told(made.run), "ranking_line_drafted", at=now, subject=subject, **named)
    await messages.tell_all(await rankings.regulators(), "ranking_drafted", at=now, subject=subject, **named)
    told = {"archive": hashlib.sha256(archive).hexdigest(), "until": rfc3339(until), "edition": edition}
    return Act("ranking.drafted" if before is None else "ranking.recomputed", now, subject, told)
