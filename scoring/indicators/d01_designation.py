"""
D01, designation by an authority (主管部门与机构集中): do unrelated owners use one agency where one authority decides?

Different owners who all use the same agency before one authority, and not
elsewhere, are the fingerprint of 指定中介. One busy owner is not: no owner may
make up more than two fifths of the cases.

Basis: docs/indicators/D01.md; 优化营商环境条例 art. 43.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from scoring.engines import Table, fisher_greater, odds_ratio
from scoring.facts import Facts, Window
from scoring.groups import grouped
from scoring.indicator import Indicator, Words
from scoring.params import number
from scoring.periods import Bools, Ints
from scoring.signals import Outcome, Result, Severity, Subject, corrected, lacking


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of D01/1."""

    months: int = number(12, unit="months", source="detection study §4.0")
    projects: int = number(
        10, unit="projects decided by the authority", source="detection study §4.4", note="fewer are 样本不足"
    )
    elsewhere: int = number(1, unit="projects decided elsewhere", note="none are 样本不足")
    owners: int = number(5, unit="unrelated owners", source="detection study §4.4", note="fewer are 样本不足")
    agencies: int = number(
        3, unit="agencies admitted for the item", source="detection study §4.4", note="fewer are 样本不足"
    )
    q: float = number(0.05, unit="q", source="detection study §4.4", note="at most")
    difference: float = number(0.30, unit="difference of shares", source="detection study §4.4", note="at least")
    owner_share: float = number(
        0.40, unit="share of the agency's cases", source="detection study §4.4", note="of any one owner, at most"
    )


LIMITS: Final = Limits()


def measure(facts: Facts, window: Window) -> list[Result]:
    """Return a result for each agency used before each authority, and for each authority with too few cases."""
    decided = _decided(facts, window)
    reach = facts.admissions.groupby("item")["group"].nunique().to_dict()
    cells: list[Result] = []
    short: list[Result] = []
    untested = 0
    for (prefecture, item), rows in decided.groupby(["prefecture", "item"], sort=True):
        place = Place(rows)
        for at, authority in enumerate(place.authorities):
            subject = Subject(authority=authority, item=str(item), region=str(prefecture))
            here = place.authority == at
            names = tuple(place.rows[here])
            missing = _missing(place, here, int(reach.get(item, 0)))
            if missing:
                short.append(Result(subject, Outcome.INSUFFICIENT, len(names), names, missing=missing))
                continue
            found = list(_cells(subject, place, here, names))
            cells += found
            untested += len(place.agencies) - len(found)
    return [_judged(cell) for cell in corrected(cells, untested)] + short


class Place:
    """The cases of one item in one prefecture, as numbers: who decided each, who made it, for whom, when."""

    def __init__(self, rows: pd.DataFrame) -> None:
        """Number the cases."""
        self.authority, self.authorities = _numbered(rows["authority"])
        self.agency, self.agencies = _numbered(rows["agency"])
        self.owner, self.owners = _numbered(rows["owner_group"])
        self.year, years = np.unique(rows["year"].to_numpy(dtype=np.int64), return_inverse=True)[::-1]
        self.years = len(years)
        self.rows = np.asarray("approval:" + rows["approval_id"], dtype=object)

    def by_year(self, cases: Bools) -> list[int]:
        """Return how many of some cases there are in each year."""
        counted: list[int] = np.bincount(self.year[cases], minlength=self.years).tolist()
        return counted


def _numbered(values: pd.Series) -> tuple[Ints, tuple[str, ...]]:
    codes, names = pd.factorize(values, sort=True)
    return codes.astype(np.int64), tuple(names.tolist())


def _decided(facts: Facts, window: Window) -> pd.DataFrame:
    """Return one row for each project and item an authority decided with a deliverable of somebody: the first."""
    approvals = facts.approvals[window.holds(facts.approvals["decided_at"]) & facts.approvals["agency"].notna()]
    once = approvals.sort_values(["decided_at", "approval_id"]).drop_duplicates(["authority", "item", "project"])
    return once.assign(owner_group=grouped(once["owner"], facts.owner_groups)).sort_values("approval_id")


def _missing(place: Place, here: Bools, reach: int) -> str:
    count = int(here.sum())
    return lacking(
        projects=(count, LIMITS.projects),
        elsewhere=(len(here) - count, LIMITS.elsewhere),
        owners=(len(np.unique(place.owner[here])), LIMITS.owners),
        agencies=(reach, LIMITS.agencies),
    )


def _cells(subject: Subject, place: Place, here: Bools, names: tuple[str, ...]) -> Iterator[Result]:
    """Give a result for each agency the authority's projects used."""
    owners = len(np.unique(place.owner[here]))
    n, of_others = place.by_year(here), place.by_year(~here)
    for agency in np.unique(place.agency[here]).tolist():
        mine = place.agency == agency
        x, y = place.by_year(here & mine), place.by_year(~here & mine)
        strata = [(a, n[year] - a, c, of_others[year] - c) for year, (a, c) in enumerate(zip(x, y, strict=True))]
        largest = int(np.bincount(place.owner[here & mine]).max())
        yield _cell(replace(subject, agency=place.agencies[agency]), largest, strata, names, owners)


def _cell(subject: Subject, largest: int, strata: list[Table], names: tuple[str, ...], owners: int) -> Result:
    a, b, c, d = (sum(table[place] for table in strata) for place in range(4))
    elsewhere = c / (c + d)
    difference = a / (a + b) - elsewhere
    numbers = {
        "n": a + b,
        "x": a,
        "share": a / (a + b),
        "elsewhere_n": c + d,
        "elsewhere_x": c,
        "elsewhere_share": elsewhere,
        "difference": difference,
        "odds_ratio": odds_ratio((a, b, c, d)),
        "owners": owners,
        "owner_share": largest / a,
    }
    return Result(
        subject,
        Outcome.NONE,
        a + b,
        names,
        numbers,
        statistic=float(a),
        expected=(a + b) * elsewhere,
        effect=difference,
        p=fisher_greater(*strata),
    )


def _judged(cell: Result) -> Result:
    one_owner = cell.numbers["owner_share"]
    flagged = (
        cell.q is not None
        and cell.q <= LIMITS.q
        and (cell.effect or 0.0) >= LIMITS.difference
        and isinstance(one_owner, float)
        and one_owner <= LIMITS.owner_share
    )
    return replace(cell, outcome=Outcome.SIGNAL if flagged else Outcome.NONE)


D01: Final = Indicator(
    "D01",
    "D01/1",
    Severity.STRONG,
    True,
    Words("主管部门与机构集中", "Designation by an authority"),
    Words(
        "向同一审批部门申报的不同业主，是否集中使用同一家机构，而别处并非如此？",
        "Do different owners before one authority use one agency, while owners elsewhere do not?",
    ),
    Words(
        f"q ≤ {LIMITS.q}、占比差 ≥ {LIMITS.difference}，且单一业主不超过该机构案件的 {LIMITS.owner_share:.0%}",
        f"q ≤ {LIMITS.q}, difference of shares ≥ {LIMITS.difference}, "
        f"no owner above {LIMITS.owner_share:.0%} of the agency's cases",
    ),
    Words(
        "信号：疑似指定或变相指定。向 {authority} 申报 {item} 的 {n} 个项目来自 {owners} 个互不关联业主，{x} 个用"
        " {agency}（{share:.0%}）；市内其他部门同事项 {elsewhere_n} 个项目中为 {elsewhere_share:.0%}（q={q:.2g}，"
        "同时检验 {tested} 组）。需核查是否存在指定、变相指定或材料只认特定机构。",
        "Signal: possible designation. {n} projects of {owners} unrelated owners had {item} decided by {authority}; "
        "{x} of them used {agency} ({share:.0%}), against {elsewhere_share:.0%} of {elsewhere_n} elsewhere "
        "(q={q:.2g}, {tested} tests). Ask whether an agency is named or only its papers are taken.",
    ),
    (
        Words("当地只有一家具备资质", "one agency holds the qualification locally"),
        Words("距离近", "distance"),
        Words("一次性专项工作", "a one-off campaign"),
        Words("辖区内只有一家持证实验室", "the district has one licensed laboratory"),
    ),
    LIMITS,
    measure,
)
