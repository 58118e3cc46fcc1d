"""Signals in order, and what each role may do with a lead in each state."""

from datetime import UTC, date, datetime, timedelta

import pytest

from market.credit import lead_rules as rules
from market.credit.lead_rules import SignalRow
from market.credit.states import LEAD, LeadAction, LeadState
from market.kernel.errors import Invalid, MoveRefused
from market.kernel.roles import PUBLIC, Actor, Role, Scope
from market.respond import sent

ALLOWED = {
    ("lead", "open", "regulator"): "case",
    ("lead", "dismiss", "regulator"): "dismissed",
}
NOW = datetime(2026, 4, 10, 16, tzinfo=UTC)


def a_signal(key: int, code: str = "L01", severity: str = "S2", agency: str = "A", **facts: object) -> SignalRow:
    held = {"division": "990102", "trade": "ecology", "required": 0, **facts}
    return SignalRow(
        key, code, severity, f"f{key}", date(2026, 3, 31), {"agency": agency}, {}, held["division"], held["trade"],
        1, None, None, None, None, held["required"], None, None,
    )  # fmt: skip


@pytest.mark.parametrize("state", list(LeadState))
@pytest.mark.parametrize("action", list(LeadAction))
@pytest.mark.parametrize("role", list(Role))
def test_only_a_regulator_ends_a_lead_and_only_once(state: LeadState, action: LeadAction, role: Role) -> None:
    after = ALLOWED.get((state.value, action.value, role.value))

    if after is None:
        with pytest.raises(MoveRefused):
            LEAD.decide(state, action, role)
    else:
        assert LEAD.decide(state, action, role) == after


def priorities(*signals: SignalRow) -> dict[int, int]:
    return {signal.id: priority for priority, signal in rules.ordered(signals)}


def test_a_fact_of_the_record_stands_before_two_kinds_of_hints_before_one_before_what_is_watched() -> None:
    found = rules.ordered(
        [
            a_signal(1, "M02", "S1", "D"),
            a_signal(2, "L01", "S2", "C"),
            a_signal(3, "L01", "S2", "B"),
            a_signal(4, "D01", "S2", "B"),
            a_signal(5, "R03", "S3", "A"),
        ]
    )

    assert [(priority, signal.id) for priority, signal in found] == [(1, 5), (2, 4), (2, 3), (3, 2), (4, 1)]


def test_statistics_on_the_same_selections_are_one_kind_however_many() -> None:
    assert set(priorities(a_signal(1, "L01"), a_signal(2, "F01"), a_signal(3, "M02")).values()) == {3}


def test_two_kinds_about_different_parties_do_not_add_up() -> None:
    assert set(priorities(a_signal(1, "L01"), a_signal(2, "D01", agency="B")).values()) == {3}


@pytest.mark.parametrize(("required", "may", "priority"), [(1, False, 3), (2, True, 2)])
def test_two_owners_that_had_to_buy_make_testimony(required: int, may: bool, priority: int) -> None:
    tied = a_signal(1, "T01", required=required)

    assert tied.may_become_case is may
    assert priorities(tied, a_signal(2, "L01"))[1] == priority


@pytest.mark.parametrize(
    ("division", "scope", "trade", "sees"),
    [
        ("990102", "990100", None, True),
        ("990102", "990100", "ecology", True),
        ("990102", "990100", "water", False),
        ("990102", "990200", None, False),
        (None, "990100", None, True),
        (None, "990100", "ecology", False),
    ],
)
def test_a_regulator_sees_what_it_watches(division: str | None, scope: str, trade: str | None, sees: bool) -> None:
    regulator = Actor(Role.REGULATOR, "x", 1, 1, "990100", (Scope(scope, trade),))

    assert rules.sees(a_signal(1, division=division), regulator) is sees


@pytest.mark.parametrize("division", ["990102", None])
def test_an_auditor_sees_every_signal_and_nobody_else_any(division: str | None) -> None:
    for role in Role:
        actor = PUBLIC if role is Role.PUBLIC else Actor(role, "x", 1, 1, "990102")
        assert rules.sees(a_signal(1, division=division), actor) is (role in (Role.AUDITOR, Role.SYSTEM)), role


@pytest.mark.parametrize(("seconds", "may"), [(-1, True), (0, False), (1, False)])
def test_an_answer_counts_until_the_second_before_its_period_ends(seconds: int, may: bool) -> None:
    assert rules.may_answer(NOW, NOW + timedelta(seconds=seconds)) is may


def test_a_lead_proposes_no_elimination_and_names_the_item_it_suspends() -> None:
    asked = {"ground": "forced_service", "clause": "第七条", "proposed": "elimination"}
    for proposed, field in (("elimination", "proposed"), ("suspend_item", "item")):
        with pytest.raises(Invalid) as refused:
            rules.parse_case(sent({**asked, "proposed": proposed}))
        assert [reason.field for reason in refused.value.reasons] == [field]
