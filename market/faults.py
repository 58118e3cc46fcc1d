"""
How everything that went wrong is told: a page for people, a problem for programs.

A refusal is an answer and is logged at info; what the database refuses by its
own rules becomes one too. Anything else is a bug: it gets a number, which the
log has beside the stack trace.

Basis: RFC 9457.
"""

from typing import Any, Final

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, ExceptionHandlersMap, Receive, Scope, Send

from market import respond
from market.accounts.gate import API, SAFE_METHODS
from market.kernel import terms
from market.kernel.errors import Conflict, Invalid, NotFound, NotSignedIn, Reason, Refusal, TooMany
from market.pages import url
from market.respond import page, see
from market.visit import visit_of

log: Any = structlog.get_logger()

UNREACHABLE: Final = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, TimeoutError)
# Out of disk, memory or connections, and shutting down: nothing is wrong with what was sent.
EXHAUSTED: Final = ("53", "57")
STATUS_CODES: Final = {
    400: "form_invalid", 401: "not_signed_in", 403: "forbidden", 404: "not_found", 405: "wrong_method",
    413: "file_too_large", 415: "file_kind", 422: "form_invalid", 429: "too_many",
}  # fmt: skip


def wants_problem(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a program asked."""
    path = request.url.path
    return path.startswith(API) or path.endswith(".json")


def tell_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """Tell what the rules forbid, with every reason and what to do next."""
    visit = visit_of(request)
    log.info("refused", code=refusal.code, status=refusal.status, reasons=[reason.code for reason in refusal.reasons])
    if wants_problem(request):
        return problem(request, refusal.status, refusal.code, refusal.reasons)
    if isinstance(refusal, NotSignedIn):
        return _sign_in_first(request, refusal)
    said = [terms.reason_text(reason, visit.lang) for reason in refusal.reasons]
    answer: Response[Any] = page(
        visit,
        "errors/error.html",
        status=refusal.status,
        reasons=[text for text, _ in said],
        next_step="".join(dict.fromkeys(after for _, after in said)),
    )
    if isinstance(refusal, TooMany):
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def problem(
    request: Request[Any, Any, Any], status: int, code: str, reasons: tuple[Reason, ...] = ()
) -> Response[bytes]:
    """Answer with RFC 9457 problem details: a stable code, and every reason in ``errors``."""
    visit = visit_of(request)
    title, after = terms.reason_text(Reason(code, params=reasons[0].params if reasons else {}), visit.lang)
    errors = []
    for reason in reasons:
        text, following = terms.reason_text(reason, visit.lang)
        errors.append({"code": reason.code, "field": reason.field, "detail": text, "next": following})
    body = {
        "type": f"/api/v1/problems/{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": after,
        "instance": visit.reference,
        "errors": errors,
    }
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/problem+json")


def tell_http(request: Request[Any, Any, Any], fault: HTTPException) -> Response[Any]:
    """Tell what the framework refused: an unknown address, a wrong method, a body that cannot be read."""
    visit = visit_of(request)
    status = fault.status_code if fault.status_code in STATUS_CODES or fault.status_code >= 500 else 400
    log.info("refused", code=STATUS_CODES.get(status, "internal_error"), status=status)
    if status >= 500:
        return tell_bug(request, fault)
    if wants_problem(request):
        reasons = tuple(_framework_reasons(fault))
        answer: Response[Any] = problem(request, status, STATUS_CODES[status], reasons)
    else:
        answer = page(visit, "errors/error.html", status=status)
    for name in ("Allow", "allow"):
        if fault.headers and name in fault.headers:
            answer.headers["Allow"] = fault.headers[name]
    return answer


def tell_database(request: Request[Any, Any, Any], fault: asyncpg.PostgresError) -> Response[Any]:
    """Tell what the database refused by its own rules; a lost or full database is nobody's mistake."""
    state = str(fault.sqlstate or "")
    if state.startswith("GX") or state.startswith("23"):
        log.warning("database_refused", sqlstate=state, constraint=getattr(fault, "constraint_name", None))
        return tell_refusal(request, Conflict("conflict"))
    if state.startswith("22"):
        log.warning("database_refused", sqlstate=state)
        refused = NotFound() if request.method in SAFE_METHODS else Invalid("value_refused")
        return tell_refusal(request, refused)
    if state[:2] in EXHAUSTED:
        return _unavailable(request)
    return tell_bug(request, fault)


def tell_data(request: Request[Any, Any, Any], _fault: asyncpg.DataError) -> Response[Any]:
    """Tell that a value fits no column, found before it was sent."""
    refused = NotFound() if request.method in SAFE_METHODS else Invalid("value_refused")
    return tell_refusal(request, refused)


def tell_unreachable(request: Request[Any, Any, Any], fault: Exception) -> Response[Any]:
    """Tell that the database cannot be reached now."""
    log.error("database_unreachable", error=type(fault).__name__)
    return _unavailable(request)


def tell_bug(request: Request[Any, Any, Any], fault: Exception) -> Response[Any]:
    """Tell that we made a mistake, with the number under which the log has it."""
    visit = visit_of(request)
    log.error("bug", exc_info=(type(fault), fault, fault.__traceback__))
    if wants_problem(request):
        return problem(request, 500, "internal_error")
    return page(visit, "errors/error.html", status=500)


def _unavailable(request: Request[Any, Any, Any]) -> Response[Any]:
    visit = visit_of(request)
    if wants_problem(request):
        return problem(request, 503, "unavailable")
    return page(visit, "errors/error.html", status=503)


def _sign_in_first(request: Request[Any, Any, Any], refusal: NotSignedIn) -> Response[Any]:
    """Lead to the sign-in page; a form that was sent travels along."""
    visit = visit_of(request)
    if request.method in SAFE_METHODS:
        query = f"?{request.url.query}" if request.url.query else ""
        return see(url("/sign-in", back=visit.path + query))
    kept = getattr(refusal, "kept", "")
    form = respond.Typed({"kept_path": (visit.path,), "kept": (kept,)} if kept else {"back": ("/",)}).as_form()
    return page(visit, "accounts/sign_in.html", status=401, form=form, samples=[], sample_password="")


def _framework_reasons(fault: HTTPException) -> list[Reason]:
    extra = fault.extra if isinstance(fault.extra, list) else []
    found = [Reason("not_understood", str(each.get("key", ""))) for each in extra if isinstance(each, dict)]
    return found or [Reason(STATUS_CODES.get(fault.status_code, "form_invalid"))]


HANDLERS: Final[ExceptionHandlersMap] = {
    Refusal: tell_refusal,
    HTTPException: tell_http,
    asyncpg.DataError: tell_data,
    asyncpg.PostgresError: tell_database,
    asyncpg.InterfaceError: tell_unreachable,
    OSError: tell_unreachable,
    TimeoutError: tell_unreachable,
    Exception: tell_bug,
}


async def guarded(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 503 in plain words where the gate itself cannot reach the database."""
    begun = False

    async def noted(message: Any) -> None:
        nonlocal begun
        begun = begun or message["type"] == "http.response.start"
        await send(message)

    try:
        await app(scope, receive, noted)
    except UNREACHABLE as fault:
        if begun or scope["type"] != "http":
            raise
        log.error("database_unreachable", error=type(fault).__name__)
        body = respond.unavailable()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"retry-after", b"30")]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})



