"""
Awards that agencies gave up: recorded by the clock, contested by the agency, decided by a named person.

Nothing follows from what the clock records. A confirmed abandonment becomes a
credit entry at once, and three within twelve months open a case.

Basis: DESIGN §7; ruleset table ``measures`` (JX-HK).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from market.clock import service as clock
from market.credit import abandonment_rules as rules
from market.credit.abandonment_rules import Contest, Finding
from market.credit.queries import abandonments as queries
from market.credit.queries import cases as case_queries
from market.credit.queries.abandonments import Given
from market.credit.service.cases.effects import ENTRY_MONTHS, ENTRY_PREFIX
from market.credit.states import ABANDONMENT, AbandonmentAction, AbandonmentState, EntryKind
from market.db import writing
from market.kernel import rulesets
from market.kernel.calendar import add_months, day_of, end_of
from market.kernel.errors import Conflict, Invalid, MoveRefused, NotFound, Reason, Reasons
from market.kernel.roles import Actor, Role
from market.kernel.times import local, rfc3339
from market.ledger import service as ledger
from market.ledger.service import Act
from market.messages import service as messages

# Before the number of an abandonment in the subject of its messages and entries.
SUBJECT: Final = "abandonment:"
MOST_SHOWN: Final = 500
_MONTHS: Final = 12  # as `abandonments_confirmed`


def since(now: datetime) -> datetime:
    """Return how far back a fact may lie to become an abandonment or an entry."""
    return end_of(add_months(day_of(now), -_MONTHS))


async def unrecorded(now: datetime) -> list[int]:
    """List the awards given up that nothing is recorded of."""
    return await queries.unrecorded(since(now))


async def record(award: int, *, now: datetime) -> bool:
    """Record that an award was given up and tell its agency until when it may contest; false if that is done."""
    async with writing():
        found = await queries.unrecorded_award(since(now), award)
        if found is None:
            return False
        ruleset = rulesets.get(found["ruleset"])
        days = (await clock.calendar()).counting(ruleset.workday_unit)
        until = days.period_end(now, ruleset.measures.abandonment_contest_workdays)
        number = await queries.add(found, now=now, until=until)
        if number is None:
            return False
        told = {"notice": found["notice"], "source": found["source"], "until": rfc3339(until)}
        subject = f"{SUBJECT}{number}"
        await messages.tell(found["organisation"], "abandonment_notified", at=now, subject=subject, **told)
        await ledger.append("abandonment.notified", at=now, subject=subject, fields={"uscc": found["uscc"], **told})
        return True


async def contest(abandonment: int, asked: Contest, *, actor: Actor, now: datetime) -> None:
    """Contest an abandonment within its period, once."""
    async with writing():
        found = await _locked(abandonment, actor)
        after = ABANDONMENT.decide(found.state, AbandonmentAction.CONTEST, actor.role)
        if asked.excuse is not None and asked.excuse not in excuses(found):
            raise Invalid("not_a_choice", field="excuse")
        _refuse(rules.bars_contest(found.contest_until_at, now))
        columns = {"contested_at": now, "contest_words": asked.words, "excuse": asked.excuse}
        if not await queries.move(abandonment, found.state, after, **columns):
            raise MoveRefused
        told = await case_queries.regulators(found.division, found.trade)
        await messages.tell_all(
            told, "abandonment_contested", at=now, subject=f"{SUBJECT}{abandonment}", notice=found.notice
        )
        await _log(found, "contested", now, {"words": asked.words}, excuse=asked.excuse)


async def decide(abandonment: int, finding: Finding, *, actor: Actor, now: datetime) -> None:
    """Confirm or excuse an abandonment, by name, once its period has ended or its agency has spoken."""
    action = AbandonmentAction.CONFIRM if finding.counts else AbandonmentAction.EXCUSE
    async with writing():
        found = await _locked(abandonment, actor)
        after = ABANDONMENT.decide(found.state, action, actor.role)
        _refuse(rules.bars_finding(found.contested_at, found.contest_until_at, actor.person_id, now))
        columns = {
            "decided_by": actor.person_id,
            "decided_for": actor.organisation_id,
            "decided_at": now,
            "decision_words": finding.words,
        }
        if not await queries.move(abandonment, found.state, after, **columns):
            raise MoveRefused
        number = await _enter(found, now) if finding.counts else None
        await _tell(found, after, now)
        await _log(found, str(after), now, {"words": finding.words}, entry=number)


async def annul(abandonment: int, words: str, *, actor: Actor, now: datetime) -> None:
    """Take back what proved wrong: a confirmed abandonment counts no more, and neither does its entry."""
    async with writing():
        found = await _locked(abandonment, actor)
        after = ABANDONMENT.decide(found.state, AbandonmentAction.ANNUL, actor.role)
        if not await queries.move(abandonment, found.state, after):
            raise MoveRefused
        await queries.annul_entry(abandonment, words, now)
        await _tell(found, after, now)
        await _log(found, str(after), now, {"words": words})


async def late(now: datetime) -> list[int]:
    """List contracts delivered so late by their agency's doing that it becomes an entry, and is none yet."""
    found = await queries.late_deliveries(since(now))
    return [each["contract"] for each in found if each["workdays_late"] > _late_over(each["ruleset"])]


async def enter_lateness(contract: int, *, now: datetime) -> bool:
    """Enter the late delivery of a contract, once; false if that is done."""
    async with writing():
        found = await queries.late_delivery(contract)
        if found is None:
            return False
        number = f"{ENTRY_PREFIX}-{local(now):%Y%m%d}-Y{found['id']:06d}"
        added = await queries.add_entry(
            f"late:{found['number']}:delivery", number=number, kind=EntryKind.MINOR, ground="lateness", rate="on_time",
            agency=found["agency"], now=now, ends_on=_ends_on(EntryKind.MINOR, now), contract=contract,
        )  # fmt: skip
        if added:
            told = {"contract": found["number"], "days": found["workdays_late"], "entry": number}
            subject = f"contract:{found['number']}"
            await messages.tell(found["organisation"], "lateness_entered", at=now, subject=subject, **told)
            fields = {"uscc": found["uscc"], "ground": "lateness", **told}
            await ledger.append("entry.recorded", at=now, subject=found["number"], fields=fields)
        return added


def _late_over(ruleset: str) -> int:
    return rulesets.get(ruleset).contracts.lateness_entry_over_workdays


def _ends_on(kind: EntryKind, now: datetime) -> date:
    return add_months(local(now).date(), ENTRY_MONTHS[kind])


@dataclass(frozen=True, slots=True)
class Shown:
    """An abandonment with what somebody may do about it now."""

    given: Given
    may_contest: bool
    may_decide: bool
    may_annul: bool


async def shown(abandonment: int, *, actor: Actor, now: datetime) -> Shown:
    """Return an abandonment to its agency or a regulator of its place and trade."""
    return _shown(_own(await queries.by_id(abandonment), actor), actor, now)


async def listed(actor: Actor, now: datetime) -> list[Shown]:
    """List the abandonments open to somebody, undecided ones first."""
    if actor.role is Role.AGENCY:
        found = await queries.of_agency(actor.organisation_id)
    else:
        found = await queries.all_given(MOST_SHOWN)
    return [_shown(each, actor, now) for each in found if _open_to(each, actor)]


def excuses(found: Given) -> tuple[str, ...]:
    """Return the excuses the rules of a notice know."""
    return tuple(rulesets.get(found.ruleset).abandonment_excuses)


def _shown(found: Given, actor: Actor, now: datetime) -> Shown:
    agency, regulator = actor.role is Role.AGENCY, actor.role is Role.REGULATOR
    undecided = found.state in (AbandonmentState.NOTIFIED, AbandonmentState.CONTESTED)
    barred = rules.bars_finding(found.contested_at, found.contest_until_at, actor.person_id, now)
    return Shown(
        found,
        may_contest=agency and found.state is AbandonmentState.NOTIFIED and now < found.contest_until_at,
        may_decide=regulator and undecided and not barred,
        may_annul=regulator and found.state is AbandonmentState.CONFIRMED,
    )


def _open_to(found: Given, actor: Actor) -> bool:
    if actor.role is Role.AGENCY:
        return found.organisation == actor.organisation_id
    return actor.may_see(found.division, found.trade)


def _own(found: Given | None, actor: Actor) -> Given:
    if found is None or not _open_to(found, actor):
        raise NotFound("abandonment_not_found")
    return found


async def _locked(abandonment: int, actor: Actor) -> Given:
    return _own(await queries.locked(abandonment), actor)


def _refuse(bars: tuple[Reason, ...]) -> None:
    found = Reasons()
    found.extend(bars)
    found.raise_if_any(kind=Conflict)


async def _enter(found: Given, now: datetime) -> str:
    number = f"{ENTRY_PREFIX}-{local(now):%Y%m%d}-Q{found.id:06d}"
    await queries.add_entry(
        f"{SUBJECT}{found.id}", number=number, kind=EntryKind.GENERAL, ground="abandonment", rate="kept",
        agency=found.agency, now=now, ends_on=_ends_on(EntryKind.GENERAL, now),
        contract=found.contract, abandonment=found.id,
    )  # fmt: skip
    return number


async def _tell(found: Given, state: AbandonmentState, now: datetime) -> None:
    subject = f"{SUBJECT}{found.id}"
    await messages.tell(found.organisation, f"abandonment_{state}", at=now, subject=subject, notice=found.notice)


async def _log(found: Given, what: str, now: datetime, document: dict[str, str], **fields: str | None) -> None:
    said = {"uscc": found.uscc, "notice": found.notice, **fields}
    await ledger.append_many([Act(f"abandonment.{what}", now, f"{SUBJECT}{found.id}", said, document)])
