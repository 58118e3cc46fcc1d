"""Which rows count on a slot day: moments, months and lives at their boundaries."""

from datetime import date

import pandas as pd
import pytest

from scoring.cut import cut
from scoring.params import CREDIT_SCORE_1
from scoring.periods import completed_months
from tests.scoring.build import AS_OF, OWNERS, A, B, C, frames


def counted(as_of: date = AS_OF, **rows):
    return cut(frames(**rows), as_of, CREDIT_SCORE_1)


def months(day: str, as_of: date) -> int:
    return int(completed_months(pd.Series([pd.Timestamp(day)]).astype("datetime64[us]"), as_of)[0])


# 24:00 of 30 September in Beijing is 16:00 in Greenwich.
@pytest.mark.parametrize(
    ("moment", "counts"),
    [("2026-09-30T15:59:59Z", 1), ("2026-09-30T16:00:00Z", 0), ("2026-09-30T16:00:01Z", 0)],
)
def test_a_row_counts_if_recorded_before_the_slot_day_ends_in_beijing(moment: str, counts: int) -> None:
    found = counted(
        reviews=[{"revealed_at": moment}],
        contracts=[{"recorded_at": moment}],
        checks=[{"recorded_at": moment}],
        public_credit=[{"recorded_at": moment}],
        entries=[{"recorded_at": moment}],
    )

    for rows in (found.reviews, found.contracts, found.checks, found.public_credit, found.entries):
        assert len(rows) == counts


@pytest.mark.parametrize(("moment", "known"), [("2026-09-30T15:59:59Z", True), ("2026-09-30T16:00:00Z", False)])
def test_an_agency_admitted_after_the_slot_day_is_not_scored(moment: str, known: bool) -> None:
    found = counted(agencies=[{"agency": A}, {"agency": B, "admitted_at": moment}], checks=[{"agency": B}])

    assert (B in found.agencies) is known
    assert len(found.checks) == known


@pytest.mark.parametrize(
    ("day", "as_of", "completed"),
    [
        ("2026-09-30", date(2026, 9, 30), 0),
        ("2026-08-31", date(2026, 9, 30), 1),  # September has no 31st: the month ends with it
        ("2026-08-30", date(2026, 9, 30), 1),
        ("2026-09-01", date(2026, 9, 30), 0),
        ("2026-08-31", date(2026, 9, 29), 0),
        ("2024-02-29", date(2026, 2, 27), 23),
        ("2024-02-29", date(2026, 2, 28), 24),
        ("2025-12-31", date(2026, 3, 30), 2),
        ("2025-12-31", date(2026, 3, 31), 3),
        ("2023-09-30", date(2026, 9, 30), 36),
        ("2023-10-01", date(2026, 9, 30), 35),
        ("2026-10-01", date(2026, 9, 30), -1),
    ],
)
def test_a_month_is_complete_at_the_end_of_the_day_of_the_same_number(day: str, as_of: date, completed: int) -> None:
    assert months(day, as_of) == completed


@pytest.mark.parametrize(("day", "counts"), [("2023-09-30", 0), ("2023-10-01", 1), ("2026-09-30", 1)])
def test_contracts_and_reviews_of_thirty_six_months_count(day: str, counts: int) -> None:
    found = counted(reviews=[{"revealed_at": f"{day}T04:00:00Z"}], contracts=[{"ended_on": day}])

    assert (len(found.reviews), len(found.contracts)) == (counts, counts)


def test_a_review_of_the_evening_in_greenwich_is_of_the_next_day_in_beijing() -> None:
    late, early = "2023-09-30T16:00:00Z", "2023-09-30T15:59:59Z"

    assert len(counted(reviews=[{"revealed_at": late}]).reviews) == 1
    assert len(counted(reviews=[{"revealed_at": early}]).reviews) == 0


@pytest.mark.parametrize(("state", "counts"), [("revealed", 1), ("neutral", 0), ("annulled", 0)])
def test_only_a_revealed_review_counts(state: str, counts: int) -> None:
    assert len(counted(reviews=[{"state": state}]).reviews) == counts


def test_a_contract_that_ends_after_the_slot_day_does_not_count() -> None:
    assert len(counted(contracts=[{"ended_on": "2026-10-01"}]).contracts) == 0


@pytest.mark.parametrize(
    ("row", "rate", "shown"),
    [
        ({"delivered_on": "2026-08-30"}, "on_time", True),
        ({"delivered_on": "2026-08-31"}, "on_time", False),
        ({"delivered_on": None, "ended_on": "2026-08-30"}, "on_time", None),
        ({"delivered_on": None, "ended_on": "2026-08-31"}, "on_time", False),
        ({"agreed_on": None}, "on_time", None),
        ({"signed_on": "2026-08-10"}, "signed_in_time", True),
        ({"signed_on": "2026-08-11"}, "signed_in_time", False),
        ({"signed_on": None}, "signed_in_time", False),
        ({"sign_by": None}, "signed_in_time", None),
        ({"billed_fen": 90_00}, "billed_within", True),
        ({"billed_fen": 90_01}, "billed_within", False),
        ({"billed_fen": 90_01, "contract_fen": None}, "billed_within", True),
        ({"billed_fen": 90_01, "contract_fen": None, "guide_most_fen": 90_00}, "billed_within", False),
        ({"contract_fen": None, "guide_most_fen": None}, "billed_within", None),
        ({"billed_fen": None}, "billed_within", None),
        ({"returns": 0}, "accepted_first", True),
        ({"returns": 1}, "accepted_first", False),
        ({"returns": 1, "accepted_on": None}, "accepted_first", False),
        ({"returns": 0, "accepted_on": None}, "accepted_first", None),
        ({"delivered_on": None, "accepted_on": None}, "accepted_first", None),
        ({"abandoned": False}, "kept", True),
        ({"abandoned": True}, "kept", False),
    ],
)
def test_a_contract_shows_for_a_rate_what_its_facts_say(row: dict[str, object], rate: str, shown: bool | None) -> None:
    value = counted(contracts=[row]).contracts[rate].iloc[0]

    assert (None if pd.isna(value) else bool(value)) is shown


@pytest.mark.parametrize("rate", ["on_time", "signed_in_time", "billed_within", "accepted_first", "kept"])
def test_what_the_owner_caused_does_not_count_for_that_rate_only(rate: str) -> None:
    row = counted(contracts=[{f"excused_{rate}": True}]).contracts.iloc[0]

    assert [
        name for name in ("on_time", "signed_in_time", "billed_within", "accepted_first", "kept") if pd.isna(row[name])
    ] == [rate]


@pytest.mark.parametrize(
    ("entry", "counts"),
    [
        ({}, False),
        ({"recorded_at": "2020-01-01T00:00:00Z"}, False),  # expired: it was paid for
        ({"state": "annulled"}, True),
        ({"recorded_at": "2026-09-30T16:00:00Z"}, True),
        ({"contract_id": "other"}, True),
        ({"rate": "kept"}, True),
    ],
)
def test_what_already_is_an_entry_does_not_count_for_that_rate(entry: dict[str, object], counts: bool) -> None:
    found = counted(
        contracts=[{"contract_id": "C1", "delivered_on": "2026-09-15"}],
        entries=[{"contract_id": "C1", "rate": "on_time", **entry}],
    )

    assert pd.notna(found.contracts["on_time"].iloc[0]) == counts


@pytest.mark.parametrize(
    ("kind", "day", "counts"),
    [
        ("minor", "2026-03-29", 0),
        ("minor", "2026-03-31", 0),
        ("minor", "2026-04-01", 1),
        ("general", "2025-09-29", 0),
        ("general", "2025-09-30", 0),
        ("general", "2025-10-01", 1),
        ("serious", "2024-09-29", 0),
        ("serious", "2024-09-30", 0),
        ("serious", "2024-10-01", 1),
    ],
)
def test_an_entry_is_gone_at_the_end_of_the_last_day_of_its_life(kind: str, day: str, counts: int) -> None:
    found = counted(entries=[{"kind": kind, "recorded_at": f"{day}T04:00:00Z"}])

    assert len(found.entries) == counts


@pytest.mark.parametrize(("ends_on", "counts"), [("2026-09-29", 0), ("2026-09-30", 0), ("2026-10-01", 1)])
def test_a_repaired_entry_counts_until_its_own_last_day_ends(ends_on: str, counts: int) -> None:
    assert len(counted(entries=[{"kind": "serious", "ends_on": ends_on}]).entries) == counts


def test_an_own_last_day_cannot_lengthen_the_life_of_an_entry() -> None:
    found = counted(entries=[{"recorded_at": "2025-01-01T04:00:00Z", "ends_on": "2030-01-01"}])

    assert len(found.entries) == 0


def test_a_commendation_lives_until_the_row_ends_it() -> None:
    found = counted(entries=[{"kind": "commendation", "recorded_at": "2020-01-01T00:00:00Z"}])

    assert found.entries["points"].tolist() == [100]


def test_one_fact_counts_once_at_its_highest_cost() -> None:
    found = counted(
        entries=[{"kind": "minor", "fact": "F"}, {"kind": "serious", "fact": "F"}, {"kind": "minor", "fact": "G"}]
    )

    assert sorted(found.entries["points"]) == [-2000, -300]


def test_one_fact_of_two_agencies_counts_for_both() -> None:
    found = counted(entries=[{"fact": "F"}, {"agency": B, "fact": "F"}])

    assert found.entries["agency"].tolist() == [A, B]


def test_an_annulled_entry_does_not_count() -> None:
    assert len(counted(entries=[{"state": "annulled"}]).entries) == 0


def test_the_latest_level_before_the_cut_counts() -> None:
    found = counted(
        public_credit=[
            {"level": "C", "recorded_at": "2026-08-01T00:00:00Z"},
            {"level": "B", "recorded_at": "2026-09-01T00:00:00Z"},
            {"level": "D", "recorded_at": "2026-10-01T00:00:00Z"},
        ]
    )

    assert found.public_credit["level"].tolist() == ["B"]


def test_frames_without_rows_are_cut_to_agencies_without_rows() -> None:
    found = counted()

    assert found.agencies == (A, B, C)
    assert len(found.reviews) == len(found.contracts) == len(found.entries) == 0


def test_owners_are_kept_apart_by_their_codes() -> None:
    found = counted(reviews=[{"owner": OWNERS[1]}, {"owner": OWNERS[2]}])

    assert found.reviews["owner"].tolist() == [OWNERS[1], OWNERS[2]]
