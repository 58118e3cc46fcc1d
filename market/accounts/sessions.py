"""
Signed-in browsers and programs: tokens, their hashes, and who stands behind them.

A token is 256 random bits of which only the hash is stored. Signing in always
makes a new one and forgets the one the browser came with, so that a planted
token is worth nothing; nobody who has not signed in has a session at all.

Basis: OWASP ASVS 5.0 7.2.4; CWE-384.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from market import db
from market.kernel.errors import NotSignedIn
from market.kernel.roles import Actor, Role, Scope

LONGEST = timedelta(hours=10)
SEEN_EVERY = timedelta(minutes=1)
TOKEN_PREFIX = "gx_"  # noqa: S105 (a mark that lets a leaked token be found, not a secret)

_ACTOR = """
select p.id as person, p.name, p.password_given_at is not null as given, o.id as organisation,
  o.name as organisation_name, o.kind, o.division, o.sample, o.uscc,
  coalesce((select jsonb_agg(jsonb_build_array(r.division, r.trade) order by r.id)
    from regulator_scope r where r.organisation = o.id), '[]') as scopes
from person p join membership m on m.person = p.id and m.ended_at is null join organisation o on o.id = m.organisation
where p.disabled_at is null
"""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who acts, and for which organisation by name."""

    actor: Actor
    organisation: str
    sample: bool
    uscc: str
    password_given: bool = False

    @property
    def organisation_id(self) -> int:
        """Return the key of the organisation; whoever signed in acts for one."""
        if self.actor.organisation_id is None:
            raise NotSignedIn
        return self.actor.organisation_id


def hash_of(token: str) -> bytes:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def csrf_of(token: str) -> str:
    """Return the value that every form of this session carries; it follows from the token and is stored nowhere."""
    return hmac.digest(token.encode(), b"gongxuan csrf", "sha256").hex()


async def open_session(person_id: int, organisation_id: int, *, now: datetime, replaces: str | None) -> str:
    """Make a session within the caller's transaction, forget the replaced one, and return the new token."""
    token = secrets.token_urlsafe(32)
    if replaces:
        await db.execute("delete from session where token_hash = $1", hash_of(replaces))
    await db.execute("delete from session where expires_at < $1", now)
    await db.execute(
        "insert into session (token_hash, person, organisation, created_at, seen_at, expires_at)"
        " values ($1, $2, $3, $4, $4, $5)",
        hash_of(token),
        person_id,
        organisation_id,
        now,
        now + LONGEST,
    )
    return token


async def close_session(token: str) -> None:
    """Forget a session."""
    async with db.writing():
        await db.execute("delete from session where token_hash = $1", hash_of(token))


async def end_all(person_id: int, *, now: datetime) -> None:
    """End every session and every program's token of a person, within the caller's transaction."""
    await db.execute("delete from session where person = $1", person_id)
    revoke = "update api_token set revoked_at = $2 where person = $1 and revoked_at is null"
    await db.execute(revoke, person_id, now)


async def behind_session(token: str, *, now: datetime, idle: timedelta) -> SignedIn | None:
    """Say who is signed in with a session's token; nobody if it is unknown, idle too long or too old."""
    digest = hash_of(token)
    found = await db.row(
        _ACTOR.replace("select ", "select s.seen_at, ", 1).replace(
            "from person p", "from session s join person p on p.id = s.person", 1
        )
        + " and o.id = s.organisation and s.token_hash = $1 and s.expires_at > $2 and s.seen_at > $3",
        digest,
        now,
        now - idle,
    )
    if found is None:
        return None
    if now - found["seen_at"] > SEEN_EVERY:
        await db.execute("update session set seen_at = greatest(seen_at, $2) where token_hash = $1", digest, now)
    return _signed_in(found)


async def behind_token(token: str, *, now: datetime) -> SignedIn | None:
    """Say who made a program's bearer token; nobody if it is unknown, revoked or expired."""
    found = await db.row(
        _ACTOR.replace("from person p", "from api_token t join person p on p.id = t.person", 1)
        + " and o.id = t.organisation and t.token_hash = $1 and t.revoked_at is null and t.expires_at > $2",
        hash_of(token),
        now,
    )
    return None if found is None else _signed_in(found)


async def memberships(person_id: int) -> list[SignedIn]:
    """List the organisations a person may act for, oldest membership first."""
    rows = await db.fetch(_ACTOR + " and p.id = $1 order by m.id", person_id)
    return [_signed_in(row) for row in rows]


async def make_token(actor: Actor, label: str, *, now: datetime, days: int) -> str:
    """Make a program's bearer token within the caller's transaction; it is shown once."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    await db.execute(
        "insert into api_token (token_hash, person, organisation, label, created_at, expires_at)"
        " values ($1, $2, $3, $4, $5, $6)",
        hash_of(token),
        actor.person_id,
        actor.organisation_id,
        label,
        now,
        now + timedelta(days=days),
    )
    return token


async def revoke_token(token: str, *, now: datetime) -> None:
    """Make a bearer token worthless from now on."""
    async with db.writing():
        await db.execute(
            "update api_token set revoked_at = $2 where token_hash = $1 and revoked_at is null", hash_of(token), now
        )


def _signed_in(row: Any) -> SignedIn:
    scopes = tuple(Scope(division, None if trade == "*" else trade) for division, trade in json.loads(row["scopes"]))
    actor = Actor(Role(row["kind"]), row["name"], row["person"], row["organisation"], row["division"], scopes)
    return SignedIn(actor, row["organisation_name"], row["sample"], row["uscc"], row["given"])
