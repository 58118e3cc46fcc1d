"""R02 and R03: facts of the record, each with a breach, a near miss and the second that decides."""

import pytest

from scoring.signals import Outcome
from tests.scoring.build import Row
from tests.scoring.worlds import agency, authority, measured, owner, signals, world

FOUNDED = {"outcome": "mandatory", "legal_basis": "示例条例第八条", "read_on": "2025-01-01"}


def reasons(item: Row | None, demand: Row | None = None) -> str:
    """Return the reasons against a notice of 1 August 2026, 12:00, or against an authority's demand of then."""
    at = "2026-08-01T04:00:00Z"
    items = [{"item": "990999"}, *([{"item": "990101", **item}] if item is not None else [])]
    if demand is None:
        built = world([{"owner": 0, "winner": 0, "item": "990101", "published_at": at}], items=items)
    else:
        built = world(
            items=items, approvals=[{"authority": authority(0), "demanded": True, "decided_at": at, **demand}]
        )
    return " ".join(str(found.numbers["reasons"]) for found in signals("R02", built))


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (None, "absent"),
        ({}, ""),
        ({"published_at": "2026-08-01T04:00:01Z"}, "absent"),
        ({"published_at": "2026-08-01T04:00:00Z"}, ""),
        ({"outcome": "abolished", "abolished_at": "2026-08-01T04:00:00Z"}, "abolished"),
        ({"outcome": "abolished", "abolished_at": "2026-08-01T04:00:01Z"}, ""),
        ({"outcome": "mandatory"}, "unfounded"),
        ({**FOUNDED, "read_on": None}, "unfounded"),
        (FOUNDED, ""),
        ({**FOUNDED, "basis_until": "2026-08-01"}, ""),
        ({**FOUNDED, "basis_until": "2026-07-31"}, "lapsed"),
        ({**FOUNDED, "basis_from": "2026-08-02"}, "lapsed"),
        ({"outcome": "government_paid"}, ""),
    ],
)
def test_a_notice_is_held_against_the_catalogue_of_its_moment(item: Row | None, found: str) -> None:
    assert reasons(item) == found


@pytest.mark.parametrize(
    ("item", "demand", "found"),
    [
        ({}, {}, "not_mandatory"),
        ({}, {"demanded": False}, ""),
        (FOUNDED, {}, ""),
        ({"outcome": "government_paid"}, {}, ""),
        ({"outcome": "abolished", "abolished_at": "2026-01-01T00:00:00Z"}, {}, "abolished"),
        (None, {}, "absent"),
    ],
)
def test_an_authority_may_demand_only_what_is_mandatory(item: Row | None, demand: Row, found: str) -> None:
    assert reasons(item, demand) == found


def test_without_a_catalogue_there_is_nothing_to_compare_with() -> None:
    (found,) = measured("R02", world([{"owner": 0, "winner": 0}]))

    assert (found.outcome, found.missing) == (Outcome.INSUFFICIENT, "items 0/1")


def billed(fee: Row, *guides: Row) -> list:
    """Return what R03 says about a contract of a notice of 1 August 2026, 12:00."""
    known = [{"agency": agency(0), "guide": f"G{place}", **guide} for place, guide in enumerate(guides, 1)]
    fees = [{"agency": agency(0), "notice": "N00001", "guide": None, "quote_fen": None, **fee}]
    notice = {"owner": 0, "winner": 0, "published_at": "2026-08-01T04:00:00Z"}
    return measured("R03", world([notice], guides=known, fees=fees))


def test_a_fee_of_exactly_the_maximum_is_allowed_and_one_fen_more_is_a_signal() -> None:
    assert not billed({"guide": "G1", "billed_fen": 100_00}, {})

    (found,) = billed({"guide": "G1", "billed_fen": 100_01}, {})

    assert found.outcome is Outcome.SIGNAL
    assert found.numbers["facts_zh"] == "结算 100.01元，高于当时公示上限 100.00元（0.01%）"
    assert (found.subject.agency, found.subject.owner) == (agency(0), owner(0))


def test_a_contract_above_the_price_selected_is_a_signal() -> None:
    assert not billed({"guide": "G1", "quote_fen": 90_00, "signed_fen": 90_00}, {})

    (found,) = billed({"guide": "G1", "quote_fen": 90_00, "signed_fen": 90_01}, {})

    assert "高于中选价" in str(found.numbers["facts_zh"])


OLD = {"most_fen": 80_00, "published_at": "2026-01-01T00:00:00Z", "ended_at": "2026-08-02T00:00:00Z"}
NEW = {"most_fen": 120_00, "published_at": "2026-08-02T00:00:00Z"}


def test_a_guide_raised_the_day_after_the_notice_does_not_help() -> None:
    (found,) = billed({"billed_fen": 90_00}, OLD, NEW)

    assert found.numbers["most_fen"] == 80_00


def test_the_version_cited_at_registration_binds() -> None:
    assert not billed({"guide": "G2", "billed_fen": 90_00}, OLD, NEW)
    assert billed({"guide": "G1", "billed_fen": 90_00}, OLD, NEW)


@pytest.mark.parametrize(
    ("guide", "outcomes"),
    [
        ({"published_at": "2026-08-01T04:00:00Z"}, []),
        ({"published_at": "2026-08-01T04:00:01Z"}, [Outcome.INSUFFICIENT]),
        ({"ended_at": "2026-08-01T04:00:00Z"}, [Outcome.INSUFFICIENT]),
        ({"ended_at": "2026-08-01T04:00:01Z"}, []),
        ({"item": "990999"}, [Outcome.INSUFFICIENT]),
        ({"agency": agency(1)}, [Outcome.INSUFFICIENT]),
    ],
)
def test_without_a_guide_cited_the_one_in_force_at_the_notice_binds(guide: Row, outcomes: list[Outcome]) -> None:
    assert [found.outcome for found in billed({"billed_fen": 90_00}, guide)] == outcomes


def test_a_contract_nothing_was_billed_or_signed_for_asks_nothing() -> None:
    assert not billed({"billed_fen": None, "signed_fen": None})


def test_a_higher_bill_is_never_further_from_a_signal() -> None:
    found = [len(signals("R03", _bill(fen))) for fen in range(99_98, 100_04)]

    assert found == [0, 0, 0, 1, 1, 1]


def _bill(fen: int):
    fees = [{"agency": agency(0), "notice": "N00001", "guide": "G1", "billed_fen": fen}]
    return world([{"owner": 0, "winner": 0}], guides=[{"agency": agency(0), "guide": "G1"}], fees=fees)
