"""T01: an agency that ties is noticed; what everybody does, what is mandatory and what came much later is not."""

import pytest

from scoring.signals import Outcome
from tests.scoring.build import AUTHORITY
from tests.scoring.worlds import agency, authority, items_a_and_b, measured, owner, signals, t01, the, world

TABLE = ((8, 2), (1, 9))


def built(table=TABLE, outcome_of_b: str = "listed", **case):
    return world(t01(table, **case), items=items_a_and_b(outcome_of_b))


def test_eight_of_ten_against_one_of_ten_is_a_signal() -> None:
    (found,) = signals("T01", built())

    assert found.p == pytest.approx(0.0027387473)
    assert found.effect == pytest.approx(8)
    assert (found.numbers["odds_ratio"], found.tested) == (36, 2)
    assert (found.subject.agency, found.subject.item, found.subject.other_item) == (agency(0), "A", "B")


def test_what_all_agencies_sell_together_is_no_signal() -> None:
    assert not signals("T01", built(((8, 2), (7, 3))))


def test_where_nobody_else_sold_both_the_lift_has_no_end() -> None:
    (found,) = signals("T01", built(((8, 2), (0, 10))))

    assert found.effect is None


@pytest.mark.parametrize("outcome", ["mandatory", "government_paid"])
def test_a_second_item_that_must_be_bought_anyway_is_not_tied(outcome: str) -> None:
    assert all(found.subject.other_item != "B" for found in measured("T01", built(outcome_of_b=outcome)))


def test_an_item_nobody_listed_is_optional() -> None:
    assert signals("T01", world(t01(TABLE), items=[{"item": "A", "outcome": "mandatory"}]))


@pytest.mark.parametrize(
    ("later", "tied"), [("2026-09-30T16:00:00Z", 0), ("2026-09-30T15:59:59Z", 8), ("2026-05-12T04:00:00Z", 8)]
)
def test_ninety_days_before_or_after_still_count_until_the_slot_day_ends(later: str, tied: int) -> None:
    found = [result for result in measured("T01", built(later=later)) if result.subject.agency == agency(0)]

    assert sum(result.numbers["x"] for result in found) == tied


@pytest.mark.parametrize(("moment", "tied"), [("2026-05-12T04:00:00Z", 8), ("2026-05-12T03:59:59Z", 0)])
def test_a_second_more_than_ninety_days_does_not(moment: str, tied: int) -> None:
    found = [result for result in measured("T01", built(later=moment)) if result.subject.agency == agency(0)]

    assert sum(result.numbers["x"] for result in found) == tied


def test_bought_from_somebody_else_is_not_tied() -> None:
    rows = t01(TABLE)
    for row in rows:
        if row["item"] == "B":
            row["winner"] = 5

    assert not measured("T01", world(rows, items=items_a_and_b()))


@pytest.mark.parametrize(("owners", "outcome"), [(2, Outcome.NONE), (3, Outcome.SIGNAL)])
def test_three_owners_are_the_least(owners: int, outcome: Outcome) -> None:
    assert the("T01", built(owners=owners), agency=agency(0)).outcome is outcome


@pytest.mark.parametrize(("table", "missing"), [(((8, 1), (1, 9)), "projects 9/10"), (((8, 2), (1, 8)), "others 9/10")])
def test_a_guard_that_fails_says_what_is_missing(table, missing: str) -> None:
    found = the("T01", built(table), agency=agency(0))

    assert (found.outcome, found.missing, found.p) == (Outcome.INSUFFICIENT, missing, None)


def demand(**row):
    return {"authority": authority(0), "owner": owner(0), "project": "P0-0", "item": "B", "agency": None, **row}


def test_a_demand_of_an_authority_stands_beside_the_statistic() -> None:
    approvals = [demand(demanded=True, approval_id="D1")]

    found = the("T01", world(t01(TABLE), items=items_a_and_b(), approvals=approvals), agency=agency(0))

    assert (found.supported, found.numbers["off_list_demands"]) == (True, 1)
    assert not the("T01", built(), agency=agency(0)).supported


def test_a_purchase_only_an_approval_shows_counts_too() -> None:
    rows = t01(TABLE)
    shown = [row for row in rows if row["item"] == "B" and row["winner"] == 0]
    kept = [row for row in rows if row not in shown]
    approvals = [
        {"authority": AUTHORITY, "agency": agency(0), "project": row["project"], "owner": owner(row["owner"]),
         "item": "B", "decided_at": "2026-09-01T00:00:00Z"}
        for row in shown
    ]  # fmt: skip

    found = the("T01", world(kept, items=items_a_and_b(), approvals=approvals), agency=agency(0))

    assert found.numbers["x"] == 8


def test_more_tied_projects_never_raise_the_p_value() -> None:
    values = [the("T01", built(((n, 12 - n), (2, 9))), agency=agency(0)).p or 0.0 for n in range(3, 13)]

    assert values == sorted(values, reverse=True)
