"""
T01, tying (捆绑提升): who buys a mandatory service from one agency, does he also buy an optional one there?

A unit is a project that bought the mandatory item. Its owner may have wanted
both: the owner is asked before a signal is shown, and the indicator says so.

Basis: docs/indicators/T01.md; 反垄断法 art. 22; 优化营商环境条例 art. 43.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.engines import Table, fisher_greater, odds_ratio
from scoring.facts import Facts, Window, apart
from scoring.groups import grouped
from scoring.indicator import Indicator, Words
from scoring.params import number
from scoring.periods import Bools, Ints
from scoring.signals import Outcome, Result, Severity, Subject, corrected, lacking


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of T01/1."""

    months: int = number(12, unit="months", source="detection study §4.0")
    days: int = number(90, unit="days", source="detection study §4.5", note="between the two purchases, at most")
    projects: int = number(
        10, unit="projects that bought the item from the agency", source="detection study §4.5", note="fewer: 样本不足"
    )
    others: int = number(
        10, unit="projects that bought it from others", source="detection study §4.5", note="fewer: 样本不足"
    )
    q: float = number(0.05, unit="q", source="detection study §4.5", note="at most")
    lift: float = number(2.0, unit="times others' share", source="detection study §4.5", note="at least")
    owners: int = number(3, unit="unrelated owners", source="detection study §4.5", note="that bought both, at least")


LIMITS: Final = Limits()
BOUGHT: Final = ("prefecture", "project", "item", "agency")


def measure(facts: Facts, window: Window) -> list[Result]:
    """Return a result for each agency, mandatory item and optional item that some project bought together."""
    bought = _purchases(facts)
    outcomes = dict(zip(facts.items["item"], facts.items["outcome"], strict=True))
    kinds = bought["item"].map(outcomes)
    required = bought[(kinds == "mandatory") & window.holds(bought["bought_at"])]
    mains = required.sort_values(["bought_at", "agency"]).drop_duplicates(["prefecture", "project", "item"])
    # An item abolished or never listed was as little mandatory as a listed one.
    optional = bought[~kinds.isin(["mandatory", "government_paid"])]
    demands = _demands(facts, optional)
    found = [cell for main in _mains(mains, optional) for cell in _cells(*main, demands)]
    tested = [_judged(cell) for cell in corrected([cell for cell in found if cell.p is not None])]
    return tested + [cell for cell in found if cell.p is None]


def _purchases(facts: Facts) -> pd.DataFrame:
    """Return what each project bought from whom and when first, through the market or as approvals show it."""
    through = facts.selections.rename(columns={"winner": "agency", "selected_at": "bought_at"})
    shown = facts.approvals[facts.approvals["agency"].notna()].rename(columns={"decided_at": "bought_at"})
    sources = [
        through.assign(row="notice:" + through["notice"].astype("str")),
        shown.assign(row="approval:" + shown["approval_id"].astype("str")),
    ]
    bought = pd.concat([source[[*BOUGHT, "owner", "bought_at", "row"]] for source in sources])
    first = bought.sort_values(["bought_at", "row"]).drop_duplicates(list(BOUGHT))
    return first.assign(owner=grouped(first["owner"], facts.owner_groups)).sort_values("row", ignore_index=True)


def _demands(facts: Facts, optional: pd.DataFrame) -> frozenset[tuple[str, str]]:
    """Return the optional items an authority demanded all the same, by project (R02 shows them one by one)."""
    asked = facts.approvals[facts.approvals["demanded"].astype(bool)]
    wanted = set(optional["item"])
    return frozenset(
        (str(project), str(item))
        for project, item in zip(asked["project"], asked["item"], strict=True)
        if item in wanted
    )


@dataclass(frozen=True, slots=True)
class Main:
    """The projects that bought a mandatory item, sorted by their agency: the values of each, and its agency's place."""

    rows: npt.NDArray[np.object_]
    projects: npt.NDArray[np.object_]
    owners: npt.NDArray[np.object_]
    agencies: tuple[str, ...]
    codes: Ints


def _mains(mains: pd.DataFrame, optional: pd.DataFrame) -> Iterator[tuple[Subject, Main, Bools]]:
    """
    Give, for each mandatory item and optional item, the projects that bought the first.

    The last says which also bought the second, from the same agency and within the days allowed.
    """
    mains = mains.sort_values(["prefecture", "item", "agency"], kind="stable", ignore_index=True)
    pairs = mains.assign(place=np.arange(len(mains))).merge(
        optional, on=["prefecture", "project", "agency"], suffixes=("", "_other")
    )
    near = pairs[(pairs["bought_at"] - pairs["bought_at_other"]).abs() <= pd.Timedelta(days=LIMITS.days)]
    both = apart(near, ("prefecture", "item", "item_other"))
    place = near["place"].to_numpy(dtype=np.int64)
    sold = apart(mains, ("prefecture", "item"))
    kept = {main: _main(mains.iloc[sold[main]]) for main in {key[:2] for key in both}}
    for (prefecture, item, other), rows in both.items():
        tied = np.zeros(len(mains), dtype=np.bool_)
        tied[place[rows]] = True
        subject = Subject(item=item, other_item=other, region=prefecture)
        yield subject, kept[prefecture, item], tied[sold[prefecture, item]]


def _main(rows: pd.DataFrame) -> Main:
    codes, names = pd.factorize(rows["agency"], sort=True)
    row, project, owner = (rows[name].to_numpy(dtype=object) for name in ("row", "project", "owner"))
    return Main(row, project, owner, tuple(names.tolist()), codes.astype(np.int64))


def _cells(subject: Subject, main: Main, tied: Bools, demands: frozenset[tuple[str, str]]) -> Iterator[Result]:
    """Give a result for each agency that sold the mandatory item, if it sold both or can be tested."""
    size = len(main.agencies)
    sold = np.bincount(main.codes, minlength=size).tolist()
    both = np.bincount(main.codes[tied], minlength=size).tolist()
    ends = np.cumsum(sold).tolist()
    for agency, (n, x, end) in enumerate(zip(sold, both, ends, strict=True)):
        missing = lacking(projects=(n, LIMITS.projects), others=(len(tied) - n, LIMITS.others))
        if missing and not x:
            continue
        mine = slice(end - n, end)
        held = tied[mine]
        asked = sum((project, subject.other_item) in demands for project in main.projects[mine][held])
        result = Result(
            replace(subject, agency=main.agencies[agency]),
            Outcome.INSUFFICIENT,
            len(tied),
            tuple(main.rows[mine]),
            {"x": x, "owners": len(set(main.owners[mine][held])), "off_list_demands": asked},
            missing=missing,
            supported=asked > 0,
        )
        y = int(tied.sum()) - x
        yield result if missing else _tested(result, (x, n - x, y, len(tied) - n - y))


def _tested(result: Result, table: Table) -> Result:
    a, b, c, d = table
    lift = (a / (a + b)) / (c / (c + d)) if c else None
    numbers = {
        "n": a + b,
        "share": a / (a + b),
        "others_n": c + d,
        "others_x": c,
        "others_share": c / (c + d),
        "lift": lift,
        "odds_ratio": odds_ratio(table),
    }
    return replace(
        result,
        numbers={**result.numbers, **numbers},
        statistic=float(a),
        expected=(a + b) * c / (c + d),
        effect=lift,
        p=fisher_greater(table),
    )


def _judged(cell: Result) -> Result:
    """Judge a cell; where nobody else ever sold both, there is no lift, and it has no end."""
    owners = cell.numbers["owners"]
    flagged = (
        cell.q is not None
        and cell.q <= LIMITS.q
        and (cell.effect is None or cell.effect >= LIMITS.lift)
        and isinstance(owners, int)
        and owners >= LIMITS.owners
    )
    return replace(cell, outcome=Outcome.SIGNAL if flagged else Outcome.NONE)


T01: Final = Indicator(
    "T01",
    "T01/1",
    Severity.STRONG,
    True,
    Words("捆绑提升", "Tying"),
    Words(
        "从一家机构购买强制性事项的项目，是否远比别处更常同时向它购买非强制性事项？",
        "Do projects that buy a mandatory item from one agency buy an optional one there far more often than others?",
    ),
    Words(
        f"q ≤ {LIMITS.q}、提升 ≥ {LIMITS.lift} 倍，且涉及至少 {LIMITS.owners} 个业主",
        f"q ≤ {LIMITS.q}, lift ≥ {LIMITS.lift}, and at least {LIMITS.owners} owners",
    ),
    Words(
        "信号：疑似捆绑。由 {agency} 做 {item} 的 {n} 个项目中，{x} 个同时向其购买 {other_item}（{share:.0%}）；"
        "其他机构的 {others_n} 个项目中为 {others_share:.0%}（q={q:.2g}，同时检验 {tested} 组）。"
        "{other_item} 不是强制性事项，审批部门要求过的有 {off_list_demands} 个。"
        "请先问业主：是否自愿、是否曾被告知可另选。",
        "Signal: possible tying. Of {n} projects that had {item} done by {agency}, {x} also bought {other_item} there "
        "({share:.0%}), against {others_share:.0%} of {others_n} projects of others (q={q:.2g}, {tested} tests). "
        "{other_item} is not mandatory; an authority demanded it in {off_list_demands}. Ask the owners first.",
    ),
    (
        Words("技术上相互依赖，如共用钻孔数据", "technical dependency, such as shared borehole data"),
        Words("业主要求的打包优惠", "a package price the owner asked for"),
        Words("业主自愿选择同一家", "the owner chose the same agency freely"),
    ),
    LIMITS,
    measure,
)
