"""
Service guides for programs: what binds, every version, and writing one.

The content of a version, as given here, is what its fingerprint covers.
"""

from datetime import datetime
from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from market.accounts.guards import PUBLIC_ROUTE, needs
from market.guides import rules, service
from market.guides.queries import GuideQuery
from market.guides.rules import GuideView
from market.kernel.roles import Role
from market.lists import PAGE_SIZE
from market.problems import refusals
from market.respond import sent
from market.visit import Visit

AGENCY = [needs(Role.AGENCY)]
ACT = refusals(400, 401, 403, 404, 409, 422)


class GuideRow(Struct):
    """One guide of the list; the maximum in fen."""

    id: int
    uscc: str
    agency: str
    item_code: str
    item: str
    version: int
    time_limit_days: int
    fee_kind: str
    fee_max_fen: int
    published_at: datetime
    hash: str


class Page(Struct):
    """One page of the list; ``total`` counts all pages."""

    total: int
    rows: list[GuideRow]


class Version(Struct):
    """One version with its whole content."""

    id: int
    uscc: str
    item: str
    version: int
    state: str
    fee_max_fen: int
    published_at: datetime | None
    hash: str | None
    content: dict[str, Any]


class Step(Struct, forbid_unknown_fields=True):
    """One step; 0 days do not count."""

    title: str
    days: int
    note: str = ""


class Draft(Struct, forbid_unknown_fields=True):
    """A guide; ``fee`` holds the fields of its kind, as on the form: amount, most, unit, each, quantity, base …"""

    item: str
    conditions: str
    steps: list[Step]
    time_limit_days: int
    fee_kind: str
    fee: dict[str, str]
    materials: str
    deliverables: str
    contact: str
    plain_words: str


class Saved(Struct):
    """The key of the draft."""

    id: int


@get("/api/v1/guides", opt=PUBLIC_ROUTE, tags=["guides"], responses=refusals(400))
async def guides(item: FromQuery[str] = "", word: FromQuery[str] = "", page: FromQuery[int] = 1) -> Page:
    """List the guides that bind, fifty at a time."""
    offset = (min(max(page, 1), 100_000) - 1) * PAGE_SIZE
    found = await service.listed(GuideQuery(item=item, word=word.strip()[:60]), limit=PAGE_SIZE, offset=offset)
    rows = [GuideRow(**{name: row[name] for name in GuideRow.__struct_fields__}) for row in found]
    return Page(found[0]["total"] if found else 0, rows)


@get("/api/v1/guides/{uscc:str}/{item_code:str}", opt=PUBLIC_ROUTE, tags=["guides"], responses=refusals(404))
async def versions(uscc: FromPath[str], item_code: FromPath[str]) -> list[Version]:
    """Give every version ever published, the newest first."""
    return [_version(each) for each in await service.versions(uscc, item_code)]


@post("/api/v1/guides", guards=AGENCY, tags=["guides"], responses=ACT)
async def draft(visit: Visit, data: JSONBody[Draft]) -> Saved:
    """Save a draft."""
    values = msgspec.structs.asdict(data)
    for number, step in enumerate(data.steps, 1):
        for name, value in msgspec.structs.asdict(step).items():
            values[f"step_{number}_{name}"] = value
    del values["steps"], values["fee"]
    content = rules.parse_content(sent(values | data.fee))
    return Saved(await service.draft(data.item, content, actor=visit.actor, now=visit.now))


@post("/api/v1/guides/{guide_id:int}/publish", guards=AGENCY, tags=["guides"], responses=ACT)
async def publish(visit: Visit, guide_id: FromPath[int]) -> Version:
    """Publish a draft: from now on it binds."""
    return _version(await service.publish(guide_id, actor=visit.actor, now=visit.now))


def _version(guide: GuideView) -> Version:
    return Version(
        guide.id,
        guide.uscc,
        guide.item_code,
        guide.version,
        str(guide.state),
        guide.fee_max_fen,
        guide.published_at,
        guide.hash,
        rules.content_data(guide.content),
    )


ROUTES = (guides, versions, draft, publish)
