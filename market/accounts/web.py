"""
Pages for signing up, signing in and out, and one's own account.

A form that met an ended session is not lost: it travels through the sign-in
page and comes back to be sent again.
"""

import json
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from market import db
from market.accounts import rules, service, sessions
from market.accounts.gate import session_cookie
from market.accounts.guards import DOOR, PUBLIC_ROUTE, needs_anyone
from market.kernel import divisions
from market.kernel.errors import Invalid, Refusal, TooMany
from market.kernel.roles import Role
from market.pages import Form
from market.respond import Typed, page, read_form, see
from market.settings import Settings
from market.visit import Visit

DESKS = {
    Role.OWNER: "/owner",
    Role.AGENCY: "/agency",
    Role.OPERATOR: "/operator",
    Role.REGULATOR: "/regulator",
    Role.AUTHORITY: "/authority",
    Role.AUDITOR: "/auditor",
}
SAMPLE_PASSWORD = "yunhu-sample-2026"  # noqa: S105 (printed on the demo's sign-in page; refused everywhere else)


def desk_of(role: Role) -> str:
    """Return where somebody of a role begins to work."""
    return DESKS.get(role, "/account")


def home_made(path: str) -> str:
    """Return a path of this site, or nothing: a link must not lead a reader away after signing in."""
    # Browsers drop tabs and line ends and read a backslash as a slash, so that /<tab>/example leads away too.
    odd = "\\" in path or any(letter <= " " for letter in path)
    return path if path.startswith("/") and not path.startswith("//") and not odd else ""


@get("/sign-in", opt=PUBLIC_ROUTE)
async def sign_in_page(visit: Visit, settings: NamedDependency[Settings], back: FromQuery[str] = "") -> Response[str]:
    """Show the sign-in page; in the demo with its sample accounts."""
    return await _sign_in(visit, settings, Form.of({"back": home_made(back)}))


@post("/sign-in", opt=DOOR, status_code=200)
async def sign_in(request: Request[Any, Any, Any], visit: Visit, settings: NamedDependency[Settings]) -> Response[Any]:
    """Sign in, then lead to where the reader wanted to go."""
    typed = await read_form(request)
    answer: Response[Any]
    try:
        door = await service.sign_in(
            typed.one("login"),
            next(iter(typed.fields.get("password", ())), ""),
            address=_address(request),
            now=visit.now,
            samples=settings.demo,
            replaces=request.scope["state"]["token"],
        )
    except Refusal as refusal:
        kept = {name: values for name, values in typed.fields.items() if name != "password"}
        answer = await _sign_in(visit, settings, Typed(kept).as_form(refusal, visit.lang), refusal.status)
        if isinstance(refusal, TooMany):
            answer.headers["Retry-After"] = str(refusal.retry_after)
        return answer
    if to := home_made(typed.one("kept_path")):
        csrf = sessions.csrf_of(door.token)
        answer = page(visit, "accounts/continue.html", to=to, kept=_kept(typed), new=csrf, stale=False)
        answer.headers["Cache-Control"] = "private, no-store"
    else:
        given = "/account/password" if door.signed_in.password_given else ""
        answer = see(given or home_made(typed.one("back")) or desk_of(door.signed_in.actor.role))
    answer.headers["Set-Cookie"] = session_cookie(door.token, settings.secure_cookies)
    return answer


@post("/sign-out", guards=[needs_anyone()], status_code=303)
async def sign_out(request: Request[Any, Any, Any], settings: NamedDependency[Settings]) -> Response[Any]:
    """End the session."""
    await sessions.close_session(request.scope["state"]["token"])
    answer = see("/")
    answer.headers["Set-Cookie"] = session_cookie(None, settings.secure_cookies)
    return answer


@get("/sign-up", opt=PUBLIC_ROUTE)
async def sign_up_page(visit: Visit, role: FromQuery[str] = "") -> Response[str]:
    """Show the form for a new account."""
    return _sign_up(visit, Form.of({"role": role}))


@post("/sign-up", opt=DOOR, status_code=200)
async def sign_up(request: Request[Any, Any, Any], visit: Visit, settings: NamedDependency[Settings]) -> Response[Any]:
    """Make an account and sign its person in."""
    typed = await read_form(request)
    try:
        door = await service.sign_up(
            rules.sign_up_of(typed),
            address=_address(request),
            now=visit.now,
            replaces=request.scope["state"]["token"],
        )
    except Refusal as refusal:
        kept = {name: values for name, values in typed.fields.items() if name != "password"}
        answer: Response[Any] = _sign_up(visit, Typed(kept).as_form(refusal, visit.lang), refusal.status)
        if isinstance(refusal, TooMany):
            answer.headers["Retry-After"] = str(refusal.retry_after)
        return answer
    answer = see("/agency/join" if door.signed_in.actor.role is Role.AGENCY else desk_of(door.signed_in.actor.role))
    answer.headers["Set-Cookie"] = session_cookie(door.token, settings.secure_cookies)
    return answer


@get("/account", guards=[needs_anyone()])
async def account(visit: Visit, changed: FromQuery[str] = "") -> Response[str]:
    """Show for which organisations one may act, and in which role."""
    theirs = await sessions.memberships(visit.actor.person_id or 0)
    return page(visit, "accounts/account.html", memberships=theirs, changed=changed == "password")


@get("/account/password", guards=[needs_anyone()])
async def password_page(visit: Visit) -> Response[str]:
    """Show the form for a new password."""
    return page(visit, "accounts/password.html", form=Form.of({}), given=visit.password_given)


@post("/account/password", guards=[needs_anyone()], status_code=200)
async def change_password(
    request: Request[Any, Any, Any], visit: Visit, settings: NamedDependency[Settings]
) -> Response[Any]:
    """Change one's password; every other session ends."""
    asked = rules.new_password_of(await read_form(request))
    try:
        token = await service.change_password(asked, actor=visit.actor, address=_address(request), now=visit.now)
    except Invalid as refusal:
        form = Typed({}).as_form(refusal, visit.lang)
        return page(visit, "accounts/password.html", status=422, form=form, given=visit.password_given)
    answer = see("/account?changed=password")
    answer.headers["Set-Cookie"] = session_cookie(token, settings.secure_cookies)
    return answer


@post("/account/organisation", guards=[needs_anyone()], status_code=303)
async def act_for(request: Request[Any, Any, Any], visit: Visit) -> Response[Any]:
    """Act for another organisation of one's own."""
    typed = await read_form(request)
    chosen = typed.one("organisation")
    if not chosen.isascii() or not chosen.isdigit() or len(chosen) > 18:
        raise Invalid("not_a_choice", field="organisation")
    await service.act_for(visit.actor, int(chosen), request.scope["state"]["token"])
    return see("/account")


@get("/preferences", opt=PUBLIC_ROUTE, status_code=303)
async def preferences(
    visit: Visit,
    settings: NamedDependency[Settings],
    text: FromQuery[str] = "",
    contrast: FromQuery[str] = "",
    back: FromQuery[str] = "/",
) -> Response[Any]:
    """Keep how a reader wants the pages, in a cookie."""
    answer = see(home_made(back) or "/")
    rest = "; Path=/; SameSite=Lax; Max-Age=31536000" + ("; Secure" if settings.secure_cookies else "")
    if text in ("normal", "large"):
        answer.headers["Set-Cookie"] = f"text={text}{rest}"
    elif contrast in ("normal", "high"):
        answer.headers["Set-Cookie"] = f"contrast={contrast}{rest}"
    return answer


async def _sign_in(visit: Visit, settings: Settings, form: Form, status: int = 200) -> Response[str]:
    samples = []
    if settings.demo:
        samples = await db.fetch(
            "select p.login, o.name, o.kind from person p join membership m on m.person = p.id"
            " join organisation o on o.id = m.organisation where o.sample and p.login like 'sample-%'"
            " order by array_position(array['owner', 'agency', 'regulator', 'operator', 'authority'], o.kind), p.id"
        )
    return page(
        visit, "accounts/sign_in.html", status=status, form=form, samples=samples, sample_password=SAMPLE_PASSWORD
    )


def _sign_up(visit: Visit, form: Form, status: int = 200) -> Response[str]:
    places = [(each.code, each.name(visit.lang)) for each in divisions.SAMPLE.values()]
    return page(visit, "accounts/sign_up.html", status=status, form=form, divisions=places)


def _address(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client else ""


def _kept(typed: Typed) -> list[tuple[str, str]]:
    """Read the form that met an ended session back out of the sign-in form; anything odd is nothing."""
    try:
        pairs = json.loads(typed.one("kept"))
        return [(str(name), str(text)) for name, text in pairs if name != "_csrf"]
    except (ValueError, TypeError):
        return []


ROUTES = (
    sign_in_page,
    sign_in,
    sign_out,
    sign_up_page,
    sign_up,
    account,
    password_page,
    change_password,
    act_for,
    preferences,
)
