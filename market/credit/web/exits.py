"""Who is out of the market, which measures and decisions are in force, as pages and files; each decision."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from market.accounts.guards import PUBLIC_ROUTE
from market.credit.case_facts import english
from market.credit.service import exits as service
from market.credit.states import MeasureKind
from market.lists import MOST_ROWS, PAGE_SIZE, Column, asked_page, form_of, listing, pager
from market.respond import page
from market.visit import Visit

Asked = Request[Any, Any, Any]
KINDS: Final = ("elimination", "left")
EXITS: Final = (
    Column("exit", "退出方式", "How it left", "code"),
    Column("uscc", "统一社会信用代码", "USCC", "code"),
    Column("agency", "中介服务机构", "Agency"),
    Column("division", "行政区划", "Division", "code"),
    Column("at", "退出时间", "Left at", "moment"),
    Column("ground", "事由", "Ground", "code"),
    Column("number", "决定编号", "Decision", "code"),
    Column("reentry_on", "可以重新申请的日期", "May apply again on", "date"),
    Column("appeal", "申诉", "Appeal", "code"),
)
MEASURES: Final = (
    Column("number", "决定编号", "Decision", "code"),
    Column("uscc", "统一社会信用代码", "USCC", "code"),
    Column("agency", "中介服务机构", "Agency"),
    Column("division", "行政区划", "Division", "code"),
    Column("kind", "措施", "Measure", "code"),
    Column("item_code", "事项", "Item", "code"),
    Column("ground", "事由", "Ground", "code"),
    Column("breach", "认定程度", "Breach", "code"),
    Column("begins_at", "开始时间", "Begins", "moment"),
    Column("ends_at", "结束时间", "Ends", "moment"),
    Column("appeal", "申诉", "Appeal", "code"),
)

DECISIONS: Final = (
    Column("number", "决定编号", "Decision", "code"),
    Column("uscc", "统一社会信用代码", "USCC", "code"),
    Column("agency", "中介服务机构", "Agency"),
    Column("division", "行政区划", "Division", "code"),
    Column("kind", "措施", "Measure", "code"),
    Column("item_code", "事项", "Item", "code"),
    Column("ground", "事由", "Ground", "code"),
    Column("breach", "认定程度", "Breach", "code"),
    Column("found", "认定的事实", "What was found"),
    Column("clause", "规则条款", "Clause"),
    Column("remedies", "救济途径", "Remedies"),
    Column("signed_for", "作出机关", "Decided by"),
    Column("silence", "按规则自动作出", "By silence", "code"),
    Column("signed_at", "作出时间", "Decided at", "moment"),
    Column("begins_at", "开始时间", "Begins", "moment"),
    Column("ends_at", "结束时间", "Ends", "moment"),
    Column("reentry_on", "可以重新申请的日期", "May apply again on", "date"),
    Column("appeal", "申诉", "Appeal", "code"),
)


@get(["/credit/exits", "/credit/exits.csv", "/credit/exits.xlsx", "/credit/exits.json"], opt=PUBLIC_ROUTE)
async def exits(request: Asked, visit: Visit) -> Response[Any]:
    """Show who is out of the market, eliminated and left freely told apart, or give the list as a file."""
    kind = _one_of(request, "exit", KINDS)
    if form_of(request.url.path):
        return listing(request, EXITS, await service.exits(kind, visit.now, limit=MOST_ROWS), "退出机构")
    offset = (asked_page(request) - 1) * PAGE_SIZE
    rows = await service.exits(kind, visit.now, limit=PAGE_SIZE, offset=offset)
    at = pager(request, rows, {"exit": kind})
    return page(visit, "credit/exits.html", nav="credit", rows=rows, at=at, kind=kind, kinds=KINDS)


@get(["/credit/measures", "/credit/measures.csv", "/credit/measures.xlsx", "/credit/measures.json"], opt=PUBLIC_ROUTE)
async def measures(request: Asked, visit: Visit) -> Response[Any]:
    """Show the measures in force, or give the list as a file."""
    kind = _one_of(request, "kind", tuple(MeasureKind))
    if form_of(request.url.path):
        return listing(request, MEASURES, await service.measures(kind, visit.now, limit=MOST_ROWS), "执行中的措施")
    offset = (asked_page(request) - 1) * PAGE_SIZE
    rows = await service.measures(kind, visit.now, limit=PAGE_SIZE, offset=offset)
    at = pager(request, rows, {"kind": kind})
    return page(visit, "credit/measures.html", nav="credit", rows=rows, at=at, kind=kind, kinds=list(MeasureKind))


@get([f"/credit/decisions{end}" for end in ("", ".csv", ".xlsx", ".json")], opt=PUBLIC_ROUTE)
async def decisions(request: Asked, visit: Visit) -> Response[Any]:
    """Show the decisions in force, or give the list with their words as a file."""
    kind = _one_of(request, "kind", tuple(MeasureKind))
    if form_of(request.url.path):
        return listing(request, DECISIONS, await service.decisions(kind, visit.now, limit=MOST_ROWS), "已生效的决定")
    offset = (asked_page(request) - 1) * PAGE_SIZE
    rows = await service.decisions(kind, visit.now, limit=PAGE_SIZE, offset=offset)
    named: dict[str, Any] = {"kind": kind, "kinds": list(MeasureKind), "english": english}
    at = pager(request, rows, {"kind": kind})
    return page(visit, "credit/decisions.html", nav="credit", rows=rows, at=at, **named)


@get([f"/credit/{part}/{{number:str}}" for part in ("exits", "measures", "decisions")], opt=PUBLIC_ROUTE)
async def decision(visit: Visit, number: FromPath[str]) -> Response[str]:
    """Show a decision in force: what was found, on which clause, what follows, until when, and how to object."""
    found = await service.decision(number.replace("\x00", ""), visit.now)
    facts = [each.told(visit.lang) for each in service.facts_of(found)]
    return page(visit, "credit/decision.html", nav="credit", d=found, facts=facts, english=english)


def _one_of(request: Asked, name: str, known: tuple[str, ...]) -> str:
    asked = request.query_params.get(name, "")
    return asked if asked in known else ""


ROUTES: tuple[Any, ...] = (exits, measures, decisions, decision)
