"""
Accounts for programs: bearer tokens, who one is, and signing up.

A token is made with login and password, shown once, stands for one person in
one organisation, and ends by its date, by being deleted, or with the person's
membership.
"""

from typing import Annotated, Any

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from market import db
from market.accounts import rules, service, sessions
from market.accounts.guards import PUBLIC_ROUTE, needs_anyone
from market.kernel.errors import Reasons
from market.problems import refusals
from market.respond import clean
from market.settings import Settings
from market.visit import Visit

LONGEST_DAYS = 365
LONGEST_LABEL = 100
Asked = Request[Any, Any, Any]


class TokenAsked(Struct, forbid_unknown_fields=True):
    """What a new token is asked with; organisation (USCC) and role are needed only by members of several."""

    login: str
    password: str
    label: Annotated[str, Meta(description="What the token is for; shown to people")]
    days: Annotated[int, Meta(description="How long it is good for, 1 to 365")] = 90
    organisation: str = ""
    role: str = ""


class TokenMade(Struct):
    """A new token; nobody can show it again."""

    token: str
    organisation: str
    role: str
    days: int


class Me(Struct):
    """Who the token stands for."""

    name: str
    role: str
    organisation: str
    division: str | None


class SignUpAsked(Struct, forbid_unknown_fields=True):
    """A new person with the organisation that the person acts for."""

    role: Annotated[str, Meta(description="owner or agency")]
    organisation: str
    uscc: str
    division: str
    name: str
    phone: str
    login: str
    password: str


class SignedUp(Struct):
    """A new account; ask for a token to act with it."""

    login: str
    role: str
    organisation: str


@post("/api/v1/tokens", opt=PUBLIC_ROUTE, tags=["accounts"], responses=refusals(400, 401, 403, 413, 422, 429))
async def make_token(
    request: Asked, data: JSONBody[TokenAsked], visit: Visit, settings: NamedDependency[Settings]
) -> TokenMade:
    """Make a bearer token with login and password; failures count like those of the sign-in page."""
    bars = Reasons()
    label = clean(data.label, "label").strip()
    if not label:
        bars.add("field_required", "label")
    if len(label) > LONGEST_LABEL:
        bars.add("field_too_long", "label", most=LONGEST_LABEL)
    if data.days < 1:
        bars.add("number_too_small", "days", least=1)
    if data.days > LONGEST_DAYS:
        bars.add("number_too_large", "days", most=LONGEST_DAYS)
    bars.raise_if_any()
    person = await service.checked(data.login, data.password, address=_address(request), now=visit.now)
    entered = await service.entering(person, samples=settings.demo, uscc=data.organisation.upper(), role=data.role)
    async with db.writing():
        token = await sessions.make_token(entered.actor, label, now=visit.now, days=data.days)
    return TokenMade(token, entered.organisation, entered.actor.role.value, data.days)


@delete("/api/v1/tokens/current", guards=[needs_anyone()], status_code=204, tags=["accounts"], responses=refusals(401))
async def revoke_token(request: Asked, visit: Visit) -> None:
    """Make the token this request came with worthless."""
    await sessions.revoke_token(request.scope["state"]["token"], now=visit.now)


@get("/api/v1/me", guards=[needs_anyone()], tags=["accounts"], responses=refusals(401))
async def me(visit: Visit) -> Me:
    """Say who the token stands for."""
    return Me(visit.actor.name, visit.actor.role.value, visit.organisation, visit.actor.division)


@post("/api/v1/sign-ups", opt=PUBLIC_ROUTE, tags=["accounts"], responses=refusals(400, 409, 413, 422, 429))
async def sign_up(request: Asked, data: JSONBody[SignUpAsked], visit: Visit) -> SignedUp:
    """Make an account, by the rules of the page."""
    asked = rules.SignUp(
        role=data.role,
        organisation=clean(data.organisation, "organisation").strip(),
        uscc=data.uscc.strip().upper(),
        division=data.division,
        name=clean(data.name, "name").strip(),
        phone=data.phone.strip(),
        login=data.login.strip().lower(),
        password=clean(data.password, "password"),
    )
    door = await service.sign_up(asked, address=_address(request), now=visit.now)
    # A program has no browser to keep the session in.
    await sessions.close_session(door.token)
    return SignedUp(asked.login, asked.role, asked.organisation)


def _address(request: Asked) -> str:
    return request.client.host if request.client else ""


ROUTES = (make_token, revoke_token, me, sign_up)
