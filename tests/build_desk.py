"""
A small market for the pages of the desk: items, agencies, guides and notices in every state.

Rows arrive whole, written by the owner of the schema, as the sample city's do. Names are made up.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg

from tests.server import Database

HASH = "0" * 64


@dataclass(slots=True)
class City:
    """A connection of the schema's owner, and what was built with it."""

    connection: asyncpg.Connection
    now: datetime
    owner: int = 0
    project: int = 0
    items: dict[str, int] = field(default_factory=dict)
    agencies: list[int] = field(default_factory=list)

    async def add(self, table: str, **values: object) -> int:
        """Insert one row and return its key."""
        names = ", ".join(f'"{name}"' for name in values)
        places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
        sql = f'insert into "{table}" ({names}) values ({places}) returning id'
        key: int = await self.connection.fetchval(sql, *values.values())
        return key

    async def organisation(self, kind: str, number: int, name: str) -> int:
        """Add an organisation."""
        code = f"9199000000{number:08d}"
        return await self.add(
            "organisation", kind=kind, uscc=code, name=name, division="990102", created_at=self.now, sample=False
        )

    async def item(self, code: str, name: str, state: str, **changes: object) -> int:
        """Add a catalogue item; a mandatory one with a clause that was read."""
        four = dict.fromkeys(("lawful", "compulsory", "prior", "paid"), True)
        law = {
            "law": "示例法",
            "article": f"第{len(self.items) + 1}条",
            "clause": "应当委托。",
            "source_url": "https://law.example",
        }
        usual = {
            "code": code, "name": name, "name_en": code, "trade": "water", "family": "water", "state": state,
            "approval": "示例审批", "authority_trade": "water", "fee_basis": "fixed", "ceiling_days": 30,
            "proposed_at": self.now, "published_at": self.now, "read_on": self.now.date(), **four, **law,
        }  # fmt: skip
        if state == "abolished":
            usual |= {"abolished_at": self.now, "abolition_reason": "法律依据已废止"}
        self.items[code] = await self.add("item", **usual | changes)
        return self.items[code]

    async def agency(self, number: int, name: str, state: str = "admitted", **changes: object) -> int:
        """Add an agency with its organisation."""
        usual = {
            "organisation": await self.organisation("agency", number, name), "uscc": f"9199000000{number:08d}",
            "name": name, "division": "990103", "state": state, "legal_representative": "示例", "contact_name": "示例",
            "contact_phone": "000-0000", "introduction": "示例", "applied_at": self.now,
            "admitted_at": self.now if state in ("admitted", "suspended") else None,
        }  # fmt: skip
        self.agencies.append(await self.add("agency", **usual | changes))
        return self.agencies[-1]

    async def guide(self, agency: int, item: str, state: str = "published", **changes: object) -> int:
        """Add a guide."""
        usual = {
            "agency": agency, "item": self.items[item], "version": 1, "state": state, "conditions": "示例",
            "steps": "[]", "time_limit_days": 20, "fee_kind": "fixed", "fee": "{}", "fee_max_fen": 5_000_000,
            "materials": "示例", "deliverables": "示例", "contact": "示例", "plain_words": "示例",
            "drafted_at": self.now, "published_at": self.now, "hash": HASH,
        }  # fmt: skip
        return await self.add("guide", **usual | changes)

    async def notice(self, code: str, title: str, item: str, state: str = "open", **changes: object) -> int:
        """Add a published notice whose times lie around now."""
        opened = self.now - timedelta(days=5)
        closes = self.now + timedelta(days=2) if state == "open" else self.now - timedelta(hours=2)
        ended = state in ("failed", "withdrawn", "annulled")
        usual = {
            "code": code, "project": self.project, "owner": self.owner, "item": self.items[item],
            "division": "990102", "trade": "water", "state": state, "title": title, "scope": "示例",
            "method": "random_draw", "ruleset": "model-2026", "practice": False, "public_funds": True,
            "ceiling_fen": 10_000_000, "time_limit_days": 20, "qualifications": "[]", "recusals": "[]",
            "contact_name": "示例", "contact_phone": "000-0000", "least": 1, "drain_seconds": 5, "suite": "sha256",
            "version": 1, "drafted_at": opened, "published_at": opened, "opens_at": opened, "closes_at": closes,
            "reveal_by": closes + timedelta(minutes=30), "draw_at": closes + timedelta(hours=18),
            "pool_size": None if state in ("draft", "open", "withdrawn") else 3,
            "ended_at": self.now if ended else None, "end_reason": "示例原因" if ended else None,
            "ended_by": "owner" if state == "withdrawn" else None,
        }  # fmt: skip
        if state in ("standstill", "awarded"):
            usual["standstill_ends_at"] = self.now + timedelta(days=1)
        if state == "awarded":
            usual |= {"awarded_at": self.now, "standstill_ends_at": self.now - timedelta(days=1)}
        if state == "draft":
            usual |= dict.fromkeys(("published_at", "opens_at", "closes_at", "reveal_by", "draw_at"))
        return await self.add("notice", **usual | changes)

    async def award(self, notice: int, agency: int, guide: int, amount_fen: int, at: datetime) -> int:
        """Add the confirmed award of a notice with the draw behind it."""
        await self.add("pool", notice=notice, lists="[]", hash=HASH, frozen_at=at)
        await self.add("draw_input", notice=notice, secrets="[]", hash=HASH, frozen_at=at)
        await self.add("draw", notice=notice, bundle="{}", result_hash=HASH, drawn_at=at)
        registration = await self.registration(notice, agency, guide, amount_fen, "confirmed")
        return await self.add(
            "award", notice=notice, registration=registration, agency=agency, amount_fen=amount_fen, place=1,
            state="confirmed", proposed_at=at, standstill_ends_at=at, confirmed_at=at,
        )  # fmt: skip

    async def registration(self, notice: int, agency: int, guide: int, price_fen: int, state: str) -> int:
        """Add a registration."""
        person = await self.add(
            "person", login=f"r{notice}a{agency}@market.example", name="示例", password_hash="x", created_at=self.now
        )
        uscc = await self.connection.fetchval("select uscc from agency where id = $1", agency)
        return await self.add(
            "registration", notice=notice, agency=agency, uscc=uscc, guide=guide, price_fen=price_fen, state=state,
            receipt=f"R-{notice}-{agency}", entry_index=0, registered_by=person, registered_at=self.now,
        )  # fmt: skip

    async def act(self) -> None:
        """Let the log grow by one entry."""
        body = json.dumps({"type": "test"}).encode()
        await self.connection.execute("select ledger_append($1, 'test', 'test', $2)", self.now, body)


async def city(database: Database, now: datetime) -> City:
    """Begin a city with an owner, a project and three items; close its connection when done."""
    built = City(await asyncpg.connect(database.url("market_owner")), now)
    built.owner = await built.organisation("owner", 1, "云湖市示例水务中心")
    built.project = await built.add(
        "project", owner=built.owner, name="示例河道治理工程", project_code="2611-990102-04-01-000001",
        division="990102", funds="[]", public_funds=True, approving_authority="示例局",
        approval_document="示例〔2026〕1号", created_at=now,
    )  # fmt: skip
    await built.item("ZJ901", "示例水土保持方案编制", "mandatory")
    await built.item("ZJ902", "示例环境影响报告编制", "listed", family="environment")
    await built.item("ZJ903", "示例节能报告编制", "abolished", family="energy")
    return built
