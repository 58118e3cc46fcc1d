"""
The four steps of a notice: project and item, needs, conditions and times, check and publish.

Every step saves what it asks; leaving and coming back loses nothing. The check
page shows exactly what the publication will decide.
"""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from market.accounts.guards import needs
from market.kernel import money, rulesets
from market.kernel.errors import Invalid, Refusal
from market.kernel.roles import Role
from market.kernel.rulesets.schema import Method
from market.kernel.times import shown
from market.notices import service
from market.notices.rules.asked import NewDraft
from market.notices.rules.drafting import parse_conditions, parse_needs
from market.notices.rules.methods import least_workdays, offered
from market.notices.service.drafting import funds_of
from market.notices.tables import drafts
from market.notices.tables.rows import NoticeRow
from market.pages import Form
from market.respond import page, read_form, reason_words, see
from market.settings import Settings
from market.visit import Visit

OWNER = [needs(Role.OWNER)]
NAV = "owner/notices"


@get("/owner/notices/new", guards=OWNER, include_in_schema=False)
async def first(visit: Visit, project: FromQuery[str] = "", item: FromQuery[str] = "") -> Response[str]:
    """Show the first step: project and item."""
    return await _first(visit, Form.of({"project": project, "item": item}))


@post("/owner/notices/new", guards=OWNER, status_code=200, include_in_schema=False)
async def begin(request: Request[Any, Any, Any], visit: Visit, settings: NamedDependency[Settings]) -> Response[Any]:
    """Begin a draft; it has its number from here on."""
    typed = await read_form(request)
    project = typed.one("project")
    try:
        if not (project.isascii() and project.isdigit() and len(project) < 19):
            raise Invalid("field_required", field="project")
        if not typed.one("item"):
            raise Invalid("field_required", field="item")
        asked = NewDraft(int(project), typed.one("item"))
        code = await service.draft(asked, actor=visit.actor, now=visit.now, ruleset=settings.ruleset)
    except Refusal as refusal:
        return await _first(visit, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/owner/notices/{code}/needs")


async def _first(visit: Visit, form: Form, status: int = 200) -> Response[str]:
    return page(
        visit,
        "notices/step_project.html",
        nav=NAV,
        status=status,
        form=form,
        projects=await service.projects(visit.actor),
        items=await drafts.items_in_force(),
    )


@get("/owner/notices/{code:str}/needs", guards=OWNER, include_in_schema=False)
async def second(visit: Visit, code: FromPath[str]) -> Response[str]:
    """Show the second step: what is wanted, for how much and how chosen."""
    draft = await service.draft_of(code, visit.actor)
    return _second(visit, draft, Form.of(_needs_typed(draft)))


@post("/owner/notices/{code:str}/needs", guards=OWNER, status_code=200, include_in_schema=False)
async def save_second(request: Request[Any, Any, Any], visit: Visit, code: FromPath[str]) -> Response[Any]:
    """Save the second step and go on, or back to the check page."""
    typed = await read_form(request)
    draft = await service.draft_of(code, visit.actor)
    try:
        asked = parse_needs(typed, rulesets.get(draft.ruleset), funds_of(draft))
        await service.save_needs(code, asked, actor=visit.actor)
    except Refusal as refusal:
        return _second(visit, draft, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/owner/notices/{code}/{'check' if draft.closes_at else 'conditions'}")


def _second(visit: Visit, draft: NoticeRow, form: Form, status: int = 200) -> Response[str]:
    ruleset = rulesets.get(draft.ruleset)
    return page(
        visit,
        "notices/step_needs.html",
        nav=NAV,
        status=status,
        form=form,
        draft=draft,
        methods=offered(ruleset, funds_of(draft)),
        grounds=tuple(ruleset.direct_grounds),
        floor_percent=ruleset.price.floor_least_percent,
    )


def _needs_typed(draft: NoticeRow) -> Mapping[str, object]:
    return {
        "title": draft.title,
        "scope": draft.scope,
        "ceiling": money.wan(draft.ceiling_fen) if draft.ceiling_fen else "",
        "floor": money.wan(draft.floor_fen) if draft.floor_fen else "",
        "floor_reason": draft.floor_reason,
        "time_limit_days": draft.time_limit_days,
        "method": draft.method or Method.RANDOM_DRAW,
        "direct_ground": draft.direct_ground,
        "direct_reason": draft.direct_reason,
        "direct_agency": draft.direct_uscc,
    }


@get("/owner/notices/{code:str}/conditions", guards=OWNER, include_in_schema=False)
async def third(visit: Visit, code: FromPath[str]) -> Response[str]:
    """Show the third step: who may register and when, and whom to ask."""
    draft = await service.draft_of(code, visit.actor)
    return await _third(visit, draft, Form.of(_conditions_typed(draft)))


@post("/owner/notices/{code:str}/conditions", guards=OWNER, status_code=200, include_in_schema=False)
async def save_third(request: Request[Any, Any, Any], visit: Visit, code: FromPath[str]) -> Response[Any]:
    """Save the third step and go on to the check page."""
    typed = await read_form(request)
    draft = await service.draft_of(code, visit.actor)
    try:
        asked = parse_conditions(typed, rulesets.get(draft.ruleset), await drafts.template_of(draft.item))
        await service.save_conditions(code, asked, actor=visit.actor)
    except Refusal as refusal:
        return await _third(visit, draft, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/owner/notices/{code}/check")


async def _third(visit: Visit, draft: NoticeRow, form: Form, status: int = 200) -> Response[str]:
    ruleset = rulesets.get(draft.ruleset)
    return page(
        visit,
        "notices/step_conditions.html",
        nav=NAV,
        status=status,
        form=form,
        draft=draft,
        template=await drafts.template_of(draft.item),
        exceptions=tuple(ruleset.statutory_exceptions),
        ruleset=ruleset,
        least_workdays=least_workdays(ruleset, funds_of(draft)),
    )


def _conditions_typed(draft: NoticeRow) -> Mapping[str, object]:
    return {
        "qualifications": draft.qualifications,
        "recusals": "\n".join(f"{each['uscc']} {each['reason']}" for each in draft.recusals),
        "contact_name": draft.contact_name,
        "contact_phone": draft.contact_phone,
        "exception_code": draft.exception_code,
        "exception_basis": draft.exception_basis,
        "opens_at": shown(draft.opens_at) if draft.opens_at else "",
        "closes_at": shown(draft.closes_at) if draft.closes_at else "",
    }


@get("/owner/notices/{code:str}/check", guards=OWNER, include_in_schema=False)
async def check(visit: Visit, code: FromPath[str]) -> Response[str]:
    """Show everything once more, with what refuses and what warns."""
    return await _check(visit, code, Form.of())


@post("/owner/notices/{code:str}/check", guards=OWNER, status_code=200, include_in_schema=False)
async def publish(request: Request[Any, Any, Any], visit: Visit, code: FromPath[str]) -> Response[Any]:
    """Publish the draft."""
    typed = await read_form(request)
    try:
        await service.publish(code, actor=visit.actor, now=visit.now, declared=typed.one("declared") == "yes")
    except Refusal as refusal:
        if refusal.code != "not_publishable":
            raise
        return await _check(visit, code, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/notices/{code}")


async def _check(visit: Visit, code: str, form: Form, status: int = 200) -> Response[str]:
    draft = await service.draft_of(code, visit.actor)
    found = await service.check(code, actor=visit.actor, now=visit.now)
    template = await drafts.template_of(draft.item)
    return page(
        visit,
        "notices/step_check.html",
        nav=NAV,
        status=status,
        form=form,
        draft=draft,
        qualified=found.qualified,
        refusals=[reason_words(reason, visit.lang) for reason in found.refusals],
        warnings=[reason_words(reason, visit.lang) for reason in found.warnings],
        qualifications=[template.get(code, code) for code in draft.qualifications],
    )


ROUTES = (first, begin, second, save_second, third, save_third, check, publish)
