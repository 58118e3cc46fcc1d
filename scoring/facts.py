"""
The facts indicators count: selections, who could have won them, and what approvals relied on.

Agencies and owners are collapsed into controlling groups before anything is
counted. A direct selection has no registrants: whoever was admitted for its
item could have been chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.candidates import Candidates, candidates_of
from scoring.groups import grouped, groups_of
from scoring.params import CREDIT_SCORE_1
from scoring.periods import Bools, Ints, days, recorded
from scoring.spec import among


@dataclass(frozen=True, slots=True)
class Window:
    """A period of whole months that ends at 24:00 of its last day, Beijing time."""

    last: date
    months: int

    @property
    def first(self) -> date:
        """Return the first day inside."""
        return self.before().last + timedelta(days=1)

    def before(self) -> "Window":
        """Return the window of the same length that ends where this one begins."""
        return Window(_months_before(self.last, self.months), self.months)

    def holds(self, moments: pd.Series) -> Bools:
        """Say which moments lie inside."""
        before = self.before().last
        found: Bools = recorded(moments, self.last, CREDIT_SCORE_1) & ~recorded(moments, before, CREDIT_SCORE_1)
        return found & moments.notna().to_numpy(dtype=bool)


@lru_cache(maxsize=64)
def _months_before(day: date, months: int) -> date:
    """Return the same day so many months earlier; the last of a month stays one, so that windows meet."""
    last = pd.Timestamp(day)
    end = last - pd.DateOffset(months=months)
    found: date = (end + pd.offsets.MonthEnd(0) if last.is_month_end else end).date()
    return found


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What indicators count, sorted, so that no order of rows can change a byte.

    *selections*: notice, owner, item, item_family, region, prefecture, project, method, winner, selected_at.
    *candidates*: who could have won each of them, by place in *selections*. *agency* and *winner* are groups.
    *approvals*: approval_id, authority, owner, project, item, region, prefecture, agency, demanded, decided_at, year.
    """

    selections: pd.DataFrame
    candidates: Candidates
    approvals: pd.DataFrame
    admissions: pd.DataFrame
    items: pd.DataFrame
    notices: pd.DataFrame
    guides: pd.DataFrame
    fees: pd.DataFrame
    owner_groups: Mapping[str, str]

    def rows(self) -> npt.NDArray[np.object_]:
        """Return what a result names each selection by."""
        return np.asarray("notice:" + self.selections["notice"], dtype=object)


def facts_of(frames: Mapping[str, pd.DataFrame], as_of: date) -> Facts:
    """Return the facts recorded before 24:00 of *as_of*, Beijing time."""
    agencies = groups_of(frames["agencies"], ("controller", "legal_representative"))
    owners = groups_of(frames["owners"], ("controller",))
    known = {name: _known(frames[name], at, as_of) for name, at in _RECORDED_BY.items()}
    selections = _selections(known["notices"], agencies, as_of)
    admissions = _admissions(known["admissions"], frames["agencies"], agencies)
    return Facts(
        selections,
        candidates_of(selections, frames["pools"], admissions, agencies),
        _approvals(known["approvals"], agencies),
        admissions,
        known["items"],
        known["notices"],
        known["guides"],
        known["fees"],
        owners,
    )


def apart(rows: pd.DataFrame, names: tuple[str, ...]) -> dict[tuple[str, ...], Ints]:
    """Return the places of the rows of each combination of values, combinations and places sorted."""
    found: Any = rows.groupby(list(names)).indices
    return {tuple(map(str, key)): np.sort(places).astype(np.int64) for key, places in sorted(found.items())}


_RECORDED_BY = {
    "notices": "published_at",
    "admissions": "admitted_at",
    "approvals": "decided_at",
    "items": "published_at",
    "guides": "published_at",
    "fees": "recorded_at",
}


def _known(frame: pd.DataFrame, moment: str, as_of: date) -> pd.DataFrame:
    kept = frame[recorded(frame[moment], as_of, CREDIT_SCORE_1)]
    keys = [kept.columns[0], *(["item"] if "item" in kept.columns else [])]
    return kept.sort_values(list(dict.fromkeys(keys)), ignore_index=True)


def _selections(notices: pd.DataFrame, agencies: Mapping[str, str], as_of: date) -> pd.DataFrame:
    """Return the notices that had found a winner by then."""
    found = notices["winner"].notna() & recorded(notices["selected_at"], as_of, CREDIT_SCORE_1)
    won = notices[found].reset_index(drop=True)
    return won.assign(winner=grouped(won["winner"], agencies), prefecture=won["region"].str[:4])


def _admissions(admissions: pd.DataFrame, known: pd.DataFrame, agencies: Mapping[str, str]) -> pd.DataFrame:
    """Return the items of agencies in the market, with the agencies' groups."""
    active = known.loc[known["state"] == "admitted", "agency"]
    kept = admissions[among(admissions["agency"], active)]
    return kept.assign(group=grouped(kept["agency"], agencies)).reset_index(drop=True)


def _approvals(approvals: pd.DataFrame, agencies: Mapping[str, str]) -> pd.DataFrame:
    by = approvals["agency"]
    return approvals.assign(
        agency=grouped(by, agencies).where(by.notna()),
        prefecture=approvals["region"].str[:4],
        year=days(approvals["decided_at"], CREDIT_SCORE_1).dt.year,
    )


def is_quarter_end(day: date) -> bool:
    """Say whether classical tests are computed on a slot day."""
    return bool(pd.Timestamp(day).is_quarter_end)
