"""Error rates: the same page for the same seeds, honest words, and the paper's own figures of naive thresholds."""

import re

import pandas as pd
import pytest

from benchmarks import naive, rates, record
from benchmarks.rates import REPORT, Sizes, p_of_evenness, p_of_validity
from benchmarks.rates_page import ppv, share
from market.credit.frames import computed
from scoring.registry import INDICATORS
from scoring.replay import SEEDS

SMALL = Sizes(markets=3, owners=20, cities=2, places=2, agencies=4, runs=50)


@pytest.fixture(scope="module")
def page() -> str:
    return rates.measure((3,), SMALL, workers=1).text()


@pytest.mark.slow
def test_the_same_seeds_give_the_same_page_however_many_processes_replay(page: str) -> None:
    assert rates.measure((3,), SMALL, workers=2).text() == page


def test_the_page_kept_is_that_of_the_versions_and_seeds_of_today(page: str) -> None:
    kept = REPORT.read_text(encoding="utf-8")

    assert f"Seeds: {', '.join(map(str, SEEDS))} " in kept
    assert all(indicator.version in kept for indicator in INDICATORS)
    assert [row.split(" | ")[0] for row in kept.splitlines() if row.startswith("## ")] == re.findall(
        r"^## .+$", page, flags=re.MULTILINE
    )


def test_every_promise_is_told_with_its_verdict_bad_ones_too() -> None:
    kept = REPORT.read_text(encoding="utf-8").split("## Promises")[1].split("\n## ")[0]
    rows = [row.strip("| ").split(" | ") for row in kept.splitlines() if row.startswith("| ")][2:]

    assert len(rows) == 13
    assert {row[-1] for row in rows} <= {"yes", "**no**"}


@pytest.mark.parametrize(
    ("agencies", "contracts", "expected"),
    [(3, 20, 0.367), (5, 10, 0.280), (5, 50, 0.216), (8, 10, 0.212), (8, 50, 0.143), (15, 10, 0.160), (30, 10, 0.130)],
)
def test_the_mean_concentration_of_fair_markets_is_the_papers(agencies: int, contracts: int, expected: float) -> None:
    assert naive.fired(agencies, contracts, runs=1, seed=1).expected == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize(
    ("agencies", "contracts", "hhi", "presumed"),
    [(5, 10, (1.0, 1.0), (0.83, 0.97)), (8, 10, (0.84, 0.97), (0.24, 0.75)), (5, 50, (1.0, 1.0), (0.12, 0.52))],
)
def test_naive_thresholds_fire_on_fair_markets_as_often_as_the_paper_says(
    agencies: int, contracts: int, hhi: tuple[float, float], presumed: tuple[float, float]
) -> None:
    found = naive.fired(agencies, contracts, runs=4_000, seed=1)

    assert found.hhi == pytest.approx(hhi, abs=0.03)
    assert found.presumed == pytest.approx(presumed, abs=0.03)


@pytest.mark.parametrize(
    ("tpr", "fpr", "prevalence", "worth"), [(0.8, 0.05, 0.02, 0.246), (0.8, 0.05, 0.1, 0.64), (0.8, 0.01, 0.02, 0.62)]
)
def test_what_a_signal_is_worth_is_the_papers(tpr: float, fpr: float, prevalence: float, worth: float) -> None:
    assert ppv(tpr, fpr, prevalence) == pytest.approx(worth, abs=0.002)


def test_small_shares_keep_their_digits() -> None:
    assert [share(value) for value in (0, 0.0018, 0.01, 1)] == ["0.0 %", "0.18 %", "1.0 %", "100.0 %"]


def test_evenness_notices_values_too_small_and_validity_does_not_mind_values_too_large() -> None:
    even = [(place + 0.5) / 400 for place in range(400)]
    small, large = [p**1.4 for p in even], [p**0.7 for p in even]

    assert p_of_evenness(even) > 0.99
    assert p_of_validity(even) > 0.5
    assert p_of_evenness(small) < 0.01
    assert p_of_validity(small) < 0.01
    assert p_of_evenness(large) < 0.01
    assert p_of_validity(large) > 0.5


def test_a_made_up_record_is_one_that_the_nightly_run_accepts(tmp_path) -> None:
    record.main([str(tmp_path), "40", "400", "2000"])
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    results = computed(files, record.AS_OF)

    assert set(pd.read_csv(tmp_path / "notices.csv")["method"]) == set(record.METHODS)
    assert results["ranking.csv"].count(b"\n") > 30
    assert b"M02" in results["signals.csv"]
