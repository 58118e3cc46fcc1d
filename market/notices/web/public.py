"""
The public pages of notices: the list in four forms, and one page for the whole life of a notice.

Registrants, draw and award are panels of that page which the domains above add
(``notices.panels``).
"""

from dataclasses import replace
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from market import lists as files
from market.accounts.guards import PUBLIC_ROUTE
from market.agencies.rules import masked
from market.kernel import divisions
from market.kernel.errors import NotFound
from market.kernel.roles import Role
from market.kernel.rulesets.schema import Method
from market.ledger import service as ledger
from market.notices import lists, panels, service
from market.notices.states import NOTICE
from market.notices.view import view_of
from market.pages import Pager, url
from market.respond import page
from market.visit import Visit

LIST = "/notices"


@get([LIST, LIST + ".csv", LIST + ".xlsx", LIST + ".json"], opt=PUBLIC_ROUTE, include_in_schema=False)
async def index(request: Request[Any, Any, Any], visit: Visit) -> Response[Any]:
    """List the notices: as a page, or as a file of everything the filters find."""
    file = files.form_of(visit.path)
    # A file that is not filtered by item has no use for the names of the items.
    items = {} if file and "item" not in request.query_params else await lists.items_asked()
    query = lists.query_of(request.query_params, divisions.SAMPLE, items)
    if file:
        rows = await lists.listed(replace(query, page=1), visit.now, limit=files.MOST_ROWS)
        return files.listing(request, lists.COLUMNS, rows, "notices")
    total = await lists.counted(query, visit.now)
    pager = Pager(query.page, lists.PAGE_SIZE, total, lambda number: url(LIST, **query.filters(), page=number))
    if query.page > pager.pages:
        raise NotFound("page_beyond_end")
    rows = await lists.listed(query, visit.now)
    return page(
        visit,
        "notices/list.html",
        nav="notices",
        rows=rows,
        query=query,
        pager=pager,
        items=list(items.items()),
        methods=tuple(Method),
        states=lists.STATES,
        divisions=[(each.code, each.name(visit.lang)) for each in divisions.SAMPLE.values()],
        orders=tuple(lists.ORDERS),
    )


@get("/notices/{code:str}", opt=PUBLIC_ROUTE, include_in_schema=False)
async def show(visit: Visit, code: FromPath[str]) -> Response[str]:
    """Show one notice: what is wanted, by which rules, who registered, how it was drawn, and every act."""
    notice = await service.notice(code)
    view = await view_of(notice, visit.now)
    own = visit.actor.role is Role.OWNER and visit.actor.organisation_id == notice.owner
    overseen = visit.actor.role is Role.REGULATOR and visit.actor.may_see(notice.division, notice.trade)
    phone = notice.contact_phone or ""
    return page(
        visit,
        "notices/show.html",
        nav="notices",
        view=view,
        notice=notice,
        contact_phone=masked(phone) if visit.actor.role is Role.PUBLIC else phone,
        entries=await ledger.entries_of(code),
        division=divisions.SAMPLE.get(notice.division),
        own_notice=own,
        actions=NOTICE.open_to(notice.state, visit.actor.role) if own or overseen else (),
        buttons=await panels.actions_of(visit, code),
        panels=await panels.panels_of(visit, code),
    )


@get("/notices/{code:str}/notice.json", opt=PUBLIC_ROUTE, include_in_schema=False)
async def published(code: FromPath[str]) -> Response[bytes]:
    """Give the published notice to the byte: what was hashed."""
    notice = await service.notice(code)
    version = await service.version(notice.id)
    if version is None:
        raise NotFound("notice_not_found")
    return Response(version[0].encode(), media_type="application/json", headers={"Cache-Control": "no-cache"})


ROUTES = (index, show, published)
