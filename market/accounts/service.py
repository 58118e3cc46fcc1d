"""
Signing up, signing in and out, and choosing for whom one acts.

A wrong password, an unknown login and a disabled account are refused alike and
take alike long. Attempts are counted in the database per login and per address
before the password is looked at, so that neither more web processes nor many
requests at once mean more guesses.
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
from market.kernel.errors import Conflict, Forbidden, Invalid, NotSignedIn, Reason, TooMany
from market.kernel.roles import Actor, Role
from market.ledger import service as ledger

WINDOW: Final = timedelta(minutes=15)
MOST: Final = {"login": 8, "address": 60, "sign-up": 30}

_hasher = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=2)
_hashing = asyncio.Semaphore(2)  # 64 MiB each
# The hash of a random password nobody knows: an unknown login costs the same time as a known one.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=2$Z29uZ3h1YW4tbm9ib2R5LTE$Yp4rEqOQk6nEoV3g4sIYqoQ2oH6x2m0lGQyTq0p6Y3k"


@dataclass(frozen=True, slots=True)
class Door:
    """A successful sign-in: the new token and whom it stands for."""

    token: str
    signed_in: SignedIn


async def hash_password(password: str) -> str:
    """Hash a password with argon2id, off the event loop."""
    async with _hashing:
        return await asyncio.to_thread(_hasher.hash, password)


async def sign_up(asked: rules.SignUp, *, address: str, now: datetime, replaces: str | None = None) -> Door:
    """Make a person and the organisation the person acts for, and sign the person in."""
    if reasons := rules.bars_sign_up(asked):
        raise Invalid(reasons=reasons)
    await _count([f"sign-up {address}"], now)
    hashed = await hash_password(asked.password)
    try:
        async with db.writing():
            person, organisation = await _record(asked, hashed, now)
            token = await sessions.open_session(person, organisation, now=now, replaces=replaces)
            fields = {"uscc": asked.uscc, "role": asked.role, "name": asked.organisation}
            await ledger.append("organisation.signed_up", at=now, subject=asked.uscc, fields=fields)
    except UniqueViolationError as clash:
        raise Conflict(reasons=await taken(asked.login, asked.uscc, asked.role)) from clash
    actor = Actor(Role(asked.role), asked.name, person, organisation, asked.division)
    return Door(token, SignedIn(actor, asked.organisation, False, asked.uscc))


async def _record(asked: rules.SignUp, hashed: str, now: datetime) -> tuple[int, int]:
    """Write the person, the organisation and the membership."""
    person: int = await db.value(
        "insert into person (login, name, phone, password_hash, created_at) values ($1, $2, $3, $4, $5) returning id",
        *(asked.login, asked.name, asked.phone, hashed, now),
    )
    organisation: int = await db.value(
        "insert into organisation (kind, uscc, name, division, created_at, sample)"
        " values ($1, $2, $3, $4, $5, false) returning id",
        *(asked.role, asked.uscc, asked.organisation, asked.division, now),
    )
    membership = "insert into membership (person, organisation, manager, created_at) values ($1, $2, true, $3)"
    await db.execute(membership, person, organisation, now)
    return person, organisation


async def taken(login: str, uscc: str, kind: str) -> list[Reason]:
    """Name everything of a new account that somebody has already."""
    found = []
    if await db.value("select exists (select from person where login = $1)", login):
        found.append(Reason("login_taken", "login"))
    same = "select exists (select from organisation where uscc = $1 and kind = $2)"
    if await db.value(same, uscc, kind):
        found.append(Reason("organisation_exists", "uscc"))
    return found


async def sign_in(
    login: str, password: str, *, address: str, now: datetime, samples: bool, replaces: str | None = None
) -> Door:
    """Check a password and open a session; *samples* says whether sample accounts may enter."""
    known = await checked(login, password, address=address, now=now)
    entered = await entering(known, samples=samples)
    async with db.writing():
        token = await sessions.open_session(known, entered.organisation_id, now=now, replaces=replaces)
    return Door(token, entered)


async def entering(person_id: int, *, samples: bool, uscc: str = "", role: str = "") -> SignedIn:
    """Return for which organisation a person begins to act: the oldest membership, or the one asked for."""
    for each in await sessions.memberships(person_id):
        if (not uscc or each.uscc == uscc) and (not role or each.actor.role == role):
            if each.sample and not samples:
                raise Forbidden("sample_account")
            return each
    raise Forbidden("no_organisation")


async def checked(login: str, password: str, *, address: str, now: datetime) -> int:
    """Return the person whose login and password these are; the attempt counts until it succeeds."""
    login = login.strip().lower()[: rules.LONGEST_NAME]
    counted = [f"login {login}", f"address {address}"]
    await _count(counted, now)
    found = await db.row("select id, password_hash from person where login = $1 and disabled_at is null", login)
    right = await _verify(_NOBODY if found is None else found["password_hash"], password[: rules.LONGEST_PASSWORD + 1])
    if found is None or not right:
        raise NotSignedIn("wrong_password")
    async with db.writing():
        await db.execute("delete from sign_in_attempt where subject = $1", counted[0])
        # Colleagues behind one address must not use up its attempts by succeeding.
        uncount = "update sign_in_attempt set failures = failures - 1 where subject = $1 and failures > 0"
        await db.execute(uncount, counted[1])
    return int(found["id"])


async def change_password(asked: rules.NewPassword, *, actor: Actor, address: str, now: datetime) -> str:
    """
    Give a signed-in person a new password, and return the token of the one session that goes on.

    Every other session and every program's token of the person ends: whoever had the old password may hold one.
    Guesses at the old password count like those of the sign-in page.
    """
    if actor.person_id is None or actor.organisation_id is None:
        raise NotSignedIn
    login = await db.value("select login from person where id = $1", actor.person_id)
    reasons = rules.bars_new_password(asked, login)
    try:
        await checked(login, asked.old, address=address, now=now)
    except NotSignedIn:
        reasons = (Reason("wrong_old_password", "old"), *reasons)
    if reasons:
        raise Invalid(reasons=reasons)
    hashed = await hash_password(asked.password)
    async with db.writing():
        change = "update person set password_hash = $2, password_given_at = null where id = $1"
        await db.execute(change, actor.person_id, hashed)
        await sessions.end_all(actor.person_id, now=now)
        return await sessions.open_session(actor.person_id, actor.organisation_id, now=now, replaces=None)


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


async def _count(subjects: list[str], now: datetime) -> None:
    """Count one attempt for each subject, and refuse it if any has had too many within the window."""
    async with db.writing():
        rows = await db.fetch(
            "insert into sign_in_attempt as a (subject, window_at, failures) select unnest($1::text[]), $2, 1"
            " on conflict (subject) do update set"
            " failures = case when a.window_at > $3 then a.failures + 1 else 1 end,"
            " window_at = case when a.window_at > $3 then a.window_at else $2 end"
            " returning subject, failures, window_at",
            sorted(subjects),
            now,
            now - WINDOW,
        )
    waits = [row["window_at"] + WINDOW - now for row in rows if row["failures"] > MOST[row["subject"].split(" ", 1)[0]]]
    if waits:
        raise TooMany("sign_in_flood", retry_after=int(max(waits).total_seconds()) + 1)
