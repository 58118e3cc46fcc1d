"""
T01, tying (捆绑提升): who buys a mandatory service from one agency, does he also buy an optional one there?

A unit is a project that bought the mandatory item. Its owner may have wanted
both: the owner is asked before a signal is shown, and the indicator says so.

Basis: docs/indicators/T01.md; 反垄断法 art. 22; 优化营商环境条例 art. 43.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from scoring.engines import Table, fisher_greater, odds_ratio
from scoring.facts import Facts, Window
from scoring.groups import grouped
from scoring.indicator import Indicator, Words
from scoring.params import number
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
    found = [cell for main in _mains(mains, optional) for cell in _cells(*main, _demands(facts, optional))]
    tested = [_judged(cell) for cell in corrected([cell for cell in found if cell.p is not None])]
    return tested + [cell for cell in found if cell.p is None and cell.numbers["x"]]


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


def _mains(mains: pd.DataFrame, optional: pd.DataFrame) -> Iterator[tuple[Subject, pd.DataFrame]]:
    """
    Give, for each mandatory item and optional item, the projects that bought the first.

    Column *tied* says whether the second came from the same agency within the days allowed.
    """
    for (prefecture, item), rows in mains.groupby(["prefecture", "item"], sort=True):
        pairs = rows.merge(optional, on=["prefecture", "project", "agency"], suffixes=("", "_other"))
        near = (pairs["bought_at"] - pairs["bought_at_other"]).abs() <= pd.Timedelta(days=LIMITS.days)
        for other, tied in pairs[near].groupby("item_other", sort=True):
            subject = Subject(item=str(item), other_item=str(other), region=str(prefecture))
            yield subject, rows.assign(tied=rows["project"].isin(tied["project"]))


def _cells(subject: Subject, rows: pd.DataFrame, demands: frozenset[tuple[str, str]]) -> Iterator[Result]:
    """Give a result for each agency that sold the mandatory item."""
    for agency, mine in rows.groupby("agency", sort=True):
        others = rows[rows["agency"] != agency]
        x, y = int(mine["tied"].sum()), int(others["tied"].sum())
        table = (x, len(mine) - x, y, len(others) - y)
        both = mine[mine["tied"]]
        asked = sum((project, subject.other_item) in demands for project in both["project"])
        missing = lacking(projects=(len(mine), LIMITS.projects), others=(len(others), LIMITS.others))
        result = Result(
            replace(subject, agency=str(agency)),
            Outcome.INSUFFICIENT,
            len(rows),
            tuple(mine["row"]),
            {"x": x, "owners": both["owner"].nunique(), "off_list_demands": asked},
            missing=missing,
            supported=asked > 0,
        )
        yield result if missing else _tested(result, table)


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
