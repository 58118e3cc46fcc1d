"""
The ways cases of the sample city go: who answers what, how it is decided, and in which words.

A way says what people do and never what follows: periods, escalations and
executions are the job's. Which way a case goes depends on its place among the
cases of one ranking, so that a reader finds one of each.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from market.credit.case_rules import Draft
from market.credit.states import Breach, EntryKind, MeasureKind


class Served(StrEnum):
    """How a notice is to reach its agency."""

    ACKNOWLEDGED = "acknowledged"
    POSTED = "posted"
    RETURNED = "returned"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class Way:
    """What people do about one case; without a measure nobody drafts."""

    served: Served
    states: str | None = None
    hearing: bool = False
    hearing_held: bool = True
    dismissed: str | None = None
    measure: MeasureKind | None = None
    months: int | None = None
    signed: bool = True
    appeals: str | None = None
    upheld: str | None = None


_WEAK: Final = "人员变动较大，部分项目交付推迟，今后将加强管理，请从轻处理（示例）。"
_GOOD: Final = (
    "两次核查所称缺失的成果档案当时存放在档案室，附移交清单；逾期的项目系业主资料补交所致，"
    "已更换质量负责人并完成整改（示例）。"
)
_FREELY: Final = "两项服务关联紧密，一并委托是业主自己的选择，本机构没有提出过要求（示例）。"
_DISMISSED: Final = "陈述及所附材料经核对属实，整改已经完成，依照过罚相当的原则不作处理，予以销案（示例）。"
_APPEALS: Final = "决定没有回应本机构在陈述申辩中提出的核查记录归属问题，请求撤销（示例）。"
_UPHELD: Final = "经复核，决定没有对机构的陈述申辩逐项回应，程序不当，撤销决定并恢复资格，相关排名重新计算（示例）。"

_SILENT: Final = Way(Served.POSTED, measure=MeasureKind.ELIMINATION, months=12)
_ANSWERED: Final = Way(Served.ACKNOWLEDGED, _WEAK, measure=MeasureKind.ELIMINATION, months=12)
_NOT_FOUND: Final = Way(Served.RETURNED, measure=MeasureKind.ELIMINATION, months=12)
_HEARD: Final = Way(Served.ACKNOWLEDGED, _WEAK, hearing=True, measure=MeasureKind.ELIMINATION, months=12)
_REVERSED: Final = Way(
    Served.ACKNOWLEDGED, _WEAK, measure=MeasureKind.ELIMINATION, months=12, appeals=_APPEALS, upheld=_UPHELD
)
_DROPPED: Final = Way(Served.ACKNOWLEDGED, _GOOD, dismissed=_DISMISSED)
_UNSIGNED: Final = Way(Served.POSTED, measure=MeasureKind.SUSPEND_ALL, months=6, signed=False)

RECTIFIED: Final = Way(Served.ACKNOWLEDGED, _WEAK, measure=MeasureKind.RECTIFICATION)
# It waits for its signature: in the city's days nobody has signed it.
TIED: Final = Way(Served.ACKNOWLEDGED, _FREELY, measure=MeasureKind.SUSPEND_ITEM, months=3, signed=False)
ABANDONED: Final = Way(Served.POSTED)  # silence suffices, and the job signs
# What the cases of the first pair of rankings come to, and of the second.
FINISHED: Final = (
    (
        _SILENT,
        _REVERSED,
        Way(Served.ACKNOWLEDGED, _WEAK, measure=MeasureKind.SUSPEND_ALL, months=3),
        _DROPPED,
        _HEARD,
        _NOT_FOUND,
        _ANSWERED,
        RECTIFIED,
    ),
    (
        Way(Served.ACKNOWLEDGED, _WEAK, measure=MeasureKind.SUSPEND_ALL, months=6),
        _UNSIGNED,
        _SILENT,
        Way(Served.ACKNOWLEDGED, _WEAK, measure=MeasureKind.ELIMINATION, months=12, appeals=_APPEALS),
        _NOT_FOUND,
    ),
)
# Of an agency that goes on entering notices.
LENIENT: Final = (_DROPPED, RECTIFIED)
# Of the latest pair: each at another point, for whoever looks in to go on from.
UNDER_WAY: Final = (
    Way(Served.ACKNOWLEDGED, _WEAK, measure=MeasureKind.ELIMINATION, months=12, signed=False),
    Way(Served.POSTED),
    Way(Served.ACKNOWLEDGED, hearing=True, hearing_held=False),
    Way(Served.NOT_YET),
    Way(Served.ACKNOWLEDGED, _GOOD),
)
HEARING_WORDS: Final = "请求举行听证，当面说明情况（示例）。"
HEARING_RECORD: Final = "听证会由法制机构主持，机构陈述了意见，没有提出新的事实和证据；笔录经双方核对（示例）。"
POSTED_HOW: Final = "挂号信，寄往承诺书所留地址"

_FOUND_TIED: Final = "多名业主答复，机构告知两项服务必须一并购买，记录显示的一并委托明显多于其他机构（示例）。"
_FOUND: Final = "机构连续两次公布的排名均为 D，仅履约与监管两部分均低于 60 分，事实见告知书（示例）。"
_REASONS: Final = {
    True: "机构的陈述申辩没有否认上述事实，所述理由不足以改变认定（示例）。",
    False: "告知书已经送达，机构在期限内没有陈述申辩（示例）。",
}
_WEIGHED: Final = {
    MeasureKind.ELIMINATION: "两期评价期内多次核查不合格、交付逾期，较轻的措施不足以防止再次发生（示例）。",
    MeasureKind.SUSPEND_ALL: "机构已提出整改安排，暂停足以督促改正，未采用清退（示例）。",
    MeasureKind.SUSPEND_ITEM: "只涉及一个事项，暂停该事项已经足够，未暂停其他事项（示例）。",
    MeasureKind.RECTIFICATION: "机构正在整改且近期没有新的不合格记录，责令限期整改已经足够（示例）。",
}
_REMEDIES: Final = "可以提出申诉，申诉得到支持的，全部后果一并撤销；也可以依法申请行政复议或者提起诉讼（示例）。"


def draft_of(way: Way, clause: str, item: int | None, *, spoken: bool) -> Draft:
    """Write the draft of a decision."""
    assert way.measure is not None
    eliminates = way.measure is MeasureKind.ELIMINATION
    tied = way.measure is MeasureKind.SUSPEND_ITEM
    mild = way.measure is MeasureKind.RECTIFICATION
    return Draft(
        breach=Breach.MINOR if mild else Breach.GENERAL,
        measure=way.measure,
        found=_FOUND_TIED if tied else _FOUND,
        reasons=_REASONS[spoken],
        clause=clause,
        proportionality=_WEIGHED[way.measure],
        remedies=_REMEDIES,
        item=item if tied else None,
        months=None if eliminates else way.months,
        reentry_months=way.months if eliminates else None,
        entry_kind=EntryKind.MINOR if mild else EntryKind.GENERAL,
    )
