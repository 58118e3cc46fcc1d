"""
How everything that went wrong is told: a page for people, a problem for programs.

A refusal is an answer and is logged at info; what the database refuses by its
own rules becomes one too. Anything else is a bug: it gets a number, which the
log has beside the stack trace.

Basis: RFC 9457.
"""

import secrets
from typing import Any, Final

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, ExceptionHandlersMap, Message, Receive, Scope, Send

from market import respond
from market.accounts.gate import API, SAFE_METHODS
from market.accounts.guards import SignInFirst, StaleForm
from market.kernel import terms
from market.kernel.errors import Conflict, Invalid, NotFound, NotSignedIn, Reason, Refusal, TooMany
from market.pages import url
from market.respond import page, see
from market.visit import visit_of

log: Any = structlog.get_logger()

UNREACHABLE: Final = (
    OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)  # fmt: skip
# Lost connections, out of disk, memory or connections, shutting down: nothing is wrong with what was sent.
EXHAUSTED: Final = ("08", "53", "57")
RETRY_AFTER: Final = "30"
STATUS_CODES: Final = {
    400: "not_understood", 401: "not_signed_in", 403: "forbidden", 404: "not_found", 405: "wrong_method",
    413: "request_too_large", 415: "wrong_media_type", 422: "form_invalid", 429: "too_many",
}  # fmt: skip


def wants_problem(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a program asked."""
    path = request.url.path
    return path.startswith(API) or path.endswith(".json")


def tell_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """Tell what the rules forbid, with every reason and what to do next."""
    log.info("refused", code=refusal.code, status=refusal.status, reasons=[reason.code for reason in refusal.reasons])
    if wants_problem(request):
        answer = problem(request, refusal.status, refusal.code, refusal.reasons)
    elif isinstance(refusal, NotSignedIn):
        answer = _sign_in_first(request, refusal)
    elif isinstance(refusal, StaleForm):
        answer = _send_again(request, refusal)
    else:
        answer = _refusal_page(request, refusal)
    if isinstance(refusal, TooMany):
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def _refusal_page(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    visit = visit_of(request)
    said = [terms.reason_text(reason, visit.lang) for reason in refusal.reasons]
    return page(
        visit,
        "errors/error.html",
        status=refusal.status,
        reasons=[told.text for told in said],
        next_step=(" " if visit.lang == "en" else "").join(dict.fromkeys(told.next_step for told in said)),
    )


def problem(request: Request[Any, Any, Any], status: int, code: str, reasons: tuple[Reason, ...] = ()) -> Response[Any]:
    """Answer with RFC 9457 problem details: a stable code, and every reason in ``errors``."""
    visit = visit_of(request)
    whole = terms.reason_text(Reason(code, params=reasons[0].params if reasons else {}), visit.lang)
    errors = []
    for reason in reasons:
        told = terms.reason_text(reason, visit.lang)
        errors.append({"code": reason.code, "field": reason.field, "detail": told.text, "next": told.next_step})
    body = {
        "type": f"/api/v1/problems/{code}",
        "title": whole.text,
        "status": status,
        "code": code,
        "detail": whole.next_step,
        "instance": visit.reference,
        "errors": errors,
    }
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="market"'
    if status == 503:
        headers["Retry-After"] = RETRY_AFTER
    content = msgspec.json.encode(body)
    return Response(content, status_code=status, media_type="application/problem+json", headers=headers)


def tell_http(request: Request[Any, Any, Any], fault: HTTPException) -> Response[Any]:
    """Tell what the framework refused: an unknown address, a wrong method, a body that cannot be read."""
    if fault.status_code >= 500:
        return tell_bug(request, fault)
    status = fault.status_code if fault.status_code in STATUS_CODES else 400
    log.info("refused", code=STATUS_CODES[status], status=status)
    if wants_problem(request):
        answer = problem(request, status, STATUS_CODES[status], _framework_reasons(fault, STATUS_CODES[status]))
    else:
        answer = page(visit_of(request), "errors/error.html", status=status)
    for name, value in (fault.headers or {}).items():
        if name.lower() == "allow":
            answer.headers["Allow"] = value
    return answer


def tell_database(request: Request[Any, Any, Any], fault: asyncpg.PostgresError) -> Response[Any]:
    """Tell what the database refused by its own rules; a lost or full database is nobody's mistake."""
    state = str(fault.sqlstate or "")
    if state.startswith(("GX", "23")):
        log.warning("database_refused", sqlstate=state, constraint=getattr(fault, "constraint_name", None))
        return tell_refusal(request, Conflict("conflict"))
    if state[:2] in EXHAUSTED:
        return _unavailable(request)
    return tell_bug(request, fault)


def tell_data(request: Request[Any, Any, Any], fault: asyncpg.DataError) -> Response[Any]:
    """Tell that a value fits no column, whether the driver found it or the database."""
    log.warning("value_refused", error=type(fault).__name__)
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
    if wants_problem(request):
        return problem(request, 503, "unavailable")
    answer = page(visit_of(request), "errors/error.html", status=503)
    answer.headers["Retry-After"] = RETRY_AFTER
    return answer


def _sign_in_first(request: Request[Any, Any, Any], refusal: NotSignedIn) -> Response[Any]:
    """Lead to the sign-in page; a form that was sent travels along."""
    visit = visit_of(request)
    query = f"?{request.url.query}" if request.url.query else ""
    if request.method in SAFE_METHODS:
        return see(url("/sign-in", back=visit.path + query))
    kept = refusal.kept if isinstance(refusal, SignInFirst) else ""
    form = respond.Typed({"kept_path": (visit.path + query,), "kept": (kept,)} if kept else {"back": ("/",)}).as_form()
    return page(visit, "accounts/sign_in.html", status=401, form=form, samples=[], sample_password="")


def _send_again(request: Request[Any, Any, Any], refusal: StaleForm) -> Response[Any]:
    """Show the form that an earlier session had opened, to be sent again by hand."""
    visit = visit_of(request)
    query = f"?{request.url.query}" if request.url.query else ""
    kept = msgspec.json.decode(refusal.kept, type=list[tuple[str, str]])
    to = visit.path + query
    return page(visit, "accounts/continue.html", status=403, to=to, kept=kept, new=visit.csrf, stale=True)


def _framework_reasons(fault: HTTPException, code: str) -> tuple[Reason, ...]:
    extra = fault.extra if isinstance(fault.extra, list) else []
    found = [Reason("not_understood", str(each["key"])) for each in extra if isinstance(each, dict) and "key" in each]
    return tuple(found) or (Reason(code),)


HANDLERS: Final[ExceptionHandlersMap] = {
    Refusal: tell_refusal,
    HTTPException: tell_http,
    asyncpg.DataError: tell_data,
    asyncpg.PostgresError: tell_database,
    asyncpg.InterfaceError: tell_unreachable,
    OSError: tell_unreachable,
    Exception: tell_bug,
}


async def guarded(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Give the request its number, and answer 503 in plain words where the gate cannot reach the database."""
    if scope["type"] != ScopeType.HTTP:
        await app(scope, receive, send)
        return
    reference = secrets.token_hex(4).upper()
    scope.setdefault("state", {})["reference"] = reference
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(
        reference=reference, path=scope["path"], method=scope["method"], lang=scope["state"].get("lang", "zh")
    )
    begun = False

    async def numbered(message: Message) -> None:
        nonlocal begun
        if message["type"] == "http.response.start":
            begun = True
            message["headers"] = [*message.get("headers", []), (b"x-request-id", reference.encode())]
        await send(message)

    try:
        await app(scope, receive, numbered)
    except UNREACHABLE as fault:
        if begun:
            raise
        log.error("database_unreachable", error=type(fault).__name__)
        lang = scope["state"].get("lang", "zh")
        await _say_unavailable(scope["path"].startswith(API), reference, lang, numbered)


async def _say_unavailable(to_program: bool, reference: str, lang: terms.Language, send: Send) -> None:
    """Send the 503 that needs nothing: no visit, no database, no second chance to fail."""
    kind, body = "text/html; charset=utf-8", respond.unavailable(reference, lang)
    if to_program:
        told = terms.reason_text(Reason("unavailable"))
        kind = "application/problem+json"
        said = {"type": "/api/v1/problems/unavailable", "title": told.text, "status": 503, "code": "unavailable"}
        body = msgspec.json.encode({**said, "detail": told.next_step, "instance": reference, "errors": []})
    headers = [
        (b"content-type", kind.encode()),
        (b"retry-after", RETRY_AFTER.encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
