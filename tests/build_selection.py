"""
Builders of a selection under way: an open practice notice with its keepers' promises and its registrants.

Rows arrive whole, written by the owner of the schema, so that a test begins at the moment it is about.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

from market.kernel.canonical import canonical, digest
from market.kernel.times import rfc3339
from market.kernel.uscc import with_check_digit
from market.registrations.sealing import Bound, seal
from market.selection import service
from market.selection.draw import commitment, pool_hash, secrets_hash
from tests.server import Database

CLOSES = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
DRAIN = timedelta(seconds=10)
FREEZE = CLOSES + DRAIN
REVEAL_BY = FREEZE + timedelta(seconds=20)
DRAW_AT = REVEAL_BY + timedelta(seconds=5)
SECOND = timedelta(seconds=1)
KEEPERS = ("operator", "owner", "witness")
SECRETS = {keeper: f"{place:02x}" * 32 for place, keeper in enumerate(KEEPERS, 1)}
BEACON = "ab" * 32
CEILING, FLOOR = 60_000, 42_000


@dataclass(frozen=True, slots=True)
class Built:
    """A notice in the database, with its people."""

    id: int
    code: str
    owner: int
    agencies: dict[str, int]
    organisations: dict[str, int]
    event: str = ""


@dataclass(slots=True)
class City:
    """Makes rows as the owner of the schema."""

    connection: asyncpg.Connection
    numbers: int = 0
    person: int = 0
    item: int = 0
    owner: int = 0
    agencies: dict[str, int] = field(default_factory=dict)
    organisations: dict[str, int] = field(default_factory=dict)
    guides: dict[str, int] = field(default_factory=dict)
    project: int = 0  # what the next notices belong to; none: each has one of its own

    async def add(self, table: str, **columns: Any) -> int:
        """Insert one row and return its key."""
        names = ", ".join(f'"{name}"' for name in columns)
        places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
        sql = f"insert into {table} ({names}) values ({places}) returning id"
        made: int = await self.connection.fetchval(sql, *columns.values())
        return made

    async def found(self, agencies: int) -> None:
        """Make an owner, an item, and admitted agencies with a published guide each."""
        now = datetime(2026, 1, 5, tzinfo=UTC)
        self.person = await self.add("person", login="a@example.test", name="甲", password_hash="x", created_at=now)
        self.owner = await self.organisation("owner", a_uscc(900_000), now)
        self.item = await self.add(
            "item", code="ZJ-001", name="工程造价咨询", name_en="Cost", trade="construction", family="cost",
            state="listed", approval="-", authority_trade="construction", fee_basis="fixed", ceiling_days=30,
            lawful=False, compulsory=False, prior=False, paid=False, proposed_at=now, published_at=now,
        )  # fmt: skip
        for number in range(1, agencies + 1):
            await self.agency(a_uscc(number), now)

    async def organisation(self, kind: str, uscc: str, now: datetime) -> int:
        """Make an organisation."""
        return await self.add(
            "organisation", kind=kind, uscc=uscc, name=f"示例{uscc}", division="990100", created_at=now, sample=False
        )

    async def agency(self, uscc: str, now: datetime) -> None:
        """Make an admitted agency with a guide that costs at most 500.00."""
        self.organisations[uscc] = await self.organisation("agency", uscc, now)
        self.agencies[uscc] = await self.add(
            "agency", organisation=self.organisations[uscc], uscc=uscc, name=f"示例{uscc}", division="990100",
            state="admitted", legal_representative="乙", contact_name="乙", contact_phone="-", introduction="-",
            applied_at=now, admitted_at=now,
        )  # fmt: skip
        self.guides[uscc] = await self.add(
            "guide", agency=self.agencies[uscc], item=self.item, version=1, state="published", conditions="-",
            steps="[]", time_limit_days=10, fee_kind="fixed", fee="{}", fee_max_fen=50_000, materials="-",
            deliverables="-", contact="-", plain_words="-", drafted_at=now, published_at=now, hash="00",
        )  # fmt: skip

    async def notice(
        self,
        registrants: Sequence[str] | None = None,
        *,
        closes_at: datetime = CLOSES,
        method: str = "random_draw",
        least: int = 3,
        state: str = "open",
        ruleset: str = "practice-2026",
        qualifications: Sequence[str] = (),
        direct: str | None = None,
        keepers: Sequence[str] = KEEPERS,
        suite: str = "sha256",
        beacons: Sequence[dict[str, Any]] = (),
        quotes: Mapping[str, int] | None = None,
        quote_key: str = "",
    ) -> Built:
        """Make a notice, published unless it is a draft, with registrations of *registrants* (default: everyone)."""
        self.numbers += 1
        code, moved = f"PX-2026-{self.numbers:06d}", closes_at - CLOSES
        project = await self._project(closes_at)
        published = None if state == "draft" else closes_at - timedelta(days=5)
        notice = await self.add(
            "notice", code=code, project=project, owner=self.owner, item=self.item, division="990100",
            trade="construction", state=state, title="示例公告", scope="-", method=method, ruleset=ruleset,
            practice=ruleset.startswith("practice"), public_funds=True, ceiling_fen=60_000, time_limit_days=10,
            qualifications=json.dumps(list(qualifications)), recusals="[]", contact_name="-", contact_phone="-",
            **self._direct(direct), least=least, drain_seconds=10, suite=suite,
            version=1, drafted_at=closes_at - timedelta(days=6), published_at=published,
            opens_at=closes_at - timedelta(days=5), closes_at=closes_at, reveal_by=REVEAL_BY + moved,
            draw_at=DRAW_AT + moved, next_check_at=None if state == "draft" else closes_at + DRAIN,
        )  # fmt: skip
        body = a_body(code, closes_at, () if method == "direct" else keepers, suite)
        body |= some_terms(method, direct, beacons, quote_key)
        if state != "draft":
            await self.publish(notice, body, suite, published or closes_at)
        for uscc in self.agencies if registrants is None else registrants:
            await self.register(notice, uscc, closes_at - timedelta(days=1))
        await self.seal_all(notice, Bound(code, "", suite), quotes or {}, quote_key)
        return Built(notice, code, self.owner, dict(self.agencies), dict(self.organisations), f"{code}.1")

    async def _project(self, now: datetime) -> int:
        return self.project or await self.add(
            "project", owner=self.owner, name="示例", project_code=f"2026-990100-48-01-{self.numbers:06d}",
            division="990100", funds="[]", public_funds=True, approving_authority="-", approval_document="-",
            created_at=now,
        )  # fmt: skip

    def _direct(self, uscc: str | None) -> dict[str, Any]:
        if uscc is None:
            return {}
        return {"direct_ground": "failed_twice", "direct_reason": "-", "direct_agency": self.agencies[uscc]}

    async def awaiting_draw(self) -> Built:
        """Make a notice that only has to be drawn, without taking its steps one by one."""
        built = await self.notice(state="opening")
        hashed = await self.connection.fetchval("select hash from notice_version where notice = $1", built.id)
        lists = [{"label": "agency", "entries": [{"id": uscc, "w": 1} for uscc in sorted(self.agencies)]}]
        secrets = [{"by": keeper, "secret": SECRETS[keeper]} for keeper in KEEPERS]
        pooled, kept = pool_hash(hashed, lists), secrets_hash(hashed, secrets)
        await self.add("pool", notice=built.id, lists=json.dumps(lists), hash=pooled, frozen_at=FREEZE)
        await self.add("draw_input", notice=built.id, secrets=json.dumps(secrets), hash=kept, frozen_at=REVEAL_BY)
        await self.add("beacon", kind="practice", event=built.event, value=BEACON, published_at=DRAW_AT)
        return built

    async def publish(self, notice: int, body: dict[str, Any], suite: str, now: datetime) -> None:
        """Write what was published and the promises in it."""
        await self.add(
            "notice_version", notice=notice, number=1, body=canonical(body).decode(), hash=digest(body, suite),
            published_at=now,
        )  # fmt: skip
        for promise in body["commits"]:
            await self.add(
                "draw_commitment", notice=notice, keeper=promise["by"], commitment=promise["commit"], made_at=now
            )

    async def seal_all(self, notice: int, bound: Bound, quotes: Mapping[str, int], public: str) -> None:
        """Seal quotes for registrations, whatever the rules would say of them."""
        for uscc, fen in quotes.items():
            sql = "select id from registration where notice = $1 and uscc = $2"
            registration = await self.connection.fetchval(sql, notice, uscc)
            _, sealed = seal(fen, replace(bound, agency=uscc), public)
            known = {"commitment": sealed.commitment, "sealed": sealed.text}
            await self.add("sealed_quote", registration=registration, notice=notice, **known)

    async def register(self, notice: int, uscc: str, now: datetime) -> int:
        """Enter an agency for 600.00."""
        return await self.add(
            "registration", notice=notice, agency=self.agencies[uscc], uscc=uscc, guide=self.guides[uscc],
            price_fen=60_000, state="registered", receipt=f"R{notice}-{uscc}", entry_index=0,
            registered_by=self.person, registered_at=now,
        )  # fmt: skip


def a_body(code: str, closes_at: datetime, keepers: Sequence[str], suite: str) -> dict[str, Any]:
    """Return the hashed notice of a practice draw; without keepers, of a direct selection."""
    moved = closes_at - CLOSES
    beacon = {"kind": "practice", "event": f"{code}.1", "at": rfc3339(DRAW_AT + moved)}
    return {
        "d": "fair-draw/1 notice", "suite": suite, "id": code, "title": "示例公告", "practice": True,
        "opens_at": rfc3339(closes_at - timedelta(days=5)), "closes_at": rfc3339(closes_at),
        "reveal_by": rfc3339(REVEAL_BY + moved), "lists": [{"label": "agency", "take": 1}],
        "commits": [
            {"by": keeper, "commit": commitment(code, keeper, SECRETS[keeper], suite)} for keeper in keepers
        ],
        "beacons": [beacon] if keepers else [],
    }  # fmt: skip


def some_terms(method: str, direct: str | None, beacons: Sequence[dict[str, Any]], quote_key: str) -> dict[str, Any]:
    """Return what a notice says besides: its price and ground, other beacons than practice, how quotes are taken."""
    said: dict[str, Any] = {"ceiling_fen": 60_000, "direct": {"ground": "failed_twice"} if direct else None}
    said |= {"beacons": list(beacons)} if beacons else {}
    if quote_key:
        said |= {"method": method, "quote_key": quote_key, "floor": {"fen": FLOOR, "reason": "-"}}
    return said


def a_uscc(number: int) -> str:
    """Return a made-up code with a right check digit."""
    return with_check_digit(f"91990000{number:09d}")


async def opened(notice: Built) -> Built:
    """Bring a notice to the point where only its beacon is missing."""
    await service.freeze(notice.id, now=FREEZE)
    for keeper in KEEPERS:
        await service.reveal(keeper, notice.id, SECRETS[keeper], now=FREEZE + SECOND)
    await service.freeze_inputs(notice.id, now=FREEZE + 2 * SECOND)
    return notice


async def drawn(notice: Built) -> Built:
    """Bring a notice into its standstill."""
    await opened(notice)
    await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT)
    await service.draw(notice.id, now=DRAW_AT)
    return notice


@asynccontextmanager
async def a_city(database: Database, agencies: int = 5) -> AsyncIterator[City]:
    """Open a city of admitted agencies."""
    connection = await asyncpg.connect(database.url("market_owner"))
    try:
        city = City(connection)
        await city.found(agencies)
        yield city
    finally:
        await connection.close()


def day(text: str) -> date:
    """Read a date."""
    return date.fromisoformat(text)
