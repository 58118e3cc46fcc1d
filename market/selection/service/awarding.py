"""
Proposals (拟中选), declines, and the end of the standstill (公示期).

The next reserve in the published order gets an award of its own; no award is edited into another. Who lost standing
after the freeze keeps the place and is passed by a rule that is written down with its reason.

Basis: DESIGN §4; reference paper on trust, section 1.6.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from market.agencies import service as agencies
from market.clock import service as clock
from market.db import writing
from market.kernel import rulesets
from market.kernel.calendar import WorkCalendar
from market.kernel.errors import Invalid, MoveRefused, NotFound
from market.kernel.roles import Actor, Role
from market.kernel.rulesets.schema import Ruleset
from market.ledger import service as ledger
from market.ledger.service import Act
from market.notices import service as notices
from market.notices.states import NoticeAction, NoticeState
from market.registrations.states import REGISTRATION, RegistrationAction, RegistrationState
from market.selection.service import steps
from market.selection.states import AWARD, AwardAction, AwardState
from market.selection.tables import acts as tables
from market.selection.tables.acts import Entrant, Proposal, Step


@dataclass(frozen=True, slots=True)
class Decline:
    """What a winner says who does not want the award."""

    award: int
    reason: str


async def propose(notice: Step, now: datetime) -> list[Act]:
    """
    Propose the first in order who still has standing, or fail the notice when nobody is left.

    It runs inside the transaction of a step that has moved the notice into standstill, and returns the entries.
    """
    acts: list[Act] = []
    reserves = [each for each in await tables.entrants(notice.id) if each.state == RegistrationState.RESERVE]
    for entrant in reserves:
        await _move(entrant.registration, RegistrationState.RESERVE, RegistrationAction.SELECT)
        lost = await _lost_standing(notice, entrant.agency, now)
        if lost is None:
            return acts + await _award(notice, entrant, now)
        acts.append(await _skip(notice, entrant, lost, now))
    return acts + await steps.fail(notice, "nobody_left", now)


async def decline(asked: Decline, *, actor: Actor, now: datetime) -> None:
    """Give up a proposed award during the standstill, with a reason; the next reserve is proposed at once."""
    if not asked.reason:
        raise Invalid(field="reason", code="field_required")
    async with writing():
        found = await tables.proposal(asked.award)
        if found is None or found.organisation != actor.organisation_id:
            raise NotFound("award_not_found")
        notice = await steps.lock(found.notice)
        award = await tables.standing_proposal(notice.id)
        if award is None or award.id != found.id or now >= award.standstill_ends_at:
            raise MoveRefused("decline_not_now", notice=notice.code)
        await _cancel(award, now, asked.reason)
        await _move(
            award.registration,
            RegistrationState.SELECTED,
            RegistrationAction.DECLINE,
            role=actor.role,
            at=now,
            reason=asked.reason,
        )
        await steps.tell((notice.owner,), "award_declined", notice, now, uscc=award.uscc)
        said = {"reason": asked.reason}
        given_up = steps.act(notice, now, "award.declined", said, uscc=award.uscc, place=award.place)
        await ledger.append_many([given_up, *await propose(notice, now)])


async def finish_standstill(notice_id: int, *, now: datetime) -> bool:
    """Confirm the proposed award once its standstill has ended; false when it is not the moment."""
    async with writing():
        return await finish_locked(await steps.lock(notice_id), now)


async def finish_locked(notice: Step, now: datetime) -> bool:
    """End the standstill inside the transaction of the caller; a winner without standing gives way to the next."""
    if notice.state != NoticeState.STANDSTILL:
        return False
    award = await tables.standing_proposal(notice.id)
    if award is None:
        raise RuntimeError(f"notice {notice.code} stands still without an award")
    if now < award.standstill_ends_at:
        await tables.check_again(notice.id, award.standstill_ends_at)
        return False
    await steps.refuse_clock_backwards(now)
    lost = await _lost_standing(notice, award.agency, now)
    acts = await _replace(notice, award, lost, now) if lost else await _confirm(notice, award, now)
    await ledger.append_many(acts)
    return True


async def _lost_standing(notice: Step, agency: int, now: datetime) -> str | None:
    """Return the first reason an agency may not act under the conditions the notice published."""
    reasons = await agencies.standing_under([agency], notice.item, notice.qualifications, now)
    return reasons[agency][0].code if reasons[agency] else None


async def _award(notice: Step, entrant: Entrant, now: datetime) -> list[Act]:
    rules, days = await _rules(notice)
    ends_at = days.period_end(now, rules.award.standstill_workdays)
    award = await tables.add_award(notice.id, entrant, now=now, ends_at=ends_at)
    await tables.stand_still(notice.id, ends_at)
    told: dict[str, str | int] = {"uscc": entrant.uscc, "amount_fen": entrant.amount_fen, "until": ends_at.isoformat()}
    await steps.tell((notice.owner, entrant.organisation), "award_proposed", notice, now, award=award, **told)
    proposed: dict[str, Any] = {"uscc": entrant.uscc, "place": entrant.place, "amount_fen": entrant.amount_fen}
    return [steps.act(notice, now, "award.proposed", **proposed)]


async def _confirm(notice: Step, award: Proposal, now: datetime) -> list[Act]:
    AWARD.decide(AwardState(award.state), AwardAction.CONFIRM, Role.SYSTEM)
    if not await tables.confirm(award.id, now):
        raise MoveRefused(award=award.id)
    await _move(award.registration, RegistrationState.SELECTED, RegistrationAction.CONFIRM, at=now)
    await notices.advance(notice.id, NoticeAction.AWARD, at=now, next_check_at=None, awarded_at=now)
    rules, days = await _rules(notice)
    due_at = days.period_end(now, rules.award.notice_workdays).isoformat()
    await steps.tell((notice.owner,), "award_notice_due", notice, now, uscc=award.uscc, due=due_at)
    await steps.tell((award.organisation,), "award_confirmed", notice, now, award=award.id)
    return [steps.act(notice, now, "award.confirmed", uscc=award.uscc, place=award.place, amount_fen=award.amount_fen)]


async def _replace(notice: Step, award: Proposal, lost: str, now: datetime) -> list[Act]:
    await _cancel(award, now, lost)
    entrant = next(each for each in await tables.entrants(notice.id) if each.registration == award.registration)
    return [await _skip(notice, entrant, lost, now), *await propose(notice, now)]


async def _skip(notice: Step, entrant: Entrant, reason: str, now: datetime) -> Act:
    await _move(entrant.registration, RegistrationState.SELECTED, RegistrationAction.SKIP, at=now, reason=reason)
    await steps.tell((entrant.organisation,), "award_skipped", notice, now, reason=reason)
    return steps.act(notice, now, "award.skipped", uscc=entrant.uscc, place=entrant.place, reason=reason)


async def _cancel(award: Proposal, now: datetime, reason: str) -> None:
    AWARD.decide(AwardState(award.state), AwardAction.CANCEL, Role.SYSTEM)
    if not await tables.cancel(award.id, now, reason):
        raise MoveRefused(award=award.id)


async def _move(
    registration: int,
    before: RegistrationState,
    action: RegistrationAction,
    *,
    role: Role = Role.SYSTEM,
    at: datetime | None = None,
    reason: str | None = None,
) -> None:
    after = REGISTRATION.decide(before, action, role)
    if not await tables.mark(registration, before, after, at=at, reason=reason):
        raise MoveRefused(registration=registration)


async def _rules(notice: Step) -> tuple[Ruleset, WorkCalendar]:
    rules = rulesets.get(notice.ruleset)
    return rules, (await clock.calendar()).counting(rules.workday_unit)
