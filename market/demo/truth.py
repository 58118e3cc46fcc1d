"""
What is planted in a sample city, by USCC: the answers against which tests and benchmarks hold the evaluation.

Nothing that serves or evaluates the market may know them: only the making of a
city imports this module, and only tests and benchmarks read the file
(`tests/architecture/test_truth.py`).
"""

import json
from pathlib import Path
from typing import Any, Final

from market.demo.rows import City
from market.demo.schemes import Schemes

FILE: Final = "truth.json"

Truth = dict[str, list[dict[str, str]]]


def told(schemes: Schemes, city: City) -> Truth:
    """Return who takes which part, scheme by scheme."""
    agencies = {row["id"]: str(row["uscc"]) for row in city.tables["agency"]}
    owners = {row["id"]: str(row["uscc"]) for row in city.tables["organisation"]}

    def named(keys: Any) -> list[dict[str, str]]:
        return [{"agency": agencies[key]} for key in sorted(keys)]

    tie, designated = schemes.tie, schemes.designated
    slandering = [{"agency": agencies[schemes.wronged], "owner": owners[key]} for key in sorted(schemes.slanderers)]
    return {
        "bad": named(schemes.bad),
        "quitters": named(schemes.quitters),
        "over_guide": named(schemes.over_guide),
        "captured": [{"owner": owners[o], "agency": agencies[a]} for o, a in sorted(schemes.captured.items())],
        "tying": [{"agency": agencies[tie.agency], "first": tie.first, "second": tie.second.code}] if tie else [],
        "slandered": slandering,
        "designated": [{"agency": str(designated.row["uscc"]), "authority": schemes.authority}] if designated else [],
        "affiliated": named({schemes.affiliated} - {0}),
    }


def write(truth: Truth, folder: Path) -> None:
    """Write the answers beside a city, for tests and benchmarks."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(json.dumps(truth, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
