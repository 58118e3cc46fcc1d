"""The same record gives the same bytes in any process, and one star moves no line but those it enters."""

import csv
import os
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from scoring import report
from scoring.frames import DIMENSIONS, Export
from scoring.package import DESCRIPTOR, csv_bytes, write
from scoring.watch import watch
from tests.scoring.build import AS_OF, OWNERS, Row, frame, frames
from tests.scoring.test_watch import a_city
from tests.scoring.worlds import Frames, agency

# Tens of seconds of two processors: `make test-all` and `.ci/run` play it, `make test` does not.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def a_record() -> Frames:
    """Build a world in which every indicator has a signal and every part of a score something to count."""
    who = [agency(n % 4) for n in range(60)]
    rows: dict[str, list[Row]] = {
        "contracts": [{"agency": who[n], "owner": OWNERS[n % 5], "returns": n % 3 // 2} for n in range(40)],
        "reviews": [
            {"agency": who[n], "owner": OWNERS[n % 5], **dict.fromkeys(DIMENSIONS, n % 5 + 1)} for n in range(60)
        ],
        "checks": [{"agency": who[n], "passed": n % 3 > 0} for n in range(9)],
        "public_credit": [{"agency": agency(n), "level": "ABCD"[n]} for n in range(4)],
        "entries": [{"agency": agency(n), "kind": ("minor", "general", "commendation")[n % 3]} for n in range(6)],
    }
    return {**a_city(), **{name: frame(name, *given) for name, given in rows.items()}}


def computed(folder: Path, files: dict[str, bytes], **environment: str) -> dict[str, bytes]:
    """Let the nightly run's own process compute some files, and return what it left."""
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    command = [sys.executable, "-m", "market.credit.frames", folder, "--as-of", AS_OF.isoformat()]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True, timeout=120)
    return {path.name: path.read_bytes() for path in (folder / "out").iterdir()}


def shuffled(files: dict[str, bytes]) -> dict[str, bytes]:
    chance = random.Random(7)
    found = {}
    for name, data in files.items():
        header, *rows = data.splitlines(keepends=True)
        found[name] = b"".join([header, *chance.sample(rows, len(rows))])
    return found


def test_neither_process_nor_time_zone_nor_the_order_of_rows_changes_a_byte_of_scores_and_signals(
    tmp_path: Path,
) -> None:
    files = {name: data for name, data in write(a_record(), export=Export.FULL).items() if name != DESCRIPTOR}
    other = shuffled(files)

    here = computed(tmp_path / "a", files, PYTHONHASHSEED="1", TZ="Asia/Shanghai")
    there = computed(tmp_path / "b", other, PYTHONHASHSEED="2", TZ="America/New_York")

    assert sum(files[name] != other[name] for name in files) >= 11
    assert here == there
    assert here["signals.csv"] == csv_bytes(watch(a_record(), AS_OF))
    assert set(here) >= {"ranking.csv", "scores.csv", "lines.csv", "selection.csv", "manifest.json", "public.zip"}


def reviews() -> list[Row]:
    """Return reviews of which some priors come from a family, some from all reviews, and one from nobody's."""
    chance = random.Random(3)
    sizes = {(0, "EIA"): 12, (1, "EIA"): 15, (2, "MAP"): 3, (3, "EIA"): 9, (4, "DRAWING"): 1}
    return [
        {"agency": agency(who), "owner": OWNERS[chance.randrange(9)], "item_family": family,
         **{name: chance.randint(2, 4) for name in DIMENSIONS}}
        for (who, family), size in sizes.items()
        for _ in range(size)
    ]  # fmt: skip


def whose_prior(rows: list[Row], changed: Row) -> set[str]:
    """Say whose prior a review enters: by its family where others have twenty of it, else by all of others'."""
    found = set()
    for name in {row["agency"] for row in rows} - {changed["agency"]}:
        others = [row for row in rows if row["agency"] != name]
        for family in {row["item_family"] for row in rows if row["agency"] == name}:
            enough = sum(row["item_family"] == family for row in others) >= 20
            if changed["item_family"] == family if enough else len(others) >= 20:
                found.add(name)
    return found


def by_agency(data: bytes) -> dict[str, list[list[str]]]:
    found = defaultdict(list)
    for row in csv.DictReader(data.decode().splitlines()):
        found[row["agency"]].append([value for name, value in row.items() if name != "place"])
    return found


@pytest.mark.parametrize("place", [0, 28, 39])
def test_one_star_changes_the_published_lines_of_its_agency_and_of_those_whose_prior_it_enters(place: int) -> None:
    rows = reviews()
    known = [{"agency": agency(n)} for n in range(5)]
    before = report.run(write(frames(agencies=known, reviews=rows), export=Export.PUBLIC), AS_OF)
    expected = whose_prior(rows, rows[place]) | {rows[place]["agency"]}

    rows[place]["quality"] += 1
    after = report.run(write(frames(agencies=known, reviews=rows), export=Export.PUBLIC), AS_OF)

    old, new = by_agency(before["lines.csv"]), by_agency(after["lines.csv"])
    assert {name for name in old if old[name] != new[name]} == expected
    assert len(old) == 5
    for name in ("scores.csv", "ranking.csv"):
        old, new = by_agency(before[name]), by_agency(after[name])
        assert {each for each in old if old[each] != new[each]} <= expected
