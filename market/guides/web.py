"""
Public pages of service guides, and the pages on which an agency writes them.

A version's address never changes and never shows other words; the address
without a version shows the one that binds now, or says that none does.
"""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from market.accounts.guards import PUBLIC_ROUTE, needs
from market.agencies import service as agencies
from market.catalogue import service as catalogue
from market.catalogue.rules import ItemQuery, trade_words
from market.catalogue.seed import TRADES
from market.guides import rules, service
from market.guides.fees import KINDS, Fee, Fixed, Negotiated, Percentage, PerUnit, Tiered, kind_of
from market.guides.queries import GuideQuery
from market.guides.rules import GuideView
from market.guides.states import GUIDE, GuideState
from market.kernel import money, terms
from market.kernel.errors import Invalid, NotFound
from market.kernel.roles import Role
from market.lists import MOST_ROWS, PAGE_SIZE, Column, asked_page, form_of, listing, pager
from market.pages import Form
from market.respond import page, read_form, see
from market.visit import Visit

COLUMNS: Final = (
    Column("uscc", "统一社会信用代码", "USCC", "code"),
    Column("agency", "机构", "Agency"),
    Column("item_code", "事项编码", "Item", "code"),
    Column("item", "事项", "Item name"),
    Column("version", "版本", "Version", "number"),
    Column("time_limit_days", "承诺时限（工作日）", "Time limit (working days)", "number"),
    Column("fee_kind", "收费方式", "Fee kind", "code"),
    Column("fee_max_fen", "最高收费", "Maximum fee", "fen"),
    Column("published_at", "公布时间", "Published", "moment"),
    Column("hash", "指纹", "Fingerprint", "code"),
)
Asked = Request[Any, Any, Any]
AGENCY_ONLY: Final = [needs(Role.AGENCY)]


@get(["/guides", "/guides.csv", "/guides.xlsx", "/guides.json"], opt=PUBLIC_ROUTE, include_in_schema=False)
async def guides(request: Asked, visit: Visit) -> Response[Any]:
    """Show every guide that binds, or give the list as a file."""
    asked = request.query_params
    trade, kind = asked.get("trade", ""), asked.get("fee_kind", "")
    query = GuideQuery(
        item=asked.get("item", "").strip()[:20],
        trade=trade if trade in TRADES else "",
        fee_kind=kind if kind in KINDS else "",
        word=asked.get("word", "").strip()[:60],
    )
    if form_of(request.url.path):
        return listing(request, COLUMNS, await service.listed(query, limit=MOST_ROWS), "guides")
    rows = await service.listed(query, limit=PAGE_SIZE, offset=(asked_page(request) - 1) * PAGE_SIZE)
    chosen = {"item": query.item, "trade": query.trade, "fee_kind": query.fee_kind, "word": query.word}
    return page(
        visit,
        "guides/list.html",
        nav="guides",
        rows=rows,
        at=pager(request, rows, chosen),
        asked=chosen,
        items=await catalogue.names(),
        trades=trade_words(visit.lang),
        kinds=_kinds(visit),
    )


@get("/guides/compare", opt=PUBLIC_ROUTE, include_in_schema=False)
async def compare(request: Asked, visit: Visit) -> Response[str]:
    """Show up to four guides side by side."""
    asked = [text for text in request.query_params.getall("id", []) if text.isascii() and text.isdigit()]
    chosen = await service.compared([int(text) for text in asked if len(text) < 18])
    return page(visit, "guides/compare.html", nav="guides", guides=chosen)


@get("/guides/{uscc:str}/{item_code:str}", opt=PUBLIC_ROUTE, include_in_schema=False)
async def show(visit: Visit, uscc: FromPath[str], item_code: FromPath[str]) -> Response[str]:
    """Show the version that binds now, or the last one with the word that none does."""
    versions = await service.versions(uscc, item_code)
    current = next((each for each in versions if each.state is GuideState.PUBLISHED), versions[0])
    return await _show(visit, current, versions)


@get("/guides/{uscc:str}/{item_code:str}/v/{number:int}", opt=PUBLIC_ROUTE, include_in_schema=False)
async def show_version(
    visit: Visit, uscc: FromPath[str], item_code: FromPath[str], number: FromPath[int]
) -> Response[str]:
    """Show one version for ever."""
    versions = await service.versions(uscc, item_code)
    found = next((each for each in versions if each.version == number), None)
    if found is None:
        raise NotFound
    return await _show(visit, found, versions)


@get("/agency/guides", guards=AGENCY_ONLY, include_in_schema=False)
async def own(visit: Visit) -> Response[str]:
    """Show an agency's own guides, drafts first."""
    begun = await agencies.has_begun(visit.actor)
    guides = await service.of_actor(visit.actor) if begun else []
    return page(visit, "guides/own.html", nav="agency/guides", guides=guides, begun=begun)


@get("/agency/guides/new", guards=AGENCY_ONLY, include_in_schema=False)
async def write(request: Asked, visit: Visit) -> Response[str]:
    """Show the form of a guide, filled with the draft or with the version that binds."""
    code = request.query_params.get("item", "")
    if not await agencies.has_begun(visit.actor):
        return page(visit, "guides/choose.html", nav="agency/guides", items=None)
    if not code:
        items = await catalogue.listed(ItemQuery(), limit=MOST_ROWS)
        open_items = [(row["code"], row["name"]) for row in items if row["state"] != "abolished"]
        return page(visit, "guides/choose.html", nav="agency/guides", items=open_items)
    _, start = await service.draft_for(code, visit.actor)
    return await _write(visit, code, Form.of() if start is None else _filled(start))


@post("/agency/guides/new", guards=AGENCY_ONLY, status_code=303, include_in_schema=False)
async def save(request: Asked, visit: Visit) -> Response[Any]:
    """Save a draft."""
    code = request.query_params.get("item", "")
    typed = await read_form(request)
    try:
        guide_id = await service.draft(code, rules.parse_content(typed), actor=visit.actor, now=visit.now)
    except Invalid as refusal:
        return await _write(visit, code, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/agency/guides/{guide_id}")


@get("/agency/guides/{guide_id:int}", guards=AGENCY_ONLY, include_in_schema=False)
async def check(visit: Visit, guide_id: FromPath[int]) -> Response[str]:
    """Show one's own version before it is published, with everything that speaks against it."""
    return await _check(visit, guide_id, ())


@post("/agency/guides/{guide_id:int}/publish", guards=AGENCY_ONLY, status_code=303, include_in_schema=False)
async def publish(visit: Visit, guide_id: FromPath[int]) -> Response[Any]:
    """Publish a draft: from now on it binds."""
    try:
        guide = await service.publish(guide_id, actor=visit.actor, now=visit.now)
    except Invalid as refusal:
        return await _check(visit, guide_id, refusal.reasons, refusal.status)
    return see(f"/guides/{guide.uscc}/{guide.item_code}")


@post("/agency/guides/{guide_id:int}/withdraw", guards=AGENCY_ONLY, status_code=303, include_in_schema=False)
async def withdraw(visit: Visit, guide_id: FromPath[int]) -> Response[Any]:
    """Withdraw the version that binds."""
    await service.withdraw(guide_id, actor=visit.actor, now=visit.now)
    return see("/agency/guides")


async def _show(visit: Visit, guide: GuideView, versions: list[GuideView]) -> Response[str]:
    return page(
        visit,
        "guides/show.html",
        nav="guides",
        guide=guide,
        versions=versions,
        item=await catalogue.view(guide.item_id),
        medians=await service.medians(guide.item_id),
        history=await service.history(guide.uscc, guide.item_code),
    )


async def _check(visit: Visit, guide_id: int, refused: Any, status: int = 200) -> Response[str]:
    guide = await service.own(guide_id, visit.actor)
    return page(
        visit,
        "guides/check.html",
        nav="agency/guides",
        status=status,
        guide=guide,
        against=refused or (await service.bars_publication(guide, visit.now) if guide.state == "draft" else ()),
        actions=GUIDE.open_to(guide.state, visit.actor.role),
    )


async def _write(visit: Visit, code: str, form: Form, status: int = 200) -> Response[str]:
    item = await catalogue.view_by_code(code, visit.actor)
    return page(
        visit,
        "guides/write.html",
        nav="agency/guides",
        status=status,
        form=form,
        item=item,
        kinds=_kinds(visit),
        medians=await service.medians(item.id),
        steps=range(1, rules.MOST_STEPS + 1),
        tiers=range(1, rules.MOST_TIERS + 1),
    )


def _kinds(visit: Visit) -> list[tuple[str, str]]:
    return [(kind, terms.word("fee_kind", kind, visit.lang)) for kind in KINDS]


def _filled(guide: GuideView) -> Form:
    """Return a version as the form would have typed it."""
    content = guide.content
    typed: dict[str, object] = {
        name: getattr(content, name) for name in ("conditions", "materials", "deliverables", "contact", "plain_words")
    }
    typed |= {"time_limit_days": content.time_limit_days, "fee_kind": kind_of(content.fee)}
    for number, step in enumerate(content.steps, 1):
        typed |= {
            f"step_{number}_title": step.title,
            f"step_{number}_days": step.days,
            f"step_{number}_note": step.note,
        }
    return Form.of({**typed, **_filled_fee(content.fee)})


def _filled_fee(fee: Fee) -> dict[str, object]:
    match fee:
        case Fixed(amount_fen=amount):
            return {"amount": money.wan(amount)}
        case Negotiated(most_fen=most):
            return {"most": money.wan(most)}
        case PerUnit(unit=unit, each_fen=each, quantity=quantity):
            return {"unit": unit, "each": money.yuan(each), "quantity": quantity}
        case Percentage(base=base, base_fen=base_fen, rate=rate):
            return {"base": base, "base_amount": money.wan(base_fen), "rate": _percent(rate)}
        case Tiered(base=base, base_fen=base_fen, tiers=tiers):
            typed: dict[str, object] = {"base": base, "base_amount": money.wan(base_fen)}
            for number, tier in enumerate(tiers, 1):
                typed[f"tier_{number}_rate"] = _percent(tier.rate)
                typed[f"tier_{number}_up_to"] = "" if tier.up_to_fen is None else money.wan(tier.up_to_fen)
            return typed


def _percent(rate: int) -> str:
    """Write a rate in millionths as percent, exactly."""
    return f"{rate // 10_000}.{rate % 10_000:04d}".rstrip("0").rstrip(".")


ROUTES = (guides, compare, show, show_version, own, write, save, check, publish, withdraw)
