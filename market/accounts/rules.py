"""
What signing up and signing in demand, as pure functions: every reason at once.

Signing up makes an account; it admits no agency to the market and gives an
owner no privilege but to draft.
"""

import re
import unicodedata
from dataclasses import dataclass

from market.kernel import divisions, uscc
from market.kernel.errors import Reason
from market.kernel.roles import Role
from market.respond import Typed

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
LOGIN = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
SIGN_UP_ROLES = (Role.OWNER, Role.AGENCY)
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class SignUp:
    """A new person with the organisation that the person acts for."""

    role: str
    organisation: str
    uscc: str
    division: str
    name: str
    phone: str
    login: str
    password: str


def sign_up_of(typed: Typed) -> SignUp:
    """Read a sign-up from a form; nothing is judged yet."""
    return SignUp(
        role=typed.one("role"),
        organisation=typed.one("organisation"),
        uscc=typed.one("uscc").upper(),
        division=typed.one("division"),
        name=typed.one("name"),
        phone=unicodedata.normalize("NFKC", typed.one("phone")),
        login=unicodedata.normalize("NFKC", typed.one("login")).lower(),
        password=next(iter(typed.fields.get("password", ())), ""),
    )


def bars_sign_up(asked: SignUp) -> tuple[Reason, ...]:
    """Return everything that is wrong with a sign-up."""
    found: list[Reason] = []
    for field in ("role", "division", "phone", "login"):
        if not getattr(asked, field):
            found.append(Reason("field_required", field))
    for field in ("organisation", "name"):
        found.extend(bars_name(getattr(asked, field), field))
    code = uscc.check(asked.uscc)
    if isinstance(code, Reason):
        found.append(code.at("uscc"))
    if asked.role and asked.role not in SIGN_UP_ROLES:
        found.append(Reason("not_a_choice", "role"))
    if asked.division and asked.division not in divisions.SAMPLE:
        found.append(Reason("not_a_choice", "division"))
    if asked.phone and not re.fullmatch(r"[0-9 +()-]{7,24}", asked.phone):
        found.append(Reason("bad_phone", "phone"))
    if asked.login:
        found.extend(bars_login(asked.login))
    found.extend(bars_password(asked.password, asked.login))
    return tuple(found)


def bars_name(text: str, field: str) -> tuple[Reason, ...]:
    """Return what is wrong with the name of a person or an organisation."""
    if not text:
        return (Reason("field_required", field),)
    return (Reason("field_too_long", field, {"most": LONGEST_NAME}),) if len(text) > LONGEST_NAME else ()


def bars_login(login: str) -> tuple[Reason, ...]:
    """Return what is wrong with a login, which is an address in small letters."""
    right = LOGIN.fullmatch(login) and login == login.lower() and len(login) <= LONGEST_NAME
    return () if right else (Reason("bad_email", "login"),)


def bars_password(password: str, login: str) -> tuple[Reason, ...]:
    """Return everything that is wrong with a password: length, and being the login itself."""
    found: list[Reason] = []
    if len(password) < SHORTEST_PASSWORD:
        found.append(Reason("password_short", "password", {"least": SHORTEST_PASSWORD}))
    if len(password) > LONGEST_PASSWORD:
        found.append(Reason("field_too_long", "password", {"most": LONGEST_PASSWORD}))
    if password and password.lower() in (login, login.partition("@")[0]):
        found.append(Reason("password_is_login", "password"))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A person's own change of password: the one that holds, the new one, and the new one once more."""

    old: str
    password: str
    again: str


def new_password_of(typed: Typed) -> NewPassword:
    """Read a change of password from a form, to the letter: a space may be part of it."""
    return NewPassword(*(next(iter(typed.fields.get(name, ())), "") for name in ("old", "password", "again")))


def bars_new_password(asked: NewPassword, login: str) -> tuple[Reason, ...]:
    """Return everything that is wrong with a new password; whether the old one is right is not asked here."""
    found = list(bars_password(asked.password, login))
    if asked.password and asked.password == asked.old:
        found.append(Reason("password_same", "password"))
    if asked.password != asked.again:
        found.append(Reason("password_differs", "again"))
    return tuple(found)
