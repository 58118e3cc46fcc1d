"""The pages on which authorities and regulators bring in facts: files, checks, and their annulment."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from market.accounts.guards import needs
from market.credit import fact_rules as rules
from market.credit.service import facts as service
from market.kernel.errors import Refusal
from market.kernel.roles import Role
from market.pages import Form
from market.respond import Typed, page, read_form, see
from market.visit import Visit

AUTHORITY: Final = [needs(Role.AUTHORITY)]
REGULATOR: Final = [needs(Role.REGULATOR)]
LARGEST_KEY: Final = 2**63 - 1
Show = Callable[[Visit, Form, int], Awaitable[Response[str]]]


@get("/authority/approvals", guards=AUTHORITY)
async def approvals(visit: Visit) -> Response[str]:
    """Show the form for a file of approvals, and the files brought in."""
    return await _approvals(visit, Form.of())


@post("/authority/approvals", guards=AUTHORITY, status_code=200)
async def import_approvals(request: Request[Any, Any, Any], visit: Visit) -> Response[Any]:
    """Bring in a file of approvals."""
    typed = await read_form(request)

    async def act() -> None:
        await service.import_approvals(typed, actor=visit.actor, now=visit.now)

    return await _acted(visit, typed, act, _approvals, "/authority/approvals")


@get("/authority/deliverables", guards=AUTHORITY)
async def deliverables(visit: Visit) -> Response[str]:
    """Show the form for the acceptance or return of a deliverable, and what was recorded."""
    return await _deliverables(visit, Form.of())


@post("/authority/deliverables", guards=AUTHORITY, status_code=200)
async def judge(request: Request[Any, Any, Any], visit: Visit) -> Response[Any]:
    """Record the acceptance or return of a deliverable."""
    typed = await read_form(request)

    async def act() -> None:
        asked = rules.parse_check(typed, of_contract=True)
        await service.judge(asked, actor=visit.actor, now=visit.now)

    return await _acted(visit, typed, act, _deliverables, "/authority/deliverables")


@post("/authority/deliverables/{check:int}/annul", guards=AUTHORITY, status_code=200)
async def annul_judgement(request: Request[Any, Any, Any], visit: Visit, check: FromPath[int]) -> Response[Any]:
    """Annul what was recorded of a deliverable."""
    return await _annulled(request, visit, check, _deliverables, "/authority/deliverables")


@get("/regulator/checks/new", guards=REGULATOR)
async def checks(visit: Visit) -> Response[str]:
    """Show the form for a check, and what was recorded."""
    return await _checks(visit, Form.of())


@post("/regulator/checks/new", guards=REGULATOR, status_code=200)
async def check(request: Request[Any, Any, Any], visit: Visit) -> Response[Any]:
    """Record a check of an agency."""
    typed = await read_form(request)

    async def act() -> None:
        await service.check(rules.parse_check(typed), actor=visit.actor, now=visit.now)

    return await _acted(visit, typed, act, _checks, "/regulator/checks/new")


@post("/regulator/checks/{check:int}/annul", guards=REGULATOR, status_code=200)
async def annul_check(request: Request[Any, Any, Any], visit: Visit, check: FromPath[int]) -> Response[Any]:
    """Annul a check."""
    return await _annulled(request, visit, check, _checks, "/regulator/checks/new")


@get("/regulator/credit-levels", guards=REGULATOR)
async def levels(visit: Visit) -> Response[str]:
    """Show the form for a file of public credit levels, and the files brought in."""
    return await _levels(visit, Form.of())


@post("/regulator/credit-levels", guards=REGULATOR, status_code=200)
async def import_levels(request: Request[Any, Any, Any], visit: Visit) -> Response[Any]:
    """Bring in a file of public credit levels."""
    typed = await read_form(request)

    async def act() -> None:
        await service.import_levels(typed, actor=visit.actor, now=visit.now)

    return await _acted(visit, typed, act, _levels, "/regulator/credit-levels")


async def _acted(
    visit: Visit, typed: Typed, act: Callable[[], Awaitable[None]], show: Show, path: str
) -> Response[Any]:
    """Act and go back to the page, or show it again with everything typed and every reason."""
    try:
        await act()
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await show(visit, typed.as_form(refusal, visit.lang), refusal.status)
    return see(path)


async def _annulled(request: Request[Any, Any, Any], visit: Visit, key: int, show: Show, path: str) -> Response[Any]:
    typed = await read_form(request)

    async def act() -> None:
        known = key if key <= LARGEST_KEY else 0
        await service.annul(known, rules.parse_annulment(typed), actor=visit.actor, now=visit.now)

    return await _acted(visit, typed, act, show, path)


def _headers(columns: Mapping[str, str], visit: Visit) -> tuple[str, ...]:
    """Return the headers of a file as its reader knows them; either language is taken."""
    return tuple(columns if visit.lang == "en" else columns.values())


async def _approvals(visit: Visit, form: Form, status: int = 200) -> Response[str]:
    brought = await service.imports("approvals", visit.actor)
    named = {"columns": _headers(rules.APPROVAL_COLUMNS, visit), "most": rules.MOST_ROWS, "imports": brought}
    return page(visit, "leads/approvals.html", nav="authority/approvals", status=status, form=form, **named)


async def _levels(visit: Visit, form: Form, status: int = 200) -> Response[str]:
    brought = await service.imports("public_credit", visit.actor)
    named = {"columns": _headers(rules.LEVEL_COLUMNS, visit), "most": rules.MOST_ROWS, "imports": brought}
    return page(visit, "leads/levels.html", nav="regulator/levels", status=status, form=form, **named)


async def _deliverables(visit: Visit, form: Form, status: int = 200) -> Response[str]:
    found = await service.checks(visit.actor)
    named = {"checks": found, "base": "/authority/deliverables"}
    return page(visit, "leads/deliverables.html", nav="authority/deliverables", status=status, form=form, **named)


async def _checks(visit: Visit, form: Form, status: int = 200) -> Response[str]:
    found = await service.checks(visit.actor)
    named = {"checks": found, "base": "/regulator/checks"}
    return page(visit, "leads/checks.html", nav="regulator/checks", status=status, form=form, **named)


ROUTES: tuple[Any, ...] = (
    approvals,
    import_approvals,
    deliverables,
    judge,
    annul_judgement,
    checks,
    check,
    annul_check,
    levels,
    import_levels,
)
