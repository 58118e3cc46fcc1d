"""
Pages of the catalogue: the public lists, one page for each item, and the desks that propose and decide.

``/mandatory`` is the list people may hold against an authority: what is not on
it may not be demanded, so only items in that state ever appear there.
"""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from market.accounts.guards import PUBLIC_ROUTE, needs
from market.catalogue import rules, service
from market.catalogue.rules import ItemQuery, ItemView
from market.catalogue.seed import FAMILIES, TRADES
from market.catalogue.states import ITEM, ItemAction, ItemState
from market.kernel import terms
from market.kernel.errors import Invalid, Refusal
from market.kernel.roles import Role
from market.kernel.times import local
from market.ledger import service as ledger
from market.lists import MOST_ROWS, PAGE_SIZE, Column, asked_page, form_of, listing, pager
from market.pages import Form
from market.respond import Typed, page, read_form, see
from market.visit import Visit

OUTCOMES: Final = tuple(state for state in ItemState if state is not ItemState.PROPOSED)
COLUMNS: Final = (
    Column("code", "事项编码", "Code", "code"),
    Column("name", "事项名称", "Name"),
    Column("state", "类别", "Outcome", "code"),
    Column("trade", "行业", "Trade", "code"),
    Column("approval", "对应审批", "Approval"),
    Column("fee_basis", "计费方式", "Fee basis", "code"),
    Column("ceiling_days", "时限上限（工作日）", "Ceiling (working days)", "number"),
    Column("law", "依据", "Law"),
    Column("article", "条款", "Article"),
    Column("clause", "依据原文", "Clause"),
    Column("source_url", "原文网址", "Source"),
    Column("read_on", "核对日期", "Read on", "date"),
    Column("guides", "服务指南数", "Guides", "number"),
)
REMOVED: Final = (
    Column("code", "事项编码", "Code", "code"),
    Column("name", "事项名称", "Name"),
    Column("approval", "对应审批", "Approval"),
    Column("abolished_at", "取消时间", "Abolished", "moment"),
    Column("abolition_reason", "原因", "Reason"),
)
Asked = Request[Any, Any, Any]


@get(["/services", "/services.csv", "/services.xlsx", "/services.json"], opt=PUBLIC_ROUTE, include_in_schema=False)
async def services(request: Asked, visit: Visit) -> Response[Any]:
    """Show every item of the catalogue, or give it as a file."""
    outcome, trade = request.query_params.get("outcome", ""), request.query_params.get("trade", "")
    query = ItemQuery(
        outcome if outcome in OUTCOMES else "",
        trade if trade in TRADES else "",
        request.query_params.get("word", "").strip()[:60],
    )
    if form_of(request.url.path):
        return listing(request, COLUMNS, await service.listed(query, limit=MOST_ROWS), "services")
    rows = await service.listed(query, limit=PAGE_SIZE, offset=(asked_page(request) - 1) * PAGE_SIZE)
    asked = {"outcome": query.outcome, "trade": query.trade, "word": query.word}
    return page(
        visit,
        "catalogue/services.html",
        nav="services",
        rows=rows,
        at=pager(request, rows, asked),
        asked=asked,
        outcomes=[(str(state), terms.word_of(state, visit.lang)) for state in OUTCOMES],
        trades=rules.trade_words(visit.lang),
    )


@get("/services/{code:str}", opt=PUBLIC_ROUTE, include_in_schema=False)
async def show(visit: Visit, code: FromPath[str]) -> Response[str]:
    """Show one item: its outcome, its basis, what it asks for, who serves it, and its history."""
    item = await service.view_by_code(code, visit.actor)
    return page(visit, "catalogue/item.html", nav="services", **await _item_context(item, visit))


@get(["/mandatory", "/mandatory.csv", "/mandatory.xlsx", "/mandatory.json"], opt=PUBLIC_ROUTE, include_in_schema=False)
async def mandatory(request: Asked, visit: Visit) -> Response[Any]:
    """Show the list of mandatory items, which is whole on one page."""
    rows = await service.listed(ItemQuery(outcome=str(ItemState.MANDATORY)), limit=MOST_ROWS)
    if form_of(request.url.path):
        return listing(request, COLUMNS, rows, "mandatory")
    counts = await service.counts()
    return page(visit, "catalogue/mandatory.html", nav="mandatory", rows=rows, counts=counts)


@get(
    ["/mandatory/removed", "/mandatory/removed.csv", "/mandatory/removed.xlsx", "/mandatory/removed.json"],
    opt=PUBLIC_ROUTE,
    include_in_schema=False,
)
async def removed(request: Asked, visit: Visit) -> Response[Any]:
    """Show the items that were abolished, with the reasons."""
    rows = await service.listed(ItemQuery(outcome=str(ItemState.ABOLISHED)), limit=MOST_ROWS)
    if form_of(request.url.path):
        return listing(request, REMOVED, rows, "mandatory-removed")
    return page(visit, "catalogue/removed.html", nav="mandatory", rows=rows)


@get(["/regulator/items", "/authority/items"], guards=[needs(Role.REGULATOR, Role.AUTHORITY)], include_in_schema=False)
async def desk(visit: Visit) -> Response[str]:
    """Show the proposals that wait, and the counts of the catalogue."""
    return page(
        visit,
        "catalogue/desk.html",
        nav=f"{visit.actor.role}/items",
        waiting=await service.waiting(),
        counts=await service.counts(),
        states=tuple(ItemState),
    )


@get(
    ["/regulator/items/new", "/authority/items/new"],
    guards=[needs(Role.REGULATOR, Role.AUTHORITY)],
    include_in_schema=False,
)
async def proposal_form(visit: Visit) -> Response[str]:
    """Show the form of a proposal."""
    return _proposal(visit, Form.of())


@post(
    ["/regulator/items/new", "/authority/items/new"],
    guards=[needs(Role.REGULATOR, Role.AUTHORITY)],
    status_code=303,
    include_in_schema=False,
)
async def propose(request: Asked, visit: Visit) -> Response[Any]:
    """Propose an item."""
    typed = await read_form(request)
    try:
        proposal = rules.parse_proposal(typed, TRADES.keys())
        await service.propose(proposal, actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        return _proposal(visit, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/{visit.actor.role}/items/{proposal.code}")


@get(
    ["/regulator/items/{code:str}", "/authority/items/{code:str}"],
    guards=[needs(Role.REGULATOR, Role.AUTHORITY)],
    include_in_schema=False,
)
async def decision_page(visit: Visit, code: FromPath[str]) -> Response[str]:
    """Show a proposal with what speaks against each outcome, and the buttons of this role."""
    return await _decision(visit, await service.view_by_code(code, visit.actor), Form.of())


@post("/regulator/items/{code:str}/decide", guards=[needs(Role.REGULATOR)], status_code=303, include_in_schema=False)
async def decide(request: Asked, visit: Visit, code: FromPath[str]) -> Response[Any]:
    """Give a proposal its outcome."""
    typed = await read_form(request)
    try:
        await service.decide(code, _action(typed), actor=visit.actor, now=visit.now)
    except Invalid as refusal:
        item = await service.view_by_code(code, visit.actor)
        return await _decision(visit, item, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/services/{code}")


@get("/regulator/items/{code:str}/abolish", guards=[needs(Role.REGULATOR)], include_in_schema=False)
async def abolition_page(visit: Visit, code: FromPath[str]) -> Response[str]:
    """Show what an abolition does before it is done."""
    return _abolition(visit, await service.view_by_code(code, visit.actor), Form.of())


@post("/regulator/items/{code:str}/abolish", guards=[needs(Role.REGULATOR)], status_code=303, include_in_schema=False)
async def abolish(request: Asked, visit: Visit, code: FromPath[str]) -> Response[Any]:
    """Abolish an item, with its reason."""
    typed = await read_form(request)
    try:
        await service.abolish(code, rules.parse_reason(typed), actor=visit.actor, now=visit.now)
    except Invalid as refusal:
        item = await service.view_by_code(code, visit.actor)
        return _abolition(visit, item, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/services/{code}")


def _action(typed: Typed) -> ItemAction:
    asked = typed.one("action")
    if asked not in tuple(ItemAction):
        raise Invalid("not_a_choice", field="action")
    return ItemAction(asked)


async def _item_context(item: ItemView, visit: Visit) -> dict[str, Any]:
    return {
        "item": item,
        "facts": item.facts,
        "lapsed": rules.bars_notice(item, local(visit.now).date()),
        "guides": await service.guides_of(item.id),
        "history": list(reversed(await ledger.entries_of(service.subject(item.code)))),
        "trades": rules.trade_words(visit.lang),
    }


async def _decision(visit: Visit, item: ItemView, form: Form, status: int = 200) -> Response[str]:
    return page(
        visit,
        "catalogue/decide.html",
        nav=f"{visit.actor.role}/items",
        status=status,
        form=form,
        actions=ITEM.open_to(item.state, visit.actor.role),
        against=rules.bars_mandatory(item.facts),
        **await _item_context(item, visit),
    )


def _abolition(visit: Visit, item: ItemView, form: Form, status: int = 200) -> Response[str]:
    return page(visit, "catalogue/abolish.html", nav="regulator/items", status=status, item=item, form=form)


def _proposal(visit: Visit, form: Form, status: int = 200) -> Response[str]:
    return page(
        visit,
        "catalogue/propose.html",
        nav=f"{visit.actor.role}/items",
        status=status,
        form=form,
        trades=rules.trade_words(visit.lang),
        family_options=[(code, terms.word("family", code, visit.lang)) for code in sorted(FAMILIES)],
        fee_options=[(code, terms.word("fee_kind", code, visit.lang)) for code in rules.FEE_BASES],
    )


ROUTES = (
    services,
    show,
    mandatory,
    removed,
    desk,
    proposal_form,
    propose,
    decision_page,
    decide,
    abolition_page,
    abolish,
)
