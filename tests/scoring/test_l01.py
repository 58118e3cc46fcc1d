"""L01: a captured owner is noticed; draws, phases of one project and unique qualifications are not."""

import pytest

from scoring.signals import Outcome
from tests.scoring.worlds import admitted, agency, l01, measured, owner, signals, the, world

EVEN = (4, 4, 4, 4, 4)


def test_six_of_ten_where_two_were_expected_is_a_signal() -> None:
    (found,) = signals("L01", world(l01((6, 1, 1, 1, 1), EVEN)))

    assert found.p == pytest.approx(0.0063693824)
    assert found.effect == pytest.approx(3)
    assert (found.tested, found.q) == (5, pytest.approx(0.031846912))
    assert found.subject.agency == agency(0)


def test_five_of_ten_is_none() -> None:
    assert the("L01", world(l01((5, 2, 1, 1, 1), EVEN)), owner=owner(0)).outcome is Outcome.NONE


def test_an_agency_every_owner_prefers_is_no_signal() -> None:
    assert not signals("L01", world(l01((6, 1, 1, 1, 1), (14, 2, 2, 1, 1))))


def test_phases_of_one_project_are_one_choice() -> None:
    rows = l01((6, 1, 1, 1, 1), EVEN)
    for row in rows[:6]:
        row["project"] = "示例项目"

    found = the("L01", world(rows), owner=owner(0))

    assert (found.outcome, found.missing) == (Outcome.INSUFFICIENT, "notices 5/8")


def test_an_agency_that_alone_could_be_chosen_is_no_signal() -> None:
    rows = l01((6, 1, 1, 1, 1), EVEN)
    for row in rows[:6]:
        row["pool"] = [0]

    assert the("L01", world(rows), owner=owner(0)).p == 1


def test_draws_are_not_choices() -> None:
    assert not signals("L01", world(l01((6, 1, 1, 1, 1), EVEN, method="random_draw")))


@pytest.mark.parametrize(("wins", "outcome"), [((7,), Outcome.INSUFFICIENT), ((8,), Outcome.SIGNAL)])
def test_eight_choices_are_the_least(wins: tuple[int], outcome: Outcome) -> None:
    found = the("L01", world(l01((*wins, 0, 0, 0, 0), EVEN)), owner=owner(0))

    assert found.outcome is outcome


def test_fewer_than_five_wins_are_not_asked_about_but_counted() -> None:
    assert all(found.subject.owner != owner(0) for found in measured("L01", world(l01((4, 1, 1, 1, 1), EVEN))))


def test_a_direct_selection_could_have_chosen_anyone_admitted() -> None:
    rows = l01((8, 0, 0, 0, 0), EVEN, method="direct")
    for row in rows[:8]:
        row["pool"] = []

    found = the("L01", world(rows, admissions=admitted(5)), owner=owner(0))

    assert found.expected == pytest.approx(8 * 0.2)
    assert found.outcome is Outcome.SIGNAL
    assert the("L01", world(rows), owner=owner(0)).p == 1  # nobody else is admitted: nothing to choose


def test_a_group_of_agencies_is_one_agency() -> None:
    joined = [{"agency": agency(n), "legal_representative": "示例法人" if n < 2 else None} for n in range(12)]

    found = the("L01", world(l01((3, 3, 2, 1, 1), EVEN), joined), owner=owner(0))

    assert found.numbers["x"] == 6
    assert found.expected == pytest.approx(10 * 9 / 24)


def test_the_owners_own_choices_do_not_make_the_expectation() -> None:
    small, large = (the("L01", world(l01((n, 0, 0, 0, 0), EVEN)), owner=owner(0)) for n in (8, 30))

    assert (small.expected or 0) / 8 == pytest.approx((large.expected or 0) / 30)


def test_more_wins_never_raise_the_p_value() -> None:
    found = [the("L01", world(l01((n, 12 - n, 0, 0, 0), EVEN)), agency=agency(0)) for n in range(6, 13)]
    values = [result.p or 0.0 for result in found]

    assert values == sorted(values, reverse=True)


def test_renaming_an_agency_changes_no_number() -> None:
    turned = l01((1, 1, 1, 1, 6), EVEN)

    (one,), (other,) = signals("L01", world(l01((6, 1, 1, 1, 1), EVEN))), signals("L01", world(turned))

    assert one.numbers == other.numbers
    assert other.subject.agency == agency(4)
