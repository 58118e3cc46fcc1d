"""
Organisations that do not sign up: the operator, regulators, authorities and auditors, with their first person.

They are written by whoever runs the machine (``python -m market organisation add``), and every such act is in the log.
A regulator's scopes need the owner's address: the running market may read them and has no right to widen one.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asyncpg import UniqueViolationError

from market import db
from market.accounts import rules, service
from market.kernel import divisions, terms, uscc
from market.kernel.errors import Conflict, Invalid, Reason
from market.kernel.roles import Role
from market.ledger import service as ledger

KINDS: Final = (Role.OPERATOR, Role.REGULATOR, Role.AUTHORITY, Role.AUDITOR)
EVERY_TRADE: Final = "*"


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """A body with the first person who acts for it; a regulator without trades watches every one."""

    kind: str
    uscc: str
    name: str
    division: str
    trades: tuple[str, ...]
    login: str
    person: str


def bars(asked: NewOrganisation) -> tuple[Reason, ...]:
    """Return everything that is wrong with a new organisation."""
    found: list[Reason] = []
    if asked.kind not in KINDS:
        found.append(Reason("not_a_choice", "kind"))
    code = uscc.check(asked.uscc)
    if isinstance(code, Reason):
        found.append(code.at("uscc"))
    found += rules.bars_name(asked.name, "name")
    found += _bars_division(asked.division)
    found += _bars_trades(asked.kind, asked.trades)
    found += rules.bars_login(asked.login)
    found += rules.bars_name(asked.person, "person")
    return tuple(found)


def _bars_division(code: str) -> list[Reason]:
    # By its shape alone: a real city's codes are not in the sample's table.
    try:
        divisions.prefix(code)
    except ValueError:
        return [Reason("bad_division", "division")]
    return []


def _bars_trades(kind: str, trades: tuple[str, ...]) -> list[Reason]:
    unknown = [Reason("not_a_choice", "trade") for trade in trades if trade not in terms.codes("trade")]
    most = {Role.REGULATOR: len(terms.codes("trade")), Role.AUTHORITY: 1}.get(Role(kind), 0) if kind in KINDS else 0
    too_many = [Reason("trades_too_many", "trade", {"most": most})] if len(trades) > most else []
    return unknown + too_many


async def add(asked: NewOrganisation, *, now: datetime) -> str:
    """Write the organisation, its first person and its scopes; return the password to hand over, shown once."""
    if reasons := bars(asked):
        raise Invalid(reasons=reasons)
    password = secrets.token_urlsafe(15)
    hashed = await service.hash_password(password)
    fields = {"uscc": asked.uscc, "role": asked.kind, "name": asked.name, "division": asked.division}
    try:
        async with db.writing():
            await _record(asked, hashed, now)
            told = {**fields, "trades": sorted(asked.trades)}
            await ledger.append("organisation.added", at=now, subject=asked.uscc, fields=told)
    except UniqueViolationError as taken:
        raise Conflict(reasons=await service.taken(asked.login, asked.uscc, asked.kind)) from taken
    return password


async def _record(asked: NewOrganisation, hashed: str, now: datetime) -> None:
    person = await db.value(
        "insert into person (login, name, password_hash, password_given_at, created_at)"
        " values ($1, $2, $3, $4, $4) returning id",
        *(asked.login, asked.person, hashed, now),
    )
    trade = asked.trades[0] if asked.kind == Role.AUTHORITY and asked.trades else None
    organisation = await db.value(
        "insert into organisation (kind, uscc, name, division, trade, created_at, sample)"
        " values ($1, $2, $3, $4, $5, $6, false) returning id",
        *(asked.kind, asked.uscc, asked.name, asked.division, trade, now),
    )
    membership = "insert into membership (person, organisation, manager, created_at) values ($1, $2, true, $3)"
    await db.execute(membership, person, organisation, now)
    if asked.kind == Role.REGULATOR:
        for each in asked.trades or (EVERY_TRADE,):
            scope = "insert into regulator_scope (organisation, division, trade) values ($1, $2, $3)"
            await db.execute(scope, organisation, asked.division, each)
