"""Every hundredth of a point has a row of the record behind it."""

import json
from pathlib import Path

import pandas as pd
import pytest

from scoring.counted import Counted, from_case
from scoring.credit import work
from scoring.cut import cut
from scoring.lines import explain, lines
from scoring.params import CREDIT_SCORE_1
from scoring.sums import sums_of
from tests.scoring.build import AS_OF, A, B, frames

FILES = [*sorted((Path(__file__).parent / "vectors").glob("*.json")), Path("docs/score-worked.json")]
ROOT = Path(__file__).resolve().parents[2]


def counted_of(path: Path) -> Counted:
    held = json.loads((ROOT / path).read_text(encoding="utf-8"))
    return from_case(held.get("case", held), CREDIT_SCORE_1)


def explained(counted: Counted, agency: str) -> pd.DataFrame:
    return explain(agency, counted, sums_of(counted, CREDIT_SCORE_1))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_lines_of_each_part_add_up_to_its_points(path: Path) -> None:
    counted = counted_of(path)
    worked = work(counted, sums_of(counted, CREDIT_SCORE_1))

    by_part = lines(worked).groupby(["agency", "part"])["points"].sum()

    for row in worked.scores.to_dict("records"):
        for part in ("reviews", "performance", "supervision", "public_credit", "entries", "limit"):
            assert by_part.get((row["agency"], part), 0) == (0 if pd.isna(row[part]) else row[part])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_one_agency_is_explained_as_in_the_list_of_all(path: Path) -> None:
    counted = counted_of(path)
    every = lines(work(counted, sums_of(counted, CREDIT_SCORE_1)))

    for agency in counted.agencies:
        expected = every[every["agency"] == agency].reset_index(drop=True)
        pd.testing.assert_frame_equal(explained(counted, agency), expected)


def test_a_line_names_its_row_with_value_weight_and_points() -> None:
    counted = cut(
        frames(reviews=[{"review_id": "R7", "quality": 1}], checks=[{"check_id": "K3"}]), AS_OF, CREDIT_SCORE_1
    )

    rows = explained(counted, A).drop(columns="agency").values.tolist()

    # Reviews: (10,000·8,000 + 1,000·6,000) / 11,000 = 7,818, times 4,000 / 6,000 = 5,212 points.
    # Supervision: (5·9,000 + 10,000) / 6 = 9,167, times 2,000 / 6,000 = 3,056 points, 45 of 55 parts from the prior.
    assert rows == [
        ["reviews", "prior", "market", 8000, 10_000, 4848],
        ["reviews", "review", "R7", 6000, 1000, 364],
        ["supervision", "prior", "market", 9000, 5, 2500],
        ["supervision", "check", "K3", 10_000, 1, 556],
    ]


def test_a_row_that_earned_nothing_has_a_line() -> None:
    counted = cut(frames(contracts=[{"contract_id": "C1", "abandoned": True}]), AS_OF, CREDIT_SCORE_1)

    kept = explained(counted, A).query("line == 'kept' and source == 'C1'")

    assert kept[["value", "weight", "points"]].values.tolist() == [[0, 1, 0]]


def test_a_contract_has_no_line_for_a_rate_it_does_not_count_for() -> None:
    counted = cut(frames(contracts=[{"contract_id": "C1", "excused_kept": True}]), AS_OF, CREDIT_SCORE_1)

    assert "kept" not in set(explained(counted, A).query("source == 'C1'")["line"])


def test_commendations_over_the_most_have_lines_of_nothing() -> None:
    rows = [{"entry_id": f"E{n}", "kind": "commendation"} for n in range(7)]

    counted = cut(frames(entries=rows), AS_OF, CREDIT_SCORE_1)

    assert explained(counted, A)["points"].tolist() == [100, 100, 100, 100, 100, 0, 0]


def test_an_agency_without_rows_has_no_lines() -> None:
    counted = cut(frames(reviews=[{"agency": B}]), AS_OF, CREDIT_SCORE_1)

    assert explained(counted, A).empty
    assert lines(work(cut(frames(agencies=[]), AS_OF, CREDIT_SCORE_1), sums_of(counted, CREDIT_SCORE_1))).empty
