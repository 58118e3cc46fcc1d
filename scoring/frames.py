"""
The frames scores and signals are computed from: columns, units, keys and meaning in both languages.

An identifier keeps its meaning for ever: a changed column is a new
``PACKAGE_VERSION``, never an edit, and packages of every version in
``VERSIONS`` stay readable. What is marked ``FULL`` is for regulators; the score
and the rules anyone may recompute never read it, so that both exports give the same score.
"""

from typing import Any, Final

from scoring.spec import Column, Export, Frame, FrameError, Kind, Problem, check, check_references

__all__ = [
    "DIMENSIONS",
    "FRAMES",
    "METHODS",
    "PACKAGE_VERSION",
    "RATES",
    "SPECS",
    "VERSIONS",
    "Column",
    "Export",
    "Frame",
    "FrameError",
    "Kind",
    "Problem",
    "check",
    "check_references",
]

PACKAGE_VERSION: Final = "1.1.0"
# 1.1.0 adds the files signals are computed from; no file or column of 1.0.0 changed.
VERSIONS: Final = ("1.0.0", "1.1.0")
METHODS: Final = (
    *("random_draw", "lowest_quote", "benchmark_quote", "mean_quote"),
    *("inquiry", "credit_merit", "plan_merit", "direct"),
)
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


def _recorded(title: str, title_zh: str, name: str = "recorded_at", required: bool = True) -> Column:
    return Column(name, Kind.MOMENT, title, title_zh, required=required, unit="UTC")


def _full(name: str, title: str, title_zh: str, **limits: Any) -> Column:
    return Column(name, Kind.TEXT, title, title_zh, export=Export.FULL, **limits)


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

ITEMS: Final = Frame(
    "items",
    "Items of the catalogue, abolished ones too",
    "中介服务事项（含已取消）",
    (
        Column("item", Kind.TEXT, "Item", "中介服务事项编码"),
        _family(),
        Column(
            "outcome", Kind.TEXT, "Outcome", "事项类型（一般、强制、政府付费、已取消）",
            one_of=("listed", "mandatory", "government_paid", "abolished"),
        ),
        Column("legal_basis", Kind.TEXT, "Law and article", "法定依据（名称与条款）", required=False),
        _day("read_on", "Clause read on", "条款核对日期"),
        _day("basis_from", "Basis in force from", "依据生效日期"),
        _day("basis_until", "Basis in force until", "依据失效日期"),
        _recorded("Published at", "公布时间", "published_at"),
        _recorded("Abolished at", "取消时间", "abolished_at", required=False),
    ),
    ("item",),
    since="1.1.0",
)  # fmt: skip

NOTICES: Final = Frame(
    "notices",
    "Selection notices published; the result is for regulators here",
    "已发布的选取公告（选取结果列仅供监管）",
    (
        Column("notice", Kind.TEXT, "Notice", "公告编号"),
        _owner(),
        Column("item", Kind.TEXT, "Item demanded", "所需中介服务事项编码"),
        _recorded("Published at", "发布时间", "published_at"),
        _full("item_family", "Item family", "事项类别"),
        _full("region", "Division", "行政区划代码", pattern=DIVISION),
        _full("project", "Project", "项目编号"),
        _full("method", "Method of selection", "选取方式", one_of=METHODS),
        _full("winner", "Winner, if the award was confirmed", "已确认的中选机构", required=False, pattern=USCC),
        Column(
            "selected_at", Kind.MOMENT, "Result recorded at", "选取结果入库时间", required=False, unit="UTC",
            export=Export.FULL,
        ),
    ),
    ("notice",),
    since="1.1.0",
)  # fmt: skip

POOLS: Final = Frame(
    "pools",
    "Registrants of each notice in the frozen pool",
    "各公告冻结时的报名机构",
    (
        Column("notice", Kind.TEXT, "Notice", "公告编号"),
        _agency(),
        Column("eligible", Kind.BOOLEAN, "Could have been selected; on the small list, if any", "可被选取"),
    ),
    ("notice", "agency"),
    (("notice", "notices"), ("agency", "agencies")),
    export=Export.FULL,
    since="1.1.0",
)  # fmt: skip

GUIDES: Final = Frame(
    "guides",
    "Published versions of service guides",
    "已公布的服务指南版本",
    (
        Column("guide", Kind.TEXT, "Version of a guide", "指南版本编号"),
        _agency(),
        Column("item", Kind.TEXT, "Item", "中介服务事项编码"),
        Column("most_fen", Kind.INTEGER, "Most it may cost", "收费上限", unit="fen", least=0),
        _recorded("Published at", "公布时间", "published_at"),
        _recorded("Superseded or withdrawn at", "被替换或撤回时间", "ended_at", required=False),
    ),
    ("guide",),
    (("agency", "agencies"),),
    since="1.1.0",
)

FEES: Final = Frame(
    "fees",
    "What each contract was quoted, signed and billed for",
    "各合同的报价、签订与结算金额",
    (
        Column("contract_id", Kind.TEXT, "Contract", "合同编号"),
        Column("notice", Kind.TEXT, "Notice", "公告编号"),
        _agency(),
        Column("guide", Kind.TEXT, "Version of the guide cited at registration", "报名所引指南版本", required=False),
        _fen("quote_fen", "Price selected at", "中选价"),
        _fen("signed_fen", "Price signed, without later changes", "签订价（不含变更）"),
        _fen("billed_fen", "Billed in all", "实际收费"),
        _recorded("Latest amount recorded at", "最近金额入库时间"),
    ),
    ("contract_id",),
    (("notice", "notices"), ("agency", "agencies"), ("guide", "guides")),
    since="1.1.0",
)

APPROVALS: Final = Frame(
    "approvals",
    "Deliverables authorities' approvals relied on, or asked for",
    "审批所采用或要求的中介服务成果",
    (
        Column("approval_id", Kind.TEXT, "Deliverable of an approval", "审批成果编号"),
        Column("authority", Kind.TEXT, "Approving authority", "审批部门统一社会信用代码", pattern=USCC),
        _owner(),
        Column("project", Kind.TEXT, "Project", "项目编号"),
        Column("item", Kind.TEXT, "Item", "中介服务事项编码"),
        Column("region", Kind.TEXT, "Division", "行政区划代码", pattern=DIVISION),
        Column("agency", Kind.TEXT, "Who made it", "成果出具机构", required=False, pattern=USCC),
        Column("demanded", Kind.BOOLEAN, "The authority demanded it", "审批部门要求提供"),
        _recorded("Decided at", "审批决定时间", "decided_at"),
    ),
    ("approval_id",),
    export=Export.FULL,
    since="1.1.0",
)

OWNERS: Final = Frame(
    "owners",
    "Project owners and who controls them",
    "项目业主及其实际控制人",
    (
        _owner(),
        Column("controller", Kind.TEXT, "Verified controller", "经核实的实际控制人", required=False),
    ),
    ("owner",),
    export=Export.FULL,
    since="1.1.0",
)

FRAMES: Final = (
    *(AGENCIES, ADMISSIONS, CONTRACTS, REVIEWS, CHECKS, PUBLIC_CREDIT, ENTRIES),
    *(ITEMS, NOTICES, POOLS, GUIDES, FEES, APPROVALS, OWNERS),
)
SPECS: Final = {frame.name: frame for frame in FRAMES}
