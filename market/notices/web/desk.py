"""The pages of an owner: projects, notices, withdrawing and publishing again; what waits is on `market.desk.inside`."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from market import db
from market.accounts.guards import needs
from market.kernel import divisions
from market.kernel.errors import NotFound, Refusal
from market.kernel.roles import Role
from market.kernel.rulesets.schema import Funds
from market.notices import service
from market.notices.rules.drafting import parse_project
from market.notices.states import NOTICE, NoticeAction
from market.notices.tables import rows
from market.pages import Form
from market.respond import page, read_form, see
from market.settings import Settings
from market.visit import Visit

OWNER = [needs(Role.OWNER)]
PAGE_SIZE = 50


@get("/owner/projects", guards=OWNER, include_in_schema=False)
async def projects(visit: Visit) -> Response[str]:
    """List the owner's projects."""
    found = await service.projects(visit.actor)
    return page(visit, "notices/projects.html", nav="owner/projects", projects=found)


@get("/owner/projects/new", guards=OWNER, include_in_schema=False)
async def new_project(visit: Visit) -> Response[str]:
    """Show the form of a new project."""
    return _project_form(visit, Form.of({"division": visit.actor.division or ""}))


@post("/owner/projects/new", guards=OWNER, status_code=200, include_in_schema=False)
async def add_project(request: Request[Any, Any, Any], visit: Visit) -> Response[Any]:
    """Add a project and go on to its first notice."""
    typed = await read_form(request)
    try:
        project = parse_project(typed, divisions.SAMPLE)
        added = await service.add_project(project, actor=visit.actor, now=visit.now, known=divisions.SAMPLE)
    except Refusal as refusal:
        return _project_form(visit, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/owner/notices/new?project={added}")


def _project_form(visit: Visit, form: Form, status: int = 200) -> Response[str]:
    places = [(each.code, each.name(visit.lang)) for each in divisions.SAMPLE.values()]
    return page(
        visit,
        "notices/project_new.html",
        nav="owner/projects",
        status=status,
        form=form,
        divisions=places,
        funds=tuple(Funds),
    )


@get("/owner/notices", guards=OWNER, include_in_schema=False)
async def notices(visit: Visit, at: FromQuery[int] = 1) -> Response[str]:
    """List the owner's notices, newest first."""
    if not 1 <= at <= 10_000:
        raise NotFound("page_beyond_end")
    found = await rows.of_owner(visit.actor.organisation_id or 0, PAGE_SIZE + 1, (at - 1) * PAGE_SIZE)
    if at > 1 and not found:
        raise NotFound("page_beyond_end")
    return page(
        visit,
        "notices/own_list.html",
        nav="owner/notices",
        rows=found[:PAGE_SIZE],
        at=at,
        more=len(found) > PAGE_SIZE,
        total=await db.value("select count(*) from notice where owner = $1", visit.actor.organisation_id),
    )


@get(
    ["/owner/notices/{code:str}/withdraw", "/regulator/notices/{code:str}/withdraw"],
    guards=[needs(Role.OWNER, Role.REGULATOR)],
    include_in_schema=False,
)
async def withdraw_page(visit: Visit, code: FromPath[str]) -> Response[str]:
    """Show what withdrawing means, on a page of its own."""
    return await _withdraw_form(visit, code, Form.of())


@post(
    ["/owner/notices/{code:str}/withdraw", "/regulator/notices/{code:str}/withdraw"],
    guards=[needs(Role.OWNER, Role.REGULATOR)],
    status_code=200,
    include_in_schema=False,
)
async def withdraw(request: Request[Any, Any, Any], visit: Visit, code: FromPath[str]) -> Response[Any]:
    """Withdraw a notice with a published reason, or discard a draft."""
    typed = await read_form(request)
    was = await rows.by_code(code)
    try:
        await service.withdraw(code, typed.one("reason"), actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _withdraw_form(visit, code, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/notices/{code}" if was and was.published_at else "/owner/notices")


async def _withdraw_form(visit: Visit, code: str, form: Form, status: int = 200) -> Response[str]:
    found = await rows.by_code(code)
    theirs = found is not None and (
        found.owner == visit.actor.organisation_id
        if visit.actor.role is Role.OWNER
        else found.published_at is not None and visit.actor.may_see(found.division, found.trade)
    )
    if found is None or not theirs:
        raise NotFound("notice_not_found")
    allowed = NoticeAction.WITHDRAW in NOTICE.open_to(found.state, visit.actor.role)
    nav = f"{visit.actor.role}/notices"
    return page(visit, "notices/withdraw.html", nav=nav, status=status, form=form, notice=found, allowed=allowed)


@post("/owner/notices/{code:str}/again", guards=OWNER, status_code=303, include_in_schema=False)
async def again(visit: Visit, settings: NamedDependency[Settings], code: FromPath[str]) -> Response[None]:
    """Begin a draft that follows a failed or withdrawn notice."""
    draft = await service.publish_again(code, actor=visit.actor, now=visit.now, ruleset=settings.ruleset)
    return see(f"/owner/notices/{draft}/needs")


ROUTES = (projects, new_project, add_project, notices, withdraw_page, withdraw, again)
