"""The published cases, whose results must come out byte for byte."""

import json
import random
from pathlib import Path

import pytest

from scoring.counted import as_case, from_case
from scoring.params import CREDIT_SCORE_1
from scoring.report import as_json, run_case
from tests.scoring.independent_score import score

VECTORS = sorted((Path(__file__).parent / "vectors").glob("*.json"))


def names(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", VECTORS, ids=names)
def test_a_published_case_gives_the_published_bytes(path: Path) -> None:
    raw = path.read_bytes()
    expected = raw[raw.index(b'"expected": ') + len(b'"expected": ') : raw.rindex(b"\n}")] + b"\n"

    assert as_json(run_case(json.loads(raw)["case"])) == expected


@pytest.mark.parametrize("path", VECTORS, ids=names)
def test_the_order_of_rows_changes_no_byte(path: Path) -> None:
    held = json.loads(path.read_bytes())
    for rows in ("reviews", "contracts", "checks", "entries"):
        random.Random(7).shuffle(held["case"][rows])

    assert run_case(held["case"]) == held["expected"]


@pytest.mark.parametrize("path", VECTORS, ids=names)
def test_an_independent_program_finds_the_same(path: Path) -> None:
    held = json.loads(path.read_bytes())

    assert [score(agency, held["case"]) for agency in held["case"]["agencies"]] == held["expected"]


@pytest.mark.parametrize("path", VECTORS, ids=names)
def test_counted_rows_go_back_into_a_case(path: Path) -> None:
    case = json.loads(path.read_bytes())["case"]

    assert run_case(as_case(from_case(case, CREDIT_SCORE_1))) == run_case(case)
