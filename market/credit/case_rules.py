"""
What may be done to a case and what falls due in it: pure functions over one case.

A wrong elimination is the worst fault the market could commit, so every bar
here is told by name before the database refuses the same thing without words.
A deadline is a moment and is not included: one second before it an act is in
time, at it it is late. Whenever the clock comes late, the agency has the more
time: periods run from the moment of the act, never from the moment it was due.

Basis: DESIGN §7; 行政处罚法 art. 44-45 (a defence never aggravates), 63-64 (hearing), by analogy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from market.credit.states import Breach, CaseAction, CaseGround, CaseState, EntryKind, MeasureKind, ServedHow
from market.kernel.calendar import WorkCalendar, WorkdayUnit, add_months, day_of, end_of
from market.kernel.errors import Reason, Reasons
from market.kernel.rulesets.schema import MeasureRules
from market.kernel.times import local

ELIMINATING: Final = frozenset(
    {CaseGround.LOW_RANKING, CaseGround.ABANDONMENTS, CaseGround.SERIOUS_BREACH, CaseGround.EXTERNAL_DECISION}
)
_MILDEST_FIRST: Final = tuple(MeasureKind)
_LIGHTEST_FIRST: Final = tuple(Breach)


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision as it is to be signed: what was found, what follows, why, and from when."""

    breach: Breach
    measure: MeasureKind
    found: str
    reasons: str
    clause: str
    proportionality: str
    remedies: str
    item: int | None = None
    months: int | None = None
    reentry_months: int | None = None
    entry_kind: EntryKind | None = None
    executes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as far as its bars and deadlines ask."""

    state: CaseState
    ground: CaseGround
    proposed: MeasureKind
    item: int | None
    opened_at: datetime
    opened_by: int | None = None
    posted_at: datetime | None = None
    bounced_at: datetime | None = None
    public_until_at: datetime | None = None
    served_at: datetime | None = None
    statement_until_at: datetime | None = None
    stated_at: datetime | None = None
    hearing_asked_at: datetime | None = None
    hearing_at: datetime | None = None
    escalate_at: datetime | None = None
    drafted_by: int | None = None
    executes_at: datetime | None = None
    appeal_waits: bool = False
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the record says of a case's ground, and which people confirmed it."""

    has_ground: bool
    abandonments: int
    ranking_confirmers: frozenset[int] = frozenset()
    abandonment_confirmers: frozenset[int] = frozenset()
    lead_by: int | None = None


@dataclass(frozen=True, slots=True)
class Falling:
    """What the clock does to a case at a moment."""

    at: datetime
    action: CaseAction
    how: ServedHow | None = None


def falling(case: Standing, evidence: Evidence, rules: MeasureRules, days: WorkCalendar) -> Falling | None:
    """Tell what falls due next if nobody does anything; nothing if a person has to act."""
    found: Falling | None = None
    if case.state is CaseState.OPENED:
        found = Falling(case.opened_at, CaseAction.NOTIFY)
    elif case.state is CaseState.NOTICED:
        found = _service(case, rules, days)
    elif case.state is CaseState.SERVED:
        found = _at(case.statement_until_at, CaseAction.CLOSE_STATEMENTS)
    elif case.state is CaseState.DECIDING:
        silent = not bars_silence(case, evidence, rules)
        found = (
            _at(case.statement_until_at, CaseAction.SILENCE) if silent else _at(case.escalate_at, CaseAction.ESCALATE)
        )
    elif case.state is CaseState.SIGNED and not case.appeal_waits:
        found = _at(case.executes_at, CaseAction.EXECUTE)
    elif case.state is CaseState.IN_FORCE:
        found = _at(case.ends_at, CaseAction.END)
    return found


def _at(moment: datetime | None, action: CaseAction) -> Falling | None:
    return Falling(moment, action) if moment is not None else None


def _service(case: Standing, rules: MeasureRules, days: WorkCalendar) -> Falling | None:
    if case.bounced_at is not None:
        until = case.public_until_at
        return Falling(until, CaseAction.SERVE, ServedHow.PUBLISHED) if until is not None else None
    if case.posted_at is None:
        return None
    return Falling(days.period_end(case.posted_at, rules.served_after_workdays), CaseAction.SERVE, ServedHow.POSTED)


def public_until(at: datetime, rules: MeasureRules, days: WorkCalendar) -> datetime:
    """Return when the public notice after a bounce ends."""
    if days.unit is WorkdayUnit.MINUTE:
        return at + timedelta(minutes=rules.public_service_days)
    return end_of(day_of(at) + timedelta(days=rules.public_service_days))


def executes_at(signed_at: datetime, rules: MeasureRules, days: WorkCalendar) -> datetime:
    """
    Return when a decision is executed that names no moment.

    Basis: DESIGN §7 (executed at the moment announced); ruleset ``measures.execution_after_workdays``.
    """
    return days.period_end(signed_at, rules.execution_after_workdays)


def measure_ends(draft: Draft, begins_at: datetime, rules: MeasureRules, days: WorkCalendar) -> datetime:
    """
    Return when a measure ends; a reminder is over once it is given.

    Basis: 民法典 art. 202 (months end on the day of the same number).
    """
    if draft.measure is MeasureKind.REMINDER:
        return begins_at
    if draft.measure is MeasureKind.RECTIFICATION:
        return days.period_end(begins_at, rules.rectification_workdays)
    if draft.measure is MeasureKind.ELIMINATION:
        return end_of(reentry_on(draft, begins_at) - timedelta(days=1))
    return end_of(add_months(day_of(begins_at), draft.months or 1))


def reentry_on(draft: Draft, begins_at: datetime) -> date:
    """Return the day from which an eliminated agency may apply again."""
    return add_months(local(begins_at).date(), draft.reentry_months or 1)


def reentry_most(ground: CaseGround, rules: MeasureRules) -> int:
    """Return how many months an elimination may keep an agency out at most."""
    return rules.reentry_serious_months if ground is CaseGround.SERIOUS_BREACH else rules.reentry_months


def bars_statement(case: Standing, now: datetime) -> tuple[Reason, ...]:
    """Return what keeps a statement from being filed."""
    found = Reasons()
    if case.statement_until_at is None or now >= case.statement_until_at:
        found.add("statement_over")
    return tuple(found)


def bars_hearing_request(case: Standing, rules: MeasureRules, days: WorkCalendar, now: datetime) -> tuple[Reason, ...]:
    """Return what keeps a hearing from being asked for."""
    found = Reasons()
    if case.hearing_asked_at is not None:
        found.add("hearing_asked_already")
    if case.served_at is None or now >= days.period_end(case.served_at, rules.hearing_request_workdays):
        found.add("hearing_request_over", days=rules.hearing_request_workdays)
    return tuple(found)


def bars_hearing(case: Standing, held_at: datetime, now: datetime) -> tuple[Reason, ...]:
    """Return what keeps the record of a hearing from being filed."""
    found = Reasons()
    if case.hearing_asked_at is None:
        found.add("hearing_not_asked")
    elif held_at < case.hearing_asked_at:
        found.add("hearing_before_asked", "held_at")
    if case.hearing_at is not None:
        found.add("hearing_recorded")
    if held_at > now:
        found.add("hearing_in_future", "held_at")
    return tuple(found)


def bars_posting(case: Standing) -> tuple[Reason, ...]:
    """Return what keeps a posting from being recorded."""
    return (Reason("notice_posted_already"),) if case.posted_at is not None else ()


def bars_bounce(case: Standing) -> tuple[Reason, ...]:
    """Return what keeps a returned letter from being recorded."""
    found = Reasons()
    if case.posted_at is None:
        found.add("notice_not_posted")
    if case.bounced_at is not None:
        found.add("bounce_recorded")
    return tuple(found)


def bars_draft(
    draft: Draft, case: Standing, evidence: Evidence, rules: MeasureRules, now: datetime
) -> tuple[Reason, ...]:
    """Return everything that keeps a decision from being made as it is written."""
    found = Reasons()
    found.extend(_bars_measure(draft, case, evidence))
    found.extend(_bars_length(draft, case.ground, rules))
    weight = _LIGHTEST_FIRST.index
    if draft.entry_kind is not None and weight(Breach(draft.entry_kind)) > weight(draft.breach):
        found.add("entry_graver_than_breach", "entry_kind")
    if draft.executes_at is not None and draft.executes_at < now:
        found.add("executes_before_signing", "executes_at")
    return tuple(found)


def _bars_measure(draft: Draft, case: Standing, evidence: Evidence) -> Sequence[Reason]:
    found = Reasons()
    if _MILDEST_FIRST.index(draft.measure) > _MILDEST_FIRST.index(case.proposed):
        found.add("harsher_than_notice", "measure", measure=case.proposed)
    if draft.measure is MeasureKind.ELIMINATION:
        found.extend(each.at("measure") for each in bars_elimination(case.ground, evidence))
    if (draft.measure is MeasureKind.SUSPEND_ITEM) != (draft.item is not None):
        found.add("case_item_unclear", "item")
    elif draft.item is not None and case.proposed is MeasureKind.SUSPEND_ITEM and draft.item != case.item:
        found.add("item_not_in_notice", "item")
    return tuple(found)


def _bars_length(draft: Draft, ground: CaseGround, rules: MeasureRules) -> Sequence[Reason]:
    found = Reasons()
    most = {
        MeasureKind.SUSPEND_ITEM: rules.item_suspension_most_months,
        MeasureKind.SUSPEND_ALL: rules.full_suspension_most_months,
    }.get(draft.measure)
    if most is None:
        if draft.months is not None:
            found.add("months_not_for_measure", "months")
    elif draft.months is None or not 1 <= draft.months <= most:
        found.add("months_out_of_range", "months", most=most)
    if draft.measure is not MeasureKind.ELIMINATION:
        if draft.reentry_months is not None:
            found.add("reentry_not_for_measure", "reentry_months")
        return tuple(found)
    longest = reentry_most(ground, rules)
    if draft.reentry_months is None or not 1 <= draft.reentry_months <= longest:
        found.add("months_out_of_range", "reentry_months", most=longest)
    return tuple(found)


def bars_elimination(ground: CaseGround, evidence: Evidence) -> tuple[Reason, ...]:
    """Return why nothing may be eliminated here: the ground is none, or the record no longer bears it."""
    if ground not in ELIMINATING:
        return (Reason("ground_never_eliminates"),)
    return () if evidence.has_ground else (Reason("elimination_without_ground"),)


def bars_signing(
    draft: Draft | None, case: Standing, evidence: Evidence, rules: MeasureRules, *, person: int | None, now: datetime
) -> tuple[Reason, ...]:
    """Return everything that keeps this person from signing now."""
    found = Reasons()
    if draft is None:
        found.add("nothing_drafted")
    if case.served_at is None:
        found.add("case_not_served")
    if case.statement_until_at is None or now < case.statement_until_at:
        found.add("statement_open")
    if case.hearing_asked_at is not None and (case.hearing_at is None or case.hearing_at > now):
        found.add("hearing_not_held")
    found.extend(_bars_person(case, evidence, person))
    if draft is not None:
        found.extend(bars_draft(draft, case, evidence, rules, now))
    return tuple(found)


def _bars_person(case: Standing, evidence: Evidence, person: int | None) -> Sequence[Reason]:
    found = Reasons()
    if person is None:
        found.add("signer_unnamed")
        return tuple(found)
    if person == case.opened_by:
        found.add("signer_opened_case")
    if person == case.drafted_by:
        found.add("signer_drafted")
    if person in evidence.ranking_confirmers:
        found.add("signer_confirmed_ranking")
    if case.ground is CaseGround.ABANDONMENTS and person in evidence.abandonment_confirmers:
        found.add("signer_confirmed_abandonment")
    if person == evidence.lead_by:
        found.add("signer_made_lead")
    return tuple(found)


def bars_silence(case: Standing, evidence: Evidence, rules: MeasureRules) -> tuple[Reason, ...]:
    """
    Return why silence does not suffice; nothing only in the one case the ruleset states.

    Basis: DESIGN §7.
    """
    found = Reasons()
    if case.ground is not CaseGround.ABANDONMENTS or not rules.abandonment_silence_eliminates:
        found.add("silence_not_for_ground")
    if case.proposed is not MeasureKind.ELIMINATION:
        found.add("silence_not_for_measure")
    if evidence.abandonments < rules.abandonments or not evidence.has_ground:
        found.add("elimination_without_ground")
    if case.served_at is None:
        found.add("case_not_served")
    if case.stated_at is not None or case.hearing_asked_at is not None:
        found.add("agency_has_spoken")
    return tuple(found)


def bars_answer(signed_by: int | None, drafted_by: int | None, person: int | None) -> tuple[Reason, ...]:
    """Return why a person does not answer an appeal or a repair: whoever signed or drafted does not."""
    if person is None:
        return (Reason("signer_unnamed"),)
    return (Reason("answerer_decided"),) if person in (signed_by, drafted_by) else ()
