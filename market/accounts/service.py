"""
Signing up, signing in and out, and choosing for whom one acts.

A wrong password, an unknown login and a disabled account are refused alike and
take alike long. Failures are counted in the database per login and per
address, so that more web processes do not mean more guesses.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from asyncpg import UniqueViolationError

from market import db
from market.accounts import rules, sessions
from market.accounts.sessions import SignedIn
from market.kernel.errors import Conflict, Forbidden, Invalid, NotSignedIn, TooMany
from market.kernel.roles import Actor
from market.ledger import service as ledger

WINDOW: Final = timedelta(minutes=15)
MOST_PER_LOGIN: Final = 8
MOST_PER_ADDRESS: Final = 60

_hasher = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=2)
_hashing = asyncio.Semaphore(2)  # 64 MiB each
# The hash of a random password nobody knows: an unknown login costs the same time as a known one.
_NOBODY: Final = (
    "$argon2id$v=19$m=65536,t=3,p=2$Z29uZ3h1YW4tbm9ib2R5LTE$Yp4rEqOQk6nEoV3g4sIYqoQ2oH6x2m0lGQyTq0p6Y3k"
)


@dataclass(frozen=True, slots=True)
class Door:
    """A successful sign-in: the new token and whom it stands for."""

    token: str
    signed_in: SignedIn


async def hash_password(password: str) -> str:
    """Hash a password with argon2id, off the event loop."""
    async with _hashing:
        return await asyncio.to_thread(_hasher.hash, password)


async def sign_up(asked: rules.SignUp, *, now: datetime, replaces: str | None = None) -> Door:
    """Make a person and the organisation the person acts for, and sign the person in."""
    if reasons := rules.bars_sign_up(asked):
        raise Invalid(reasons=reasons)
    hashed = await hash_password(asked.password)
    try:
        async with db.writing():
            person = await db.value(
                "insert into person (login, name, phone, password_hash, created_at) values ($1, $2, $3, $4, $5)"
                " returning id",
                asked.login,
                asked.name,
                asked.phone,
                hashed,
                now,
            )
            organisation = await db.value(
                "insert into organisation (kind, uscc, name, division, created_at, sample)"
                " values ($1, $2, $3, $4, $5, false) returning id",
                asked.role,
                asked.uscc,
                asked.organisation,
                asked.division,
                now,
            )
            await db.execute(
                "insert into membership (person, organisation, manager, created_at) values ($1, $2, true, $3)",
                person,
                organisation,
                now,
            )
            token = await sessions.open_session(person, organisation, now=now, replaces=replaces)
            fields = {"uscc": asked.uscc, "role": asked.role, "name": asked.organisation}
            await ledger.append("organisation.signed_up", at=now, subject=asked.uscc, fields=fields)
    except UniqueViolationError as taken:
        login_taken = taken.constraint_name == "person_login_once"
        raise Conflict("login_taken" if login_taken else "organisation_exists", field="login" if login_taken else "uscc")
    found = await sessions.behind_session(token, now=now, idle=sessions.LONGEST)
    if found is None:
        raise NotSignedIn
    return Door(token, found)


async def sign_in(
    login: str, password: str, *, address: str, now: datetime, samples: bool, replaces: str | None = None
) -> Door:
    """Check a password and open a session; *samples* says whether sample accounts may enter."""
    known = await checked(login, password, address=address, now=now)
    found = await sessions.memberships(known)
    entered = next(iter(found), None)
    if entered is None:
        raise Forbidden("no_organisation")
    if entered.sample and not samples:
        raise Forbidden("sample_account")
    async with db.writing():
        organisation = entered.actor.organisation_id
        if organisation is None:
            raise Forbidden("no_organisation")
        token = await sessions.open_session(known, organisation, now=now, replaces=replaces)
    return Door(token, entered)


async def checked(login: str, password: str, *, address: str, now: datetime) -> int:
    """Return the person whose login and password these are; count the failure otherwise."""
    login = login.strip().lower()[: rules.LONGEST_NAME]
    await _refuse_flood(login, address, now)
    found = await db.row("select id, password_hash from person where login = $1 and disabled_at is null", login)
    right = await _verify(_NOBODY if found is None else found["password_hash"], password[: rules.LONGEST_PASSWORD + 1])
    if found is None or not right:
        await _count_failure(login, address, now)
        raise NotSignedIn("wrong_password")
    async with db.writing():
        await db.execute("delete from sign_in_attempt where subject = $1", "login " + login)
    return int(found["id"])


async def act_for(actor: Actor, organisation_id: int, token: str) -> None:
    """Let a signed-in person act for another organisation of theirs from now on."""
    if actor.person_id is None:
        raise NotSignedIn
    theirs = {each.actor.organisation_id for each in await sessions.memberships(actor.person_id)}
    if organisation_id not in theirs:
        raise Forbidden("no_organisation")
    async with db.writing():
        await db.execute(
            "update session set organisation = $2 where token_hash = $1", sessions.hash_of(token), organisation_id
        )


async def _verify(hashed: str, password: str) -> bool:
    async with _hashing:
        try:
            return bool(await asyncio.to_thread(_hasher.verify, hashed, password))
        except (VerificationError, InvalidHashError):
            return False


async def _refuse_flood(login: str, address: str, now: datetime) -> None:
    rows = await db.fetch(
        "select subject, failures, window_at from sign_in_attempt where subject = any($1) and window_at > $2",
        ["login " + login, "address " + address],
        now - WINDOW,
    )
    for row in rows:
        most = MOST_PER_LOGIN if row["subject"].startswith("login ") else MOST_PER_ADDRESS
        if row["failures"] >= most:
            raise TooMany("sign_in_flood", retry_after=int((row["window_at"] + WINDOW - now).total_seconds()) + 1)


async def _count_failure(login: str, address: str, now: datetime) -> None:
    async with db.writing():
        await db.execute(
            "insert into sign_in_attempt as a (subject, window_at, failures) select unnest($1::text[]), $2, 1"
            " on conflict (subject) do update set"
            " failures = case when a.window_at > $3 then a.failures + 1 else 1 end,"
            " window_at = case when a.window_at > $3 then a.window_at else $2 end",
            sorted(["login " + login, "address " + address]),
            now,
            now - WINDOW,
        )
