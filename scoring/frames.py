"""
The frames a score is computed from: columns, units, keys and meaning in both languages.

An identifier keeps its meaning for ever: a changed column is a new
``PACKAGE_VERSION``, never an edit. Columns marked ``FULL`` are for regulators
and no rule of the score reads them, so that both exports give the same score.
"""

from typing import Final

from scoring.spec import Column, Export, Frame, FrameError, Kind, Problem, check, check_references

__all__ = [
    "DIMENSIONS",
    "FRAMES",
    "PACKAGE_VERSION",
    "RATES",
    "SPECS",
    "Column",
    "Export",
    "Frame",
    "FrameError",
    "Kind",
    "Problem",
    "check",
    "check_references",
]

PACKAGE_VERSION: Final = "1.0.0"
USCC: Final = "[0-9A-HJ-NPQRTUWXY]{18}"
DIVISION: Final = "[0-9]{6}"
DIMENSIONS: Final = ("quality", "timeliness", "fees", "conduct", "attitude")
RATES: Final = ("on_time", "signed_in_time", "billed_within", "accepted_first", "kept")

_DIMENSIONS_ZH: Final = ("质量", "时效", "收费", "规范", "态度")
_RATES_ZH: Final = ("按期交付", "按期签订", "收费合规", "一次通过", "未放弃")


def _agency() -> Column:
    return Column("agency", Kind.TEXT, "Agency", "中介服务机构统一社会信用代码", pattern=USCC)


def _owner() -> Column:
    return Column("owner", Kind.TEXT, "Project owner", "项目业主统一社会信用代码", pattern=USCC)


def _family() -> Column:
    return Column("item_family", Kind.TEXT, "Item family", "事项类别")


def _recorded(title: str, title_zh: str, name: str = "recorded_at") -> Column:
    return Column(name, Kind.MOMENT, title, title_zh, unit="UTC")


def _fen(name: str, title: str, title_zh: str) -> Column:
    return Column(name, Kind.INTEGER, title, title_zh, required=False, unit="fen", least=0)


def _day(name: str, title: str, title_zh: str) -> Column:
    return Column(name, Kind.DATE, title, title_zh, required=False, unit="day in Asia/Shanghai")


AGENCIES: Final = Frame(
    "agencies",
    "Agencies ever admitted",
    "曾入驻的中介服务机构",
    (
        _agency(),
        Column(
            "state", Kind.TEXT, "State at the end of the slot day", "评价日状态（入驻、暂停、清退、自愿退出）",
            one_of=("admitted", "suspended", "eliminated", "left"),
        ),
        _recorded("Admitted at", "入驻时间", "admitted_at"),
        Column(
            "controller", Kind.TEXT, "Verified controller", "经核实的实际控制人", required=False, export=Export.FULL
        ),
        Column(
            "legal_representative", Kind.TEXT, "Legal representative", "法定代表人", required=False, export=Export.FULL
        ),
    ),
    ("agency",),
)  # fmt: skip

ADMISSIONS: Final = Frame(
    "admissions",
    "Items each agency is admitted for",
    "机构入驻的事项",
    (
        _agency(),
        Column("item", Kind.TEXT, "Item", "中介服务事项编码"),
        _family(),
        _recorded("Admitted for the item at", "事项入驻时间", "admitted_at"),
    ),
    ("agency", "item"),
    (("agency", "agencies"),),
)

CONTRACTS: Final = Frame(
    "contracts",
    "Contracts that ended",
    "已结束的合同",
    (
        Column("contract_id", Kind.TEXT, "Contract", "合同编号"),
        _agency(),
        _owner(),
        Column("item", Kind.TEXT, "Item", "中介服务事项编码"),
        _family(),
        Column("region", Kind.TEXT, "Division", "行政区划代码", pattern=DIVISION),
        _recorded("End recorded at", "结束入库时间"),
        _day("sign_by", "To be signed by", "应签订日期"),
        _day("signed_on", "Signed on", "签订日期"),
        _day("agreed_on", "Delivery agreed for", "约定交付日期"),
        _day("delivered_on", "First delivered on", "首次交付日期"),
        Column("returns", Kind.INTEGER, "Times returned", "退回次数", unit="times", least=0),
        _day("accepted_on", "Accepted on, by silence too", "验收日期（含默认验收）"),
        _fen("guide_most_fen", "Most under the guide cited", "所引服务指南的收费上限"),
        _fen("contract_fen", "Price of the contract with its changes", "合同价（含变更）"),
        _fen("billed_fen", "Billed in all", "实际收费"),
        Column("ended_on", Kind.DATE, "Ended on", "结束日期", unit="day in Asia/Shanghai"),
        Column("abandoned", Kind.BOOLEAN, "Abandoned by the agency", "机构放弃"),
        *(
            Column(f"excused_{rate}", Kind.BOOLEAN, f"Owner caused: {rate}", f"业主原因不计:{zh}")
            for rate, zh in zip(RATES, _RATES_ZH, strict=True)
        ),
    ),
    ("contract_id",),
    (("agency", "agencies"),),
)

REVIEWS: Final = Frame(
    "reviews",
    "Owners' reviews of agencies",
    "项目业主对机构的评价",
    (
        Column("review_id", Kind.TEXT, "Review", "评价编号"),
        Column("contract_id", Kind.TEXT, "Contract", "合同编号"),
        _agency(),
        _owner(),
        _family(),
        _recorded("Revealed at", "公开时间", "revealed_at"),
        Column(
            "state", Kind.TEXT, "State (neutral counts as nothing)", "状态（中性评价不计）",
            one_of=("revealed", "neutral", "annulled"),
        ),
        *(
            Column(name, Kind.INTEGER, f"Stars for {name}", f"{zh}星级", required=False, unit="stars", least=1, most=5)
            for name, zh in zip(DIMENSIONS, _DIMENSIONS_ZH, strict=True)
        ),
    ),
    ("review_id",),
    (("agency", "agencies"),),
)  # fmt: skip

CHECKS: Final = Frame(
    "checks",
    "Regulators' checks and authorities' acceptance or return of deliverables",
    "监管检查与审批部门对成果的采用或退回",
    (
        Column("check_id", Kind.TEXT, "Check", "检查编号"),
        _agency(),
        Column("kind", Kind.TEXT, "Kind", "类型", one_of=("regulator", "authority")),
        Column("passed", Kind.BOOLEAN, "Passed", "合格"),
        _recorded("Recorded at", "入库时间"),
    ),
    ("check_id",),
    (("agency", "agencies"),),
)

PUBLIC_CREDIT: Final = Frame(
    "public_credit",
    "Levels imported from the public credit platform; the latest counts",
    "公共信用综合评价等级（取最近一次）",
    (
        _agency(),
        Column("level", Kind.TEXT, "Level", "等级", one_of=("A", "B", "C", "D")),
        _recorded("Imported at", "导入时间"),
    ),
    ("agency", "recorded_at"),
    (("agency", "agencies"),),
)

ENTRIES: Final = Frame(
    "entries",
    "Credit entries",
    "信用记录",
    (
        Column("entry_id", Kind.TEXT, "Entry", "信用记录编号"),
        _agency(),
        Column(
            "kind", Kind.TEXT, "Kind", "类型（轻微、一般、严重、表彰）",
            one_of=("minor", "general", "serious", "commendation"),
        ),
        Column("fact", Kind.TEXT, "Fact; one fact counts once", "事实编号（一事实只计一次）"),
        _recorded("Recorded at", "入库时间"),
        _day("ends_on", "Last day, if earlier than the rule's", "提前终止日"),
        Column("state", Kind.TEXT, "State", "状态（有效、已撤销）", one_of=("in_force", "annulled")),
        Column("contract_id", Kind.TEXT, "Contract the fact belongs to", "事实所属合同", required=False),
        Column("rate", Kind.TEXT, "Rate the fact no longer counts for", "不再计入的指标", required=False, one_of=RATES),
    ),
    ("entry_id",),
    (("agency", "agencies"),),
)  # fmt: skip

FRAMES: Final = (AGENCIES, ADMISSIONS, CONTRACTS, REVIEWS, CHECKS, PUBLIC_CREDIT, ENTRIES)
SPECS: Final = {frame.name: frame for frame in FRAMES}
