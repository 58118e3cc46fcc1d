"""Pages of an agency: what it may register for, registering, receipts, its registrations, withdrawing."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from market.accounts.guards import needs
from market.kernel import money
from market.kernel.errors import NotFound, Refusal
from market.kernel.roles import Role
from market.notices import service as notices
from market.pages import Form
from market.registrations import service
from market.registrations.service import Receipt
from market.registrations.states import RegistrationState
from market.respond import page, read_form, reason_words, see
from market.visit import Visit

AGENCY = [needs(Role.AGENCY)]
PAGE_SIZE = 50


@get("/notices/{code:str}/register", guards=AGENCY, include_in_schema=False)
async def register_page(visit: Visit, code: FromPath[str]) -> Response[str]:
    """Show what registering means: the price, what binds, and everything that stands in the way."""
    return await _register_form(visit, code, Form.of())


@post("/notices/{code:str}/register", guards=AGENCY, status_code=200, include_in_schema=False)
async def register(request: Request[Any, Any, Any], visit: Visit, code: FromPath[str]) -> Response[Any]:
    """Register, and lead to the receipt."""
    typed = await read_form(request)
    declared, quote = typed.one("declared") == "yes", typed.one("quote")
    try:
        receipt = await service.register(
            code, declared=declared, actor=visit.actor, now=visit.now, quote=money.parse(quote) if quote else None
        )
    except Refusal as refusal:
        if refusal.code != "not_registrable":
            raise
        return await _register_form(visit, code, typed.as_form(refusal, visit.lang), refusal.status)
    # A quote can be shown once only: nobody reads it again before the opening, not even the page of the receipt.
    return await _receipt_page(visit, receipt) if receipt.quote else see(f"/agency/receipts/{receipt.code}")


async def _register_form(visit: Visit, code: str, form: Form, status: int = 200) -> Response[str]:
    found = await service.prospect(code, actor=visit.actor, now=visit.now)
    return page(
        visit,
        "registrations/register.html",
        nav="agency/opportunities",
        status=status,
        form=form,
        prospect=found,
        notice=found.notice,
        bars=[reason_words(reason, visit.lang) for reason in found.bars],
    )


@get("/agency/receipts/{code:str}", guards=AGENCY, include_in_schema=False)
async def receipt(visit: Visit, code: FromPath[str]) -> Response[str]:
    """Show a receipt, to keep and to print."""
    return await _receipt_page(visit, await service.receipt(code, actor=visit.actor))


async def _receipt_page(visit: Visit, found: Receipt) -> Response[str]:
    notice = await notices.notice(found.notice)
    return page(
        visit,
        "registrations/receipt.html",
        nav="agency/registrations",
        receipt=found,
        notice=notice,
        organisation=visit.organisation,
    )


@get("/agency/receipts/{code:str}/receipt.json", guards=AGENCY, include_in_schema=False)
async def receipt_file(visit: Visit, code: FromPath[str]) -> dict[str, Any]:
    """Give a receipt as a file."""
    return service.as_json(await service.receipt(code, actor=visit.actor))


@get("/agency/registrations", guards=AGENCY, include_in_schema=False)
async def registrations(visit: Visit, at: FromQuery[int] = 1) -> Response[str]:
    """List the agency's registrations, newest first."""
    if not 1 <= at <= 10_000:
        raise NotFound("page_beyond_end")
    found = await service.registrations(visit.actor, limit=PAGE_SIZE + 1, offset=(at - 1) * PAGE_SIZE)
    if at > 1 and not found:
        raise NotFound("page_beyond_end")
    return page(
        visit,
        "registrations/own_list.html",
        nav="agency/registrations",
        rows=found[:PAGE_SIZE],
        at=at,
        more=len(found) > PAGE_SIZE,
    )


@get("/agency/opportunities", guards=AGENCY, include_in_schema=False)
async def opportunities(visit: Visit) -> Response[str]:
    """List the open notices the agency qualifies for."""
    found = await service.opportunities(visit.actor, now=visit.now)
    return page(visit, "registrations/opportunities.html", nav="agency/opportunities", rows=found)


@get("/notices/{code:str}/register/withdraw", guards=AGENCY, include_in_schema=False)
async def withdraw_page(visit: Visit, code: FromPath[str]) -> Response[str]:
    """Show what withdrawing a registration means, on a page of its own."""
    notice = await notices.notice(code)
    mine = await service.own(notice.id, visit.actor)
    if mine is None or mine.state is not RegistrationState.REGISTERED:
        raise NotFound("registration_not_found")
    return page(visit, "registrations/withdraw.html", nav="agency/registrations", notice=notice, mine=mine)


@post("/notices/{code:str}/register/withdraw", guards=AGENCY, status_code=303, include_in_schema=False)
async def withdraw(visit: Visit, code: FromPath[str]) -> Response[None]:
    """Withdraw a registration before the deadline."""
    await service.withdraw(code, actor=visit.actor, now=visit.now)
    return see("/agency/registrations")


ROUTES = (
    register_page,
    register,
    receipt,
    receipt_file,
    registrations,
    opportunities,
    withdraw_page,
    withdraw,
)
