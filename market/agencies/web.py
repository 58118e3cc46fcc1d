"""
Public pages of agencies, and the agency's own desk: joining in four steps, papers, leaving.

Each step of the application is saved when it is sent, so leaving and coming
back loses nothing. The code of the organisation is never typed again.
"""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from market.accounts.guards import PUBLIC_ROUTE, needs
from market.agencies import checking, forms, panels, service
from market.agencies.lists import AgencyQuery
from market.agencies.rules import PartyKind
from market.agencies.service import ApplicationView
from market.agencies.states import AGENCY, AgencyState
from market.catalogue import service as catalogue
from market.kernel import divisions, rulesets, terms
from market.kernel.errors import Conflict, Invalid, NotFound, Refusal
from market.kernel.roles import Role
from market.lists import MOST_ROWS, PAGE_SIZE, Column, asked_page, form_of, listing, pager
from market.pages import Form
from market.respond import Typed, page, read_form, reason_words, see
from market.visit import Visit

SHOWN: Final = (AgencyState.ADMITTED, AgencyState.SUSPENDED, AgencyState.LEFT, AgencyState.ELIMINATED)
COLUMNS: Final = (
    Column("uscc", "统一社会信用代码", "USCC", "code"),
    Column("name", "名称", "Name"),
    Column("division", "所在区划", "Division", "code"),
    Column("state", "状态", "State", "code"),
    Column("admitted_at", "入驻时间", "Admitted", "moment"),
    Column("left_at", "退出时间", "Left", "moment"),
    Column("guides", "服务指南数", "Guides", "number"),
    Column("qualifications", "有效资质数", "Valid qualifications", "number"),
)
Asked = Request[Any, Any, Any]
AGENCY_ONLY: Final = [needs(Role.AGENCY)]


@get(["/agencies", "/agencies.csv", "/agencies.xlsx", "/agencies.json"], opt=PUBLIC_ROUTE, include_in_schema=False)
async def agencies(request: Asked, visit: Visit) -> Response[Any]:
    """Show every agency that is or was in the market, or give the list as a file."""
    asked = request.query_params
    division = asked.get("division", "")
    query = AgencyQuery(
        item=asked.get("item", "").strip()[:20],
        division=division if division in divisions.SAMPLE else "",
        standing=asked.get("state", "") if asked.get("state", "") in SHOWN else "",
        word=asked.get("word", "").strip()[:60],
    )
    if form_of(request.url.path):
        return listing(request, COLUMNS, await service.listed(query, visit.now, limit=MOST_ROWS), "agencies")
    offset = (asked_page(request) - 1) * PAGE_SIZE
    rows = await service.listed(query, visit.now, limit=PAGE_SIZE, offset=offset)
    chosen = {"item": query.item, "division": query.division, "state": query.standing, "word": query.word}
    return page(
        visit,
        "agencies/list.html",
        nav="agencies",
        rows=rows,
        at=pager(request, rows, chosen),
        asked=chosen,
        items=await catalogue.names(),
        states=[(str(state), terms.word_of(state, visit.lang)) for state in SHOWN],
        divisions=[(code, place.name(visit.lang)) for code, place in divisions.SAMPLE.items()],
        places={code: place.name(visit.lang) for code, place in divisions.SAMPLE.items()},
    )


@get("/agencies/{uscc:str}", opt=PUBLIC_ROUTE, include_in_schema=False)
async def show(visit: Visit, uscc: FromPath[str]) -> Response[str]:
    """Show one agency: qualifications, guides, standing by item, history."""
    found = await service.profile(uscc, visit.now)
    place = divisions.SAMPLE.get(found.division)
    named = place.name(visit.lang) if place else found.division
    added = await panels.panels_of(visit, uscc)
    return page(visit, "agencies/show.html", nav="agencies", agency=found, place=named, panels=added)


@get("/agency/join", guards=AGENCY_ONLY, include_in_schema=False)
async def join(visit: Visit) -> Response[Any]:
    """Lead to where the application was left."""
    view = await service.application(visit.actor)
    if view.agency is None:
        return see("/agency/join/1")
    return see("/agency/join/4" if view.state in (AgencyState.APPLYING, AgencyState.RETURNED) else "/agency/profile")


@get("/agency/join/{step:int}", guards=AGENCY_ONLY, include_in_schema=False)
async def step_page(visit: Visit, step: FromPath[int]) -> Response[Any]:
    """Show one step with what is saved already; nothing comes before the first."""
    view = await service.application(visit.actor)
    if view.agency is None and step != 1:
        return see("/agency/join/1")
    if step != 4 and view.check is not None:
        return see("/agency/join/4")
    return await _step(visit, view, step, await _saved(view, step, visit))


@post("/agency/join/{step:int}", guards=AGENCY_ONLY, status_code=303, include_in_schema=False)
async def save_step(request: Asked, visit: Visit, step: FromPath[int]) -> Response[Any]:
    """Save step 1, or submit the application with its commitment letter; steps 2 and 3 save row by row."""
    typed = await read_form(request)
    try:
        if step == 1:
            await service.save_identity(forms.parse_identity(typed), actor=visit.actor, now=visit.now)
        elif step == 4:
            await _submit(typed, visit)
        else:
            raise NotFound
    except (Invalid, Conflict) as refusal:
        return await _refused(visit, step, typed, refusal)
    return see("/agency/join/2" if step == 1 else "/agency/join/4")


@post("/agency/claims", guards=AGENCY_ONLY, status_code=303, include_in_schema=False)
async def add_claim(request: Asked, visit: Visit) -> Response[Any]:
    """Enter a qualification, in the application or later."""
    typed = await read_form(request)
    try:
        known = [each.code for each in await catalogue.known_qualifications()]
        await service.add_claim(forms.parse_claim(typed, known), actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        return await _refused(visit, 2, typed, refusal)
    return await _back(visit, 2)


@post("/agency/practitioners", guards=AGENCY_ONLY, status_code=303, include_in_schema=False)
async def add_practice(request: Asked, visit: Visit) -> Response[Any]:
    """Name a practitioner."""
    typed = await read_form(request)
    try:
        await service.add_practice(forms.parse_practice(typed), actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        return await _refused(visit, 3, typed, refusal)
    return see("/agency/join/3")


@post("/agency/parties", guards=AGENCY_ONLY, status_code=303, include_in_schema=False)
async def add_party(request: Asked, visit: Visit) -> Response[Any]:
    """Declare a related party."""
    typed = await read_form(request)
    try:
        await service.add_party(forms.parse_party(typed), actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        return await _refused(visit, 3, typed, refusal)
    return see("/agency/join/3")


@post("/agency/{kind:str}/{row:int}/drop", guards=AGENCY_ONLY, status_code=303, include_in_schema=False)
async def drop(visit: Visit, kind: FromPath[str], row: FromPath[int]) -> Response[Any]:
    """Take back a qualification, a practitioner or a party of one's own."""
    drops = {"claims": service.drop_claim, "practitioners": service.drop_practice, "parties": service.drop_party}
    if kind not in drops:
        raise NotFound
    await drops[kind](row, actor=visit.actor, now=visit.now)
    return await _back(visit, 2 if kind == "claims" else 3)


@get("/agency/profile", guards=AGENCY_ONLY, include_in_schema=False)
async def profile(visit: Visit) -> Response[Any]:
    """Show an agency its own particulars, standing and what is to be done."""
    view = await service.application(visit.actor)
    if view.agency is None:
        return see("/agency/join/1")
    return await _profile(visit, view, _contact(view))


@post("/agency/profile", guards=AGENCY_ONLY, status_code=303, include_in_schema=False)
async def change_contact(request: Asked, visit: Visit) -> Response[Any]:
    """Change whom owners call."""
    typed = await read_form(request)
    try:
        name, phone, introduction = forms.parse_contact(typed)
        await service.change_contact(name, phone, introduction, actor=visit.actor, now=visit.now)
    except Invalid as refusal:
        view = await service.application(visit.actor)
        return await _profile(visit, view, typed.as_form(refusal, visit.lang), refusal.status)
    return see("/agency/profile")


@get("/agency/leave", guards=AGENCY_ONLY, include_in_schema=False)
async def leave_page(visit: Visit) -> Response[str]:
    """Show what leaving means before it is done."""
    return page(visit, "agencies/leave.html", nav="agency/profile", form=Form.of())


@post("/agency/leave", guards=AGENCY_ONLY, status_code=303, include_in_schema=False)
async def leave(request: Asked, visit: Visit) -> Response[Any]:
    """Leave the market freely."""
    typed = await read_form(request)
    try:
        forms.parse_confirmation(typed)
        await service.leave(actor=visit.actor, now=visit.now)
    except Invalid as refusal:
        form = typed.as_form(refusal, visit.lang)
        return page(visit, "agencies/leave.html", nav="agency/profile", status=refusal.status, form=form)
    return see("/agency/profile")


@post("/agency/apply-again", guards=AGENCY_ONLY, status_code=303, include_in_schema=False)
async def apply_again(visit: Visit) -> Response[Any]:
    """Begin a new application."""
    await service.apply_again(actor=visit.actor, now=visit.now)
    return see("/agency/join/1")


async def _back(visit: Visit, step: int) -> Response[Any]:
    """Lead back to the step while applying, to the particulars afterwards."""
    view = await service.application(visit.actor)
    applying = view.state in (AgencyState.APPLYING, AgencyState.RETURNED)
    return see(f"/agency/join/{step}" if applying else "/agency/profile")


async def _refused(visit: Visit, step: int, typed: Typed, refusal: Refusal) -> Response[str]:
    view = await service.application(visit.actor)
    return await _step(visit, view, step, typed.as_form(refusal, visit.lang), refusal.status)


async def _step(visit: Visit, view: ApplicationView, step: int, form: Form, status: int = 200) -> Response[str]:
    if step not in (1, 2, 3, 4):
        raise NotFound
    return page(
        visit,
        f"agencies/join_{step}.html",
        nav="agency/profile",
        status=status,
        view=view,
        form=form,
        letter=terms.word("commitment", "letter", visit.lang),
        ruleset=rulesets.latest(),
        known=[(each.code, each.name) for each in await catalogue.known_qualifications()],
        kinds=[(str(kind), terms.word_of(kind, visit.lang), "") for kind in PartyKind],
        under_check=view.check is not None,
        against=await _against(visit, view) if step == 4 and not form.refused else (),
    )


async def _against(visit: Visit, view: ApplicationView) -> list[str]:
    """Return in words what stands against submitting, while there is something to submit."""
    if view.check is not None or view.state not in (AgencyState.APPLYING, AgencyState.RETURNED):
        return []
    return [reason_words(each, visit.lang) for each in await service.bars_submission(actor=visit.actor, now=visit.now)]


async def _profile(visit: Visit, view: ApplicationView, form: Form, status: int = 200) -> Response[str]:
    agency = view.agency
    items = await service.standing_by_item(agency["id"], visit.now) if agency is not None else ()
    return page(
        visit,
        "agencies/profile.html",
        nav="agency/profile",
        status=status,
        view=view,
        form=form,
        items=items,
        actions=AGENCY.open_to(view.state, visit.actor.role),
        known=[(each.code, each.name) for each in await catalogue.known_qualifications()],
    )


async def _submit(typed: Typed, visit: Visit) -> None:
    """Submit the application, or refuse with what is wrong with the letter and with the papers together."""
    try:
        letter = forms.parse_letter(typed, rulesets.latest().code)
    except Invalid as refusal:
        against = await service.bars_submission(actor=visit.actor, now=visit.now)
        raise Invalid(reasons=(*refusal.reasons, *against)) from None
    await service.submit(letter, actor=visit.actor, now=visit.now)


async def _saved(view: ApplicationView, step: int, visit: Visit) -> Form:
    """Return what a step holds already; a new application knows what signing up told."""
    if step == 1 and view.agency is None:
        phone = await service.phone_of(visit.actor)
        return Form.of({"name": view.organisation["name"], "contact_name": visit.actor.name, "contact_phone": phone})
    if step == 4 and view.letter is not None:
        return Form.of({name: view.letter[name] for name in ("service_email", "service_address")})
    return _contact(view) if step == 1 else Form.of()


def _contact(view: ApplicationView) -> Form:
    names = ("name", "legal_representative", "contact_name", "contact_phone", "introduction")
    return Form.of({name: view.agency[name] for name in names} if view.agency is not None else {})


ROUTES = (
    agencies,
    show,
    join,
    step_page,
    save_step,
    add_claim,
    add_practice,
    add_party,
    drop,
    profile,
    change_contact,
    leave_page,
    leave,
    apply_again,
    *checking.ROUTES,
)
