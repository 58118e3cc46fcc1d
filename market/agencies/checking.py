"""
The operator's pages: form checks with their due times, and qualifications and related parties to verify.

The checklist is the closed list of `ReturnReason`; several may be ticked, each
with words of its own, and all of them reach the agency at once.
"""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from market.accounts.guards import needs
from market.agencies import forms, service
from market.agencies.rules import ReturnReason
from market.kernel.errors import Invalid
from market.kernel.roles import Role
from market.pages import Form
from market.respond import page, read_form, reason_words, see
from market.visit import Visit

OPERATOR_ONLY: Final = [needs(Role.OPERATOR)]
Asked = Request[Any, Any, Any]


@get("/operator/admissions", guards=OPERATOR_ONLY, include_in_schema=False)
async def queue(visit: Visit) -> Response[str]:
    """Show the applications that wait, the one due first on top."""
    return page(
        visit,
        "agencies/admissions.html",
        nav="operator/admissions",
        rows=await service.queue(),
        qualifications=len(await service.unverified()),
    )


@get("/operator/admissions/{uscc:str}", guards=OPERATOR_ONLY, include_in_schema=False)
async def check(visit: Visit, uscc: FromPath[str]) -> Response[str]:
    """Show an application with all its papers and the checklist."""
    return await _check(visit, uscc, Form.of())


@post("/operator/admissions/{uscc:str}/admit", guards=OPERATOR_ONLY, status_code=303, include_in_schema=False)
async def admit(request: Asked, visit: Visit, uscc: FromPath[str]) -> Response[Any]:
    """Admit an agency and verify the qualifications ticked."""
    typed = await read_form(request)
    try:
        chosen = [int(text) for text in typed.many("verified") if text.isascii() and text.isdigit()]
        await service.admit(uscc, chosen, actor=visit.actor, now=visit.now)
    except Invalid as refusal:
        return await _check(visit, uscc, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/operator/admissions/{uscc}")


@post("/operator/admissions/{uscc:str}/return", guards=OPERATOR_ONLY, status_code=303, include_in_schema=False)
async def send_back(request: Asked, visit: Visit, uscc: FromPath[str]) -> Response[Any]:
    """Return an application with every reason."""
    typed = await read_form(request)
    try:
        await service.send_back(uscc, forms.parse_findings(typed), actor=visit.actor, now=visit.now)
    except Invalid as refusal:
        return await _check(visit, uscc, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/operator/admissions/{uscc}")


@get("/operator/qualifications", guards=OPERATOR_ONLY, include_in_schema=False)
async def qualifications(visit: Visit) -> Response[str]:
    """Show the qualifications and parties of agencies in the market that wait for verification."""
    return await _qualifications(visit, Form.of())


@post("/operator/qualifications/{row:int}/verify", guards=OPERATOR_ONLY, status_code=303, include_in_schema=False)
async def verify(visit: Visit, row: FromPath[int]) -> Response[Any]:
    """Verify a qualification."""
    try:
        await service.verify(row, actor=visit.actor, now=visit.now)
    except Invalid as refusal:
        form = Form.of(reasons=[("", reason) for reason in _words(refusal, visit)])
        return await _qualifications(visit, form, refusal.status)
    return see("/operator/qualifications")


@post("/operator/qualifications/{row:int}/refuse", guards=OPERATOR_ONLY, status_code=303, include_in_schema=False)
async def refuse(request: Asked, visit: Visit, row: FromPath[int]) -> Response[Any]:
    """Refuse a qualification with its reason."""
    typed = await read_form(request)
    try:
        await service.refuse(row, forms.parse_refusal(typed), actor=visit.actor, now=visit.now)
    except Invalid as refusal:
        return await _qualifications(visit, typed.as_form(refusal, visit.lang), refusal.status)
    return see("/operator/qualifications")


@post("/operator/parties/{row:int}/verify", guards=OPERATOR_ONLY, status_code=303, include_in_schema=False)
async def verify_party(visit: Visit, row: FromPath[int]) -> Response[Any]:
    """Verify a related party."""
    uscc = await service.verify_party(row, actor=visit.actor, now=visit.now)
    return see(f"/operator/admissions/{uscc}")


@post("/operator/parties/{row:int}/end", guards=OPERATOR_ONLY, status_code=303, include_in_schema=False)
async def end_party(visit: Visit, row: FromPath[int]) -> Response[Any]:
    """End a related party."""
    uscc = await service.end_party(row, actor=visit.actor, now=visit.now)
    return see(f"/operator/admissions/{uscc}")


def _words(refusal: Invalid, visit: Visit) -> list[str]:
    return [reason_words(reason, visit.lang) for reason in refusal.reasons]


async def _check(visit: Visit, uscc: str, form: Form, status: int = 200) -> Response[str]:
    return page(
        visit,
        "agencies/check.html",
        nav="operator/admissions",
        status=status,
        form=form,
        view=await service.application_of(uscc, visit.actor),
        reasons=tuple(ReturnReason),
    )


async def _qualifications(visit: Visit, form: Form, status: int = 200) -> Response[str]:
    return page(
        visit,
        "agencies/qualifications.html",
        nav="operator/qualifications",
        status=status,
        form=form,
        rows=await service.unverified(),
        parties=await service.unverified_parties(),
    )


ROUTES = (queue, check, admit, send_back, qualifications, verify, refuse, verify_party, end_party)
