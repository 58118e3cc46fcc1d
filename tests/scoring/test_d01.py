"""D01: one agency before one authority is noticed; one busy owner, or the same everywhere, is not."""

import pytest

from scoring.signals import Outcome
from tests.scoring.worlds import admitted, agency, authority, d01, measured, owner, signals, the, world

TABLE = ((11, 1), (8, 32))
HERE = {"authority": authority(0)}


def built(table=TABLE, admissions: int = 3, related: list | None = None, **case):
    return world(approvals=d01(table, **case), admissions=admitted(admissions), owners=related or [])


def test_eleven_of_twelve_against_eight_of_forty_is_a_signal() -> None:
    (found,) = signals("D01", built())

    assert found.p == pytest.approx(1.233e-5, rel=1e-3)
    assert found.numbers["odds_ratio"] == 44
    assert found.effect == pytest.approx(11 / 12 - 0.2)
    assert (found.subject.authority, found.subject.agency) == (authority(0), agency(0))


def test_the_same_share_elsewhere_is_none() -> None:
    assert not signals("D01", built(((11, 1), (36, 4))))


def test_an_agency_that_alone_is_used_everywhere_is_no_signal() -> None:
    assert the("D01", built(((12, 0), (40, 0))), **HERE).p == 1


@pytest.mark.parametrize(("of_one", "outcome"), [(4, Outcome.SIGNAL), (5, Outcome.NONE)])
def test_one_owner_may_make_up_two_fifths_of_the_cases_and_no_more(of_one: int, outcome: Outcome) -> None:
    rows = d01(((10, 2), (8, 32)), owners=12)
    for row in rows[:of_one]:
        row["owner"] = owner(999)

    found = the("D01", world(approvals=rows, admissions=admitted()), **HERE, agency=agency(0))

    assert found.outcome is outcome
    assert found.numbers["owner_share"] == of_one / 10


@pytest.mark.parametrize(
    ("case", "missing"),
    [
        ({"table": ((8, 1), (8, 32))}, "projects 9/10"),
        ({"owners": 4}, "owners 4/5"),
        ({"admissions": 2}, "agencies 2/3"),
        ({"table": ((11, 1), (0, 0))}, "elsewhere 0/1"),
        ({"item": "990199"}, "agencies 0/3"),
    ],
)
def test_a_guard_that_fails_says_what_is_missing(case: dict, missing: str) -> None:
    found = the("D01", built(**case), **HERE)

    assert (found.outcome, found.missing, found.p) == (Outcome.INSUFFICIENT, missing, None)


def test_ten_projects_of_five_owners_suffice() -> None:
    assert not the("D01", built(((9, 1), (8, 32)), owners=5), **HERE, agency=agency(0)).missing


def test_owners_of_one_controller_are_related() -> None:
    joined = [{"owner": owner(n), "controller": "示例集团"} for n in range(2)]

    assert the("D01", built(related=joined), **HERE, agency=agency(0)).numbers["owners"] == 5


def test_a_project_decided_twice_is_one_case() -> None:
    rows = d01(TABLE)
    again = [{**row, "approval_id": row["approval_id"] + "-2"} for row in rows[:12]]

    assert measured("D01", world(approvals=rows + again, admissions=admitted())) == measured("D01", built())


def test_a_deliverable_nobody_is_named_for_is_no_case() -> None:
    rows = d01(TABLE)
    rows[0]["agency"] = None

    assert the("D01", world(approvals=rows, admissions=admitted()), **HERE, agency=agency(0)).numbers["n"] == 11


def test_years_are_strata() -> None:
    rows = d01(((6, 0), (1, 9))) + [
        {**row, "approval_id": "Z" + row["approval_id"], "project": "Z" + row["project"],
         "decided_at": "2025-11-01T00:00:00Z"}
        for row in d01(((5, 1), (7, 23)))
    ]  # fmt: skip

    found = the("D01", world(approvals=rows, admissions=admitted()), **HERE, agency=agency(0))

    assert found.numbers["x"] == 11
    assert found.p != pytest.approx(1.233e-5, rel=1e-3)


def test_more_cases_of_the_agency_never_raise_the_p_value() -> None:
    found = [the("D01", built(((n, 12 - n), (8, 32))), **HERE, agency=agency(0)) for n in range(6, 13)]
    values = [result.p or 0.0 for result in found]

    assert values == sorted(values, reverse=True)
