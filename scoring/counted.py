"""
The rows a score counts: what is left of the frames after the cut, or what a case file holds.

A case file and an exported folder meet here, so that both are scored by the
same code. A row that is not here cost and earned nobody anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from scoring.frames import DIMENSIONS, RATES
from scoring.params import Params
from scoring.spec import among

REVIEW_COLUMNS: Final = ("review_id", "agency", "owner", "family", "months", *DIMENSIONS)
CONTRACT_COLUMNS: Final = ("contract_id", "agency", "owner", "months", *RATES)
CHECK_COLUMNS: Final = ("check_id", "agency", "passed")
LEVEL_COLUMNS: Final = ("agency", "level")
ENTRY_COLUMNS: Final = ("entry_id", "agency", "kind", "points")
_TYPES: Final[dict[str, Any]] = {
    **dict.fromkeys(("months", "points", *DIMENSIONS), "int64"),
    **dict.fromkeys(RATES, "boolean"),
    "passed": "bool",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """The counted rows of some agencies; every frame is sorted by agency and identifier."""

    agencies: tuple[str, ...]
    reviews: pd.DataFrame
    contracts: pd.DataFrame
    checks: pd.DataFrame
    public_credit: pd.DataFrame
    entries: pd.DataFrame

    def of(self, agencies: Sequence[str]) -> "Counted":
        """Return the part that belongs to *agencies*."""
        wanted = sorted(set(agencies) & set(self.agencies))
        kept = (
            frame[among(frame["agency"], wanted)].reset_index(drop=True)
            for frame in (self.reviews, self.contracts, self.checks, self.public_credit, self.entries)
        )
        return Counted(tuple(wanted), *kept)


def typed(rows: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return *rows* with the types the arithmetic expects, sorted so that no row order can change a byte."""
    types: dict[str, Any] = {name: _TYPES.get(name, "str") for name in columns}
    keys = ["agency", columns[0]] if columns[0] != "agency" else ["agency"]
    return rows.loc[:, list(columns)].astype(types).sort_values(keys, ignore_index=True)


def from_case(case: dict[str, Any], params: Params) -> Counted:
    """Read the counted rows of a case file; identifiers are the rows' places in it."""
    kinds = {points: kind for kind, points in params.entry_points}
    reviews = [
        (f"{place:08}", row["agency"], row["owner"], row["family"], row["months"], *row["stars"])
        for place, row in enumerate(case["reviews"], 1)
        if row["months"] < params.window_months
    ]
    contracts = [
        (f"{place:08}", row["agency"], row["owner"], row["ended_months"], *(row[rate] for rate in RATES))
        for place, row in enumerate(case["contracts"], 1)
        if row["ended_months"] < params.window_months
    ]
    checks = [(f"{place:08}", row["agency"], row["passed"]) for place, row in enumerate(case["checks"], 1)]
    entries = [
        (f"{place:08}", row["agency"], kinds.get(row["points"], "other"), row["points"])
        for place, row in enumerate(case["entries"], 1)
    ]
    return Counted(
        tuple(sorted(case["agencies"])),
        typed(pd.DataFrame(reviews, columns=list(REVIEW_COLUMNS)), REVIEW_COLUMNS),
        typed(pd.DataFrame(contracts, columns=list(CONTRACT_COLUMNS)), CONTRACT_COLUMNS),
        typed(pd.DataFrame(checks, columns=list(CHECK_COLUMNS)), CHECK_COLUMNS),
        typed(pd.DataFrame(list(case["public_credit"].items()), columns=list(LEVEL_COLUMNS)), LEVEL_COLUMNS),
        typed(pd.DataFrame(entries, columns=list(ENTRY_COLUMNS)), ENTRY_COLUMNS),
    )


def as_case(counted: Counted) -> dict[str, Any]:
    """Return the counted rows as a case file holds them, so that a folder can be checked by other programs."""
    reviews = counted.reviews.to_dict("records")
    contracts = counted.contracts.astype(dict.fromkeys(RATES, "object")).to_dict("records")
    return {
        "agencies": list(counted.agencies),
        "reviews": [
            {
                **{name: row[name] for name in ("agency", "owner", "family", "months")},
                "stars": [row[name] for name in DIMENSIONS],
            }
            for row in reviews
        ],
        "contracts": [
            {
                "agency": row["agency"],
                "owner": row["owner"],
                "ended_months": row["months"],
                **{rate: None if pd.isna(row[rate]) else bool(row[rate]) for rate in RATES},
            }
            for row in contracts
        ],
        "checks": counted.checks[["agency", "passed"]].to_dict("records"),
        "public_credit": dict(zip(counted.public_credit["agency"], counted.public_credit["level"], strict=True)),
        "entries": counted.entries[["agency", "points"]].to_dict("records"),
    }
