"""What bars an act on a case and what falls due in it, at, before and after each moment."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from market.credit import case_rules as rules
from market.credit.case_rules import Draft, Evidence, Standing
from market.credit.service.cases import effects
from market.credit.states import Breach, CaseAction, CaseGround, CaseState, EntryKind, MeasureKind, ServedHow
from market.kernel import rulesets
from market.kernel.calendar import WorkCalendar, seed
from market.kernel.times import ZONE
from scoring.params import Params

MEASURES = rulesets.get("model-2026").measures
DAYS = WorkCalendar(seed())
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=ZONE)  # a Monday
SECOND = timedelta(seconds=1)
SERVED = NOW - timedelta(days=20)
UNTIL = NOW - timedelta(days=1)
CASE = Standing(
    CaseState.DECIDING, CaseGround.LOW_RANKING, MeasureKind.ELIMINATION, None, SERVED, opened_by=1,
    served_at=SERVED, statement_until_at=UNTIL, drafted_by=2, escalate_at=NOW + timedelta(days=20),
)  # fmt: skip
SOUND = Evidence(True, 0, frozenset({3}), frozenset({4}), 5)
DRAFT = Draft(Breach.GENERAL, MeasureKind.ELIMINATION, "x", "x", "x", "x", "x", reentry_months=12)
SILENT = replace(CASE, ground=CaseGround.ABANDONMENTS)


def codes(found: tuple[rules.Reason, ...]) -> set[str]:
    return {reason.code for reason in found}


def signing(
    case: Standing = CASE, evidence: Evidence = SOUND, draft: Draft | None = DRAFT, by: int | None = 9
) -> set[str]:
    return codes(rules.bars_signing(draft, case, evidence, MEASURES, person=by, now=NOW))


def test_a_second_person_signs_what_is_ripe() -> None:
    assert signing() == set()


@pytest.mark.parametrize(("workdays", "day"), [(1, 3), (3, 5)])
def test_a_decision_that_names_no_moment_is_carried_out_when_the_ruleset_says(workdays: int, day: int) -> None:
    measures = replace(MEASURES, execution_after_workdays=workdays)

    assert rules.executes_at(NOW, measures, DAYS) == datetime(2026, 3, day + 1, tzinfo=ZONE)
    assert MEASURES.execution_after_workdays == 1


@pytest.mark.parametrize(
    ("case", "evidence", "draft", "by", "reason"),
    [
        (replace(CASE, served_at=None), SOUND, DRAFT, 9, "case_not_served"),
        (replace(CASE, statement_until_at=None), SOUND, DRAFT, 9, "statement_open"),
        (replace(CASE, statement_until_at=NOW + SECOND), SOUND, DRAFT, 9, "statement_open"),
        (replace(CASE, hearing_asked_at=SERVED), SOUND, DRAFT, 9, "hearing_not_held"),
        (CASE, SOUND, None, 9, "nothing_drafted"),
        (CASE, SOUND, DRAFT, None, "signer_unnamed"),
        (CASE, SOUND, DRAFT, 1, "signer_opened_case"),
        (CASE, SOUND, DRAFT, 2, "signer_drafted"),
        (CASE, SOUND, DRAFT, 3, "signer_confirmed_ranking"),
        (replace(CASE, ground=CaseGround.ABANDONMENTS), SOUND, DRAFT, 4, "signer_confirmed_abandonment"),
        (CASE, SOUND, DRAFT, 5, "signer_made_lead"),
        (CASE, replace(SOUND, has_ground=False), DRAFT, 9, "elimination_without_ground"),
        (replace(CASE, ground=CaseGround.MONOPOLY), SOUND, DRAFT, 9, "ground_never_eliminates"),
        (replace(CASE, proposed=MeasureKind.SUSPEND_ALL), SOUND, DRAFT, 9, "harsher_than_notice"),
        (CASE, SOUND, replace(DRAFT, executes_at=NOW - SECOND), 9, "executes_before_signing"),
        (CASE, SOUND, replace(DRAFT, reentry_months=13), 9, "months_out_of_range"),
    ],
)  # fmt: skip
def test_each_condition_of_a_signature_alone_bars_it(
    case: Standing, evidence: Evidence, draft: Draft | None, by: int | None, reason: str
) -> None:
    assert signing(case, evidence, draft, by) == {reason}


def test_every_reason_is_told_at_once() -> None:
    case = replace(CASE, served_at=None, statement_until_at=None, hearing_asked_at=SERVED, opened_by=2)

    assert signing(case, replace(SOUND, has_ground=False), DRAFT, 2) == {
        "case_not_served", "statement_open", "hearing_not_held", "signer_opened_case", "signer_drafted",
        "elimination_without_ground",
    }  # fmt: skip


def test_silence_suffices_for_three_confirmed_abandonments_alone() -> None:
    three = replace(SOUND, abandonments=3)

    assert rules.bars_silence(SILENT, three, MEASURES) == ()


@pytest.mark.parametrize(
    ("case", "evidence", "reason"),
    [
        (replace(SILENT, ground=CaseGround.LOW_RANKING), replace(SOUND, abandonments=3), "silence_not_for_ground"),
        (replace(SILENT, proposed=MeasureKind.SUSPEND_ALL), replace(SOUND, abandonments=3), "silence_not_for_measure"),
        (SILENT, replace(SOUND, abandonments=2), "elimination_without_ground"),
        (SILENT, replace(SOUND, abandonments=3, has_ground=False), "elimination_without_ground"),
        (replace(SILENT, served_at=None), replace(SOUND, abandonments=3), "case_not_served"),
        (replace(SILENT, stated_at=NOW), replace(SOUND, abandonments=3), "agency_has_spoken"),
        (replace(SILENT, hearing_asked_at=NOW), replace(SOUND, abandonments=3), "agency_has_spoken"),
    ],
)  # fmt: skip
def test_each_condition_of_silence_alone_bars_it_and_the_clock_then_escalates(
    case: Standing, evidence: Evidence, reason: str
) -> None:
    falling = rules.falling(case, evidence, MEASURES, DAYS)

    assert codes(rules.bars_silence(case, evidence, MEASURES)) == {reason}
    assert falling is not None
    assert falling.action is CaseAction.ESCALATE


def test_the_ruleset_may_switch_silence_off() -> None:
    off = replace(MEASURES, abandonment_silence_eliminates=False)

    assert codes(rules.bars_silence(SILENT, replace(SOUND, abandonments=3), off)) == {"silence_not_for_ground"}


@pytest.mark.parametrize(
    ("changes", "action", "at"),
    [
        ({"state": CaseState.OPENED}, CaseAction.NOTIFY, SERVED),
        ({"state": CaseState.NOTICED}, None, None),
        ({"state": CaseState.NOTICED, "posted_at": NOW}, CaseAction.SERVE, datetime(2026, 3, 10, tzinfo=ZONE)),
        (
            {"state": CaseState.NOTICED, "posted_at": NOW, "bounced_at": NOW, "public_until_at": NOW + SECOND},
            CaseAction.SERVE, NOW + SECOND,
        ),
        ({"state": CaseState.SERVED}, CaseAction.CLOSE_STATEMENTS, UNTIL),
        ({"state": CaseState.ESCALATED}, None, None),
        ({"state": CaseState.SIGNED, "executes_at": NOW}, CaseAction.EXECUTE, NOW),
        ({"state": CaseState.SIGNED, "executes_at": NOW, "appeal_waits": True}, None, None),
        ({"state": CaseState.IN_FORCE, "ends_at": NOW}, CaseAction.END, NOW),
        ({"state": CaseState.DISMISSED}, None, None),
        ({"state": CaseState.REVERSED, "executes_at": NOW}, None, None),
    ],
)  # fmt: skip
def test_what_falls_due(changes: dict[str, object], action: CaseAction | None, at: datetime | None) -> None:
    found = rules.falling(replace(CASE, **changes), SOUND, MEASURES, DAYS)  # type: ignore[arg-type]

    assert (found.action, found.at) == (action, at) if found else action is None


def test_a_bounce_is_served_by_a_public_notice_of_thirty_days() -> None:
    until = rules.public_until(NOW, MEASURES, DAYS)
    case = replace(CASE, state=CaseState.NOTICED, posted_at=NOW, bounced_at=NOW, public_until_at=until)
    found = rules.falling(case, SOUND, MEASURES, DAYS)

    assert until == datetime(2026, 4, 2, tzinfo=ZONE)
    assert found is not None
    assert found.how is ServedHow.PUBLISHED


def test_a_statement_is_in_time_until_its_last_second() -> None:
    case = replace(CASE, state=CaseState.SERVED, statement_until_at=NOW)

    assert rules.bars_statement(case, NOW - SECOND) == ()
    assert (
        codes(rules.bars_statement(case, NOW)) == codes(rules.bars_statement(case, NOW + SECOND)) == {"statement_over"}
    )


def test_a_hearing_is_asked_for_within_five_working_days_and_once() -> None:
    case = replace(CASE, state=CaseState.SERVED, served_at=NOW)
    end = datetime(2026, 3, 10, tzinfo=ZONE)

    assert rules.bars_hearing_request(case, MEASURES, DAYS, end - SECOND) == ()
    assert codes(rules.bars_hearing_request(case, MEASURES, DAYS, end)) == {"hearing_request_over"}
    asked = replace(case, hearing_asked_at=NOW)
    assert codes(rules.bars_hearing_request(asked, MEASURES, DAYS, end - SECOND)) == {"hearing_asked_already"}


@pytest.mark.parametrize(
    ("changes", "proposed", "reasons"),
    [
        ({"measure": MeasureKind.SUSPEND_ALL, "reentry_months": None, "months": 6}, MeasureKind.SUSPEND_ALL, set()),
        ({"measure": MeasureKind.SUSPEND_ALL, "reentry_months": None, "months": 7}, MeasureKind.SUSPEND_ALL,
         {"months_out_of_range"}),
        ({"measure": MeasureKind.SUSPEND_ALL, "months": 6}, MeasureKind.SUSPEND_ALL, {"reentry_not_for_measure"}),
        ({"measure": MeasureKind.SUSPEND_ITEM, "reentry_months": None, "months": 3}, MeasureKind.SUSPEND_ITEM,
         {"case_item_unclear"}),
        ({"measure": MeasureKind.SUSPEND_ITEM, "reentry_months": None, "months": 3, "item": 8},
         MeasureKind.SUSPEND_ITEM, {"item_not_in_notice"}),
        ({"measure": MeasureKind.REMINDER, "reentry_months": None, "months": 1}, MeasureKind.REMINDER,
         {"months_not_for_measure"}),
        ({"entry_kind": EntryKind.SERIOUS}, MeasureKind.ELIMINATION, {"entry_graver_than_breach"}),
        ({"reentry_months": None}, MeasureKind.ELIMINATION, {"months_out_of_range"}),
    ],
)  # fmt: skip
def test_a_draft_keeps_to_its_notice_and_to_the_ruleset(
    changes: dict[str, object], proposed: MeasureKind, reasons: set[str]
) -> None:
    case = replace(CASE, proposed=proposed, item=7 if proposed is MeasureKind.SUSPEND_ITEM else None)
    draft = replace(DRAFT, **changes)  # type: ignore[arg-type]

    assert codes(rules.bars_draft(draft, case, SOUND, MEASURES, NOW)) == reasons


def test_a_serious_breach_keeps_out_for_twenty_four_months_at_most() -> None:
    case = replace(CASE, ground=CaseGround.SERIOUS_BREACH)

    assert rules.bars_draft(replace(DRAFT, reentry_months=24), case, SOUND, MEASURES, NOW) == ()
    assert codes(rules.bars_draft(replace(DRAFT, reentry_months=25), case, SOUND, MEASURES, NOW)) == {
        "months_out_of_range"
    }


def test_entries_last_as_long_as_the_score_counts_them():
    assert dict(Params().entry_months) == effects.ENTRY_MONTHS
