"""
Builders of projects, notices and registrations, by the services that real owners and agencies use.

Agencies, items and guides arrive whole, written by the owner of the schema; what a test is about is done by acts.
"""

import itertools
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg

from market.kernel.divisions import SAMPLE
from market.kernel.roles import Actor, Role, Scope
from market.kernel.rulesets.schema import Funds, Method
from market.kernel.times import ZONE
from market.kernel.uscc import with_check_digit
from market.notices import service as notices
from market.notices.rules.asked import Conditions, FundShare, Needs, NewDraft, NewProject
from market.notices.rules.publication import KEEPERS
from tests.server import Database

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)  # a Tuesday
MODEL_CLOSES = datetime(2026, 11, 30, 17, 0, tzinfo=ZONE)  # three whole working days after NOW, then the deadline
CLOSES = NOW + timedelta(minutes=5)
SECOND = timedelta(seconds=1)
PRACTICE, MODEL = "practice-2026", "model-2026"
BEACON = {"kind": "cwl-kl8", "event": "2026320", "else": ["2026321"], "at": "2026-11-30T21:30:00+08:00"}
_numbers = itertools.count(1)


def a_uscc() -> str:
    """Return a new made-up code with a right check digit."""
    return with_check_digit(f"91990000{next(_numbers):09d}")


def a_project(**changes: Any) -> NewProject:
    """Return a project paid by public money alone."""
    facts: dict[str, Any] = {
        "name": "示例河道治理项目",
        "project_code": f"2026-990102-48-01-{next(_numbers):06d}",
        "division": "990102",
        "funds": (FundShare(Funds.FISCAL_FUNDS, 100),),
        "approving_authority": "映月区示例审批局",
        "approval_document": "示例发改〔2026〕1 号",
    }
    return NewProject(**{**facts, **changes})


def some_needs(**changes: Any) -> Needs:
    """Return a need of 386,000 yuan to be drawn."""
    facts: dict[str, Any] = {
        "title": "示例河道治理项目造价咨询",
        "scope": "编制工程量清单和最高限价。",
        "ceiling_fen": 38_600_000,
        "floor_fen": None,
        "floor_reason": "",
        "time_limit_days": 30,
        "method": Method.RANDOM_DRAW,
        "direct": None,
    }
    return Needs(**{**facts, **changes})


def some_conditions(**changes: Any) -> Conditions:
    """Return conditions without recusals that close five minutes on."""
    facts: dict[str, Any] = {
        "qualifications": ("COST_A",),
        "recusals": (),
        "contact_name": "张示例",
        "contact_phone": "0516-00000001",
        "exception": None,
        "opens_at": None,
        "closes_at": CLOSES,
    }
    return Conditions(**{**facts, **changes})


@dataclass(frozen=True, slots=True)
class Entrant:
    """An admitted agency with its papers."""

    id: int
    uscc: str
    actor: Actor
    guide: int


@dataclass(slots=True)
class Place:
    """A city with one owner, one item, a regulator and as many agencies as a test asks for."""

    connection: asyncpg.Connection
    now: datetime = NOW
    person: int = 0
    item: int = 0
    owner: Actor = field(default_factory=lambda: Actor(Role.OWNER, ""))
    owner_uscc: str = ""
    regulator: Actor = field(default_factory=lambda: Actor(Role.REGULATOR, ""))
    quote_key: str | None = None

    async def add(self, table: str, **columns: Any) -> int:
        """Insert one row and return its key."""
        names = ", ".join(f'"{name}"' for name in columns)
        places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
        found: int = await self.connection.fetchval(
            f"insert into {table} ({names}) values ({places}) returning id", *columns.values()
        )
        return found

    async def actor(self, role: Role, uscc: str = "") -> Actor:
        """Make an organisation and return who acts for it."""
        organisation = await self.add(
            "organisation", kind=str(role), uscc=uscc or a_uscc(), name=f"示例单位{next(_numbers)}", division="990102",
            created_at=NOW, sample=False,
        )  # fmt: skip
        scopes = (Scope("990100", "construction"),) if role is Role.REGULATOR else ()
        return Actor(role, "示例人", self.person, organisation, "990102", scopes)

    async def found(self) -> None:
        """Make the people and the item."""
        self.person = await self.add("person", login="a@b.test", name="示例人", password_hash="x", created_at=NOW)
        self.owner_uscc = a_uscc()
        self.owner = await self.actor(Role.OWNER, self.owner_uscc)
        self.regulator = await self.actor(Role.REGULATOR)
        self.item = await self.an_item()

    async def an_item(self, code: str = "ZJ-001", **changes: Any) -> int:
        """Make an item in force that asks for one qualification."""
        facts: dict[str, Any] = {
            "code": code, "name": "工程造价咨询", "name_en": "Cost", "trade": "construction", "family": "cost",
            "state": "listed", "approval": "示例审批", "authority_trade": "construction", "fee_basis": "fixed",
            "ceiling_days": 30, "lawful": False, "compulsory": False, "prior": False, "paid": False, "proposed_at": NOW,
            "published_at": NOW,
        }  # fmt: skip
        item = await self.add("item", **{**facts, **changes})
        await self.add("item_qualification", item=item, code="COST_A", name="示例造价资质")
        return item

    async def an_agency(
        self,
        *,
        state: str = "admitted",
        held: str | None = "COST_A",
        valid_until: date = date(2029, 12, 31),
        guide_max_fen: int | None = 30_000_000,
        controller: str | None = None,
    ) -> Entrant:
        """Make an agency with a verified qualification and a published guide."""
        uscc = a_uscc()
        actor = await self.actor(Role.AGENCY, uscc)
        agency = await self.add(
            "agency", organisation=actor.organisation_id, uscc=uscc, name=f"示例咨询{uscc[-5:]}", division="990102",
            state=state, legal_representative="示例", contact_name="示例", contact_phone="-", introduction="-",
            applied_at=NOW, admitted_at=NOW,
        )  # fmt: skip
        if held:
            await self.add(
                "qualification", agency=agency, code=held, number=uscc, issued_by="-", issued_on=date(2024, 1, 1),
                valid_until=valid_until, submitted_at=NOW, verified_at=NOW,
            )  # fmt: skip
        if controller:
            await self.add(
                "related_party", agency=agency, kind="controller", name="示例控股", identifier=controller,
                share_percent=60, declared_at=NOW, verified=True,
            )  # fmt: skip
        guide = 0 if guide_max_fen is None else await self.a_guide(agency, guide_max_fen)
        return Entrant(agency, uscc, actor, guide)

    async def a_guide(self, agency: int, fee_max_fen: int) -> int:
        """Publish a guide of an agency for the item."""
        return await self.add(
            "guide", agency=agency, item=self.item, version=1, state="published", conditions="-", steps="[]",
            time_limit_days=10, fee_kind="fixed", fee=json.dumps({"amount_fen": fee_max_fen}), fee_max_fen=fee_max_fen,
            materials="-", deliverables="-", contact="-", plain_words="-", drafted_at=NOW, published_at=NOW, hash="00",
        )  # fmt: skip

    async def a_draft(
        self,
        *,
        ruleset: str = PRACTICE,
        project: NewProject | None = None,
        needs: Needs | None = None,
        conditions: Conditions | None = None,
        committed: Sequence[str] = KEEPERS,
        item_code: str = "ZJ-001",
    ) -> str:
        """Draft a notice through its steps, with the keepers' commitments."""
        known = await notices.add_project(project or a_project(), actor=self.owner, now=self.now, known=SAMPLE)
        code = await notices.draft(NewDraft(known, item_code), actor=self.owner, now=self.now, ruleset=ruleset)
        await notices.save_needs(code, needs or some_needs(), actor=self.owner)
        closes_at = self.now + timedelta(minutes=5) if ruleset == PRACTICE else MODEL_CLOSES
        await notices.save_conditions(code, conditions or some_conditions(closes_at=closes_at), actor=self.owner)
        draft = await notices.draft_of(code, self.owner)
        for place, keeper in enumerate(committed, 1):
            await notices.commit(keeper, draft.id, f"{place:02x}" * 32, now=self.now)
        return code

    async def an_open_notice(self, **facts: Any) -> str:
        """Publish a practice notice that closes five minutes on."""
        code = await self.a_draft(**facts)
        await notices.publish(code, actor=self.owner, now=self.now, declared=True, quote_key=self.quote_key)
        return code

    async def freeze(self, code: str, *, at: datetime = CLOSES + 10 * SECOND) -> None:
        """Freeze the pool of a notice as the worker would, after whoever is registering."""
        async with self.connection.transaction():
            notice = await self.connection.fetchval("select id from notice where code = $1 for update", code)
            rows = await self.connection.fetch(
                "select uscc from registration where notice = $1 and state <> 'withdrawn' order by uscc", notice
            )
            lists = json.dumps([{"label": "agency", "entries": [{"id": row["uscc"], "w": 1} for row in rows]}])
            await self.add("pool", notice=notice, lists=lists, hash="00", frozen_at=at)
            await self.connection.execute(
                "update notice set state = 'closed', closed_at = $2, pool_size = $3 where id = $1",
                notice,
                at,
                len(rows),
            )

    async def state(self, code: str, state: str) -> None:
        """Put a notice into a state, whatever the lifecycle says."""
        await self.connection.execute("alter table notice disable trigger user")
        await self.connection.execute(
            "update notice set state = $2, ended_at = $3, end_reason = 'test', ended_by = 'owner',"
            " annulment_decision = 'test', published_at = coalesce(published_at, $3) where code = $1",
            code,
            state,
            NOW,
        )
        await self.connection.execute("alter table notice enable trigger user")


@asynccontextmanager
async def a_place(database: Database, now: datetime = NOW) -> AsyncIterator[Place]:
    """Open a city whose rows are written by the owner of the schema."""
    connection = await asyncpg.connect(database.url("market_owner"))
    try:
        place = Place(connection, now)
        await place.found()
        yield place
    finally:
        await connection.close()
