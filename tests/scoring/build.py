"""
Builders of frames: every field has a sensible default, so that a test names only what it is about.

The default slot day is a quarter's last; ``A``, ``B`` and ``C`` are agencies,
``O1`` … ``O9`` project owners.
"""

from datetime import date
from typing import Any

import pandas as pd

from scoring.frames import DIMENSIONS, FRAMES, RATES, SPECS
from scoring.spec import DTYPES, Kind

AS_OF = date(2026, 9, 30)
A, B, C = "91990000MA00600000", "91990000MA00600010", "91990000MA00600020"
AUTHORITY = "11990000MB10000000"
OWNERS = tuple(f"12990000MB0000000{n}" for n in range(10))
Row = dict[str, Any]

DEFAULTS: dict[str, Row] = {
    "agencies": {"agency": A, "state": "admitted", "admitted_at": "2020-01-01T00:00:00Z"},
    "admissions": {"agency": A, "item": "990101", "item_family": "EIA", "admitted_at": "2020-01-01T00:00:00Z"},
    "contracts": {
        "agency": A, "owner": OWNERS[1], "item": "990101", "item_family": "EIA", "region": "990100",
        "recorded_at": "2026-09-01T04:00:00Z", "sign_by": "2026-08-10", "signed_on": "2026-08-10",
        "agreed_on": "2026-08-30", "delivered_on": "2026-08-30", "returns": 0, "accepted_on": "2026-08-31",
        "guide_most_fen": 100_00, "contract_fen": 90_00, "billed_fen": 90_00, "ended_on": "2026-09-01",
        "abandoned": False, **{f"excused_{rate}": False for rate in RATES},
    },
    "reviews": {
        "contract_id": "C1", "agency": A, "owner": OWNERS[1], "item_family": "EIA",
        "revealed_at": "2026-09-10T04:00:00Z", "state": "revealed", **dict.fromkeys(DIMENSIONS, 5),
    },
    "checks": {"agency": A, "kind": "regulator", "passed": True, "recorded_at": "2026-09-01T04:00:00Z"},
    "public_credit": {"agency": A, "level": "A", "recorded_at": "2026-09-01T04:00:00Z"},
    "items": {"item": "990101", "item_family": "EIA", "outcome": "listed", "published_at": "2020-01-01T00:00:00Z"},
    "notices": {
        "owner": OWNERS[1], "item": "990101", "published_at": "2026-08-01T04:00:00Z", "item_family": "EIA",
        "region": "990102", "method": "lowest_quote", "winner": A, "selected_at": "2026-08-10T04:00:00Z",
    },
    "pools": {"notice": "notices-1", "agency": A, "eligible": True},
    "guides": {"agency": A, "item": "990101", "most_fen": 100_00, "published_at": "2026-01-01T00:00:00Z"},
    "fees": {
        "notice": "notices-1", "agency": A, "guide": "guides-1", "quote_fen": 90_00, "signed_fen": 90_00,
        "billed_fen": 90_00, "recorded_at": "2026-09-01T04:00:00Z",
    },
    "approvals": {
        "authority": AUTHORITY, "owner": OWNERS[1], "item": "990101", "region": "990102", "agency": A,
        "demanded": False, "decided_at": "2026-09-01T04:00:00Z",
    },
    "owners": {"owner": OWNERS[1]},
    "entries": {"agency": A, "kind": "minor", "recorded_at": "2026-09-01T04:00:00Z", "state": "in_force"},
}  # fmt: skip


def frame(name: str, *rows: Row) -> pd.DataFrame:
    """Build one frame; identifiers and facts are numbered where a row names none."""
    spec = SPECS[name]
    filled = [
        {
            **DEFAULTS[name],
            spec.key[0]: DEFAULTS[name].get(spec.key[0], f"{name}-{place}"),
            "fact": f"F{place}",
            "project": f"P{place}",
            **row,
        }
        for place, row in enumerate(rows, 1)
    ]
    made = {}
    for column in spec.columns:
        values = [row.get(column.name) for row in filled]
        if column.kind is Kind.DATE:
            made[column.name] = pd.Series(pd.to_datetime(pd.Series(values, dtype="str"))).astype(DTYPES[column.kind])
        elif column.kind is Kind.MOMENT:
            moments = pd.to_datetime(pd.Series(values, dtype="str"), utc=True)
            made[column.name] = moments.astype(DTYPES[column.kind])
        else:
            made[column.name] = pd.Series(values, dtype=DTYPES[column.kind])
    return pd.DataFrame(made)


def frames(**rows: list[Row]) -> dict[str, pd.DataFrame]:
    """Build all frames of a package: agencies A, B and C unless told otherwise, and the rows given."""
    agencies = rows.pop("agencies", [{"agency": agency} for agency in (A, B, C)])
    return {
        "agencies": frame("agencies", *agencies),
        **{spec.name: frame(spec.name, *rows.get(spec.name, [])) for spec in FRAMES if spec.name != "agencies"},
    }
