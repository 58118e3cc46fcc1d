"""Builders of the catalogue, of agencies and of their guides; every field has a sensible default."""

import itertools
from datetime import date, datetime
from typing import Any

from market import db
from market.agencies import queries
from market.agencies import service as agencies
from market.agencies.rules import Claim, Identity, Letter, Party, PartyKind
from market.catalogue import service as catalogue
from market.catalogue.rules import Needed, Proposal
from market.catalogue.states import ItemAction
from market.guides import service as guides
from market.guides.fees import Fee, Fixed
from market.guides.rules import Content, Step
from market.kernel.roles import Actor, Role, Scope
from market.kernel.times import ZONE
from market.kernel.uscc import with_check_digit

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=ZONE)  # a Wednesday
RULESET = "model-2026"
_numbers = itertools.count(1)


def at(text: str) -> datetime:
    """Return a Beijing moment such as ``2026-11-25 10:00:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


async def an_actor(role: Role, *, trades: tuple[str, ...] = (), name: str = "示例单位") -> Actor:
    """Make an organisation with one person and return who acts for it."""
    number = next(_numbers)
    uscc = with_check_digit(f"91990000MA{number:07d}")
    organisation = await db.value(
        "insert into organisation (kind, uscc, name, division, trade, created_at, sample)"
        " values ($1, $2, $3, '990102', null, $4, false) returning id",
        str(role),
        uscc,
        f"{name}{number}",
        NOW,
    )
    person = await db.value(
        "insert into person (login, name, password_hash, created_at) values ($1, '示例人', 'x', $2) returning id",
        f"person{number}@example.test",
        NOW,
    )
    await db.execute(
        "insert into membership (person, organisation, manager, created_at) values ($1, $2, true, $3)",
        person,
        organisation,
        NOW,
    )
    scopes = tuple(Scope("990100", trade) for trade in trades) or (Scope("990100"),)
    return Actor(role, "示例人", person, organisation, "990102", scopes if role is Role.REGULATOR else ())


def a_proposal(**changes: Any) -> Proposal:
    """Describe an item whose four tests hold and whose clause was read."""
    facts: dict[str, Any] = {
        "code": f"ZJ{next(_numbers):03d}",
        "name": "示例评价报告编制",
        "name_en": "Sample assessment report",
        "trade": "ecology",
        "family": "environment",
        "approval": "示例审批",
        "authority_trade": "ecology",
        "fee_basis": "fixed",
        "ceiling_days": 30,
        "lawful": True,
        "compulsory": True,
        "prior": True,
        "paid": True,
        "law": "示例法",
        "article": "第一条",
        "clause": "应当委托中介服务机构编制。",
        "source_url": "https://example.test/law",
        "read_on": date(2026, 11, 24),
        "qualifications": (Needed("eia_filing", "示例备案"),),
    }
    return Proposal(**{**facts, **changes})


async def an_item(action: ItemAction = ItemAction.LIST, **changes: Any) -> tuple[int, str]:
    """Propose an item and give it an outcome; return its key and code."""
    regulator = await an_actor(Role.REGULATOR)
    proposal = a_proposal(**changes)
    item_id = await catalogue.propose(proposal, actor=regulator, now=NOW)
    await catalogue.decide(proposal.code, action, actor=regulator, now=NOW)
    return item_id, proposal.code


def a_claim(**changes: Any) -> Claim:
    """Describe a qualification that is valid for years."""
    facts: dict[str, Any] = {
        "code": "eia_filing",
        "number": f"EIA-{next(_numbers)}",
        "issued_by": "示例局",
        "issued_on": date(2024, 1, 1),
        "valid_until": date(2029, 12, 31),
    }
    return Claim(**{**facts, **changes})


def a_letter(**changes: Any) -> Letter:
    """Describe an accepted commitment letter."""
    facts: dict[str, Any] = {
        "ruleset": RULESET,
        "service_email": "service@example.test",
        "service_address": "云湖市映月区示例路 1 号",
        "accepted": True,
    }
    return Letter(**{**facts, **changes})


AN_IDENTITY = Identity("示例咨询有限公司", "示例法人", "示例联系人", "0516-00000001", "示例简介")
A_CONTROLLER = Party(PartyKind.CONTROLLER, "示例控股人", "990102199001010011", 60)


async def an_applicant(*claims: Claim) -> tuple[Actor, str]:
    """Make an application that is ready to submit; return its actor and code."""
    actor = await an_actor(Role.AGENCY)
    await agencies.save_identity(AN_IDENTITY, actor=actor, now=NOW)
    for claim in claims:
        await agencies.add_claim(claim, actor=actor, now=NOW)
    await agencies.add_party(A_CONTROLLER, actor=actor, now=NOW)
    view = await agencies.application(actor)
    return actor, view.organisation["uscc"]


async def an_agency(*claims: Claim, now: datetime = NOW) -> tuple[Actor, str, int]:
    """Admit an agency with its qualifications verified; return its actor, code and key."""
    actor, uscc = await an_applicant(*(claims or (a_claim(),)))
    await agencies.submit(a_letter(), actor=actor, now=now)
    operator = await an_actor(Role.OPERATOR)
    found = await queries.by_uscc(uscc)
    assert found is not None
    chosen = [row["id"] for row in await queries.unverified(found["id"])]
    await agencies.admit(uscc, chosen, actor=operator, now=now)
    return actor, uscc, found["id"]


def a_content(fee: Fee | None = None, **changes: Any) -> Content:
    """Describe a guide."""
    facts: dict[str, Any] = {
        "conditions": "立项文件齐备。",
        "steps": (Step("签订合同", 1, ""), Step("编制报告", 15, "含现场调查。")),
        "time_limit_days": 20,
        "fee": fee or Fixed(8_600_000),
        "materials": "立项文件",
        "deliverables": "报告书一式三份",
        "contact": "示例联系人 0516-00000001",
        "plain_words": "我们帮您写报告，二十个工作日交付。",
    }
    return Content(**{**facts, **changes})


async def a_guide(actor: Actor, item_code: str, content: Content | None = None, *, now: datetime = NOW) -> int:
    """Draft and publish a guide, and return its key."""
    guide_id = await guides.draft(item_code, content or a_content(), actor=actor, now=now)
    await guides.publish(guide_id, actor=actor, now=now)
    return guide_id


async def kinds_told(actor: Actor) -> list[str]:
    """Return the kinds of the messages an organisation got, in order."""
    rows = await db.fetch("select kind from message where organisation = $1 order by id", actor.organisation_id)
    return [row["kind"] for row in rows]
