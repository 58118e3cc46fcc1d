"""
The catalogue for programs: items with their legal basis, and the mandatory list.

The rows are the ones of the public lists; what is abolished stays findable.
"""

from datetime import date, datetime

from litestar import get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from market.accounts.guards import PUBLIC_ROUTE
from market.catalogue import service
from market.catalogue.rules import ItemQuery, ItemView, Proposal
from market.catalogue.states import ItemState
from market.lists import PAGE_SIZE
from market.problems import refusals
from market.visit import Visit


class ItemRow(Struct):
    """One item of a list."""

    code: str
    name: str
    state: str
    trade: str
    approval: str
    fee_basis: str
    ceiling_days: int
    basis_read: bool
    guides: int


class Page(Struct):
    """One page of a list; ``total`` counts all pages."""

    total: int
    rows: list[ItemRow]


class Needed(Struct):
    """A qualification an item asks for."""

    code: str
    name: str


class Item(Struct):
    """One item with its basis; without ``basis_read`` it is never mandatory."""

    code: str
    name: str
    name_en: str
    state: str
    trade: str
    approval: str
    fee_basis: str
    ceiling_days: int
    basis_read: bool
    law: str | None
    article: str | None
    clause: str | None
    source_url: str | None
    read_on: date | None
    valid_from: date | None
    valid_until: date | None
    published_at: datetime | None
    abolished_at: datetime | None
    abolition_reason: str | None
    qualifications: list[Needed]


@get("/api/v1/items", opt=PUBLIC_ROUTE, tags=["catalogue"], responses=refusals(400))
async def items(
    outcome: FromQuery[str] = "", trade: FromQuery[str] = "", word: FromQuery[str] = "", page: FromQuery[int] = 1
) -> Page:
    """List the items of the catalogue, fifty at a time."""
    return await _page(ItemQuery(outcome, trade, word.strip()[:60]), page)


@get("/api/v1/mandatory", opt=PUBLIC_ROUTE, tags=["catalogue"], responses=refusals(400))
async def mandatory(page: FromQuery[int] = 1) -> Page:
    """List the mandatory items; nothing else may be demanded of an applicant."""
    return await _page(ItemQuery(outcome=str(ItemState.MANDATORY)), page)


@get("/api/v1/items/{code:str}", opt=PUBLIC_ROUTE, tags=["catalogue"], responses=refusals(404))
async def item(visit: Visit, code: FromPath[str]) -> Item:
    """Give one item with its legal basis."""
    return _item(await service.view_by_code(code, visit.actor))


async def _page(query: ItemQuery, number: int) -> Page:
    offset = (min(max(number, 1), 100_000) - 1) * PAGE_SIZE
    found = await service.listed(query, limit=PAGE_SIZE, offset=offset)
    rows = [ItemRow(**{name: row[name] for name in ItemRow.__struct_fields__}) for row in found]
    return Page(found[0]["total"] if found else 0, rows)


def _item(found: ItemView) -> Item:
    stated = set(Item.__struct_fields__) & set(Proposal.__dataclass_fields__) - {"qualifications"}
    return Item(
        **{name: getattr(found.facts, name) for name in stated},
        state=str(found.state),
        basis_read=found.basis_read,
        published_at=found.published_at,
        abolished_at=found.abolished_at,
        abolition_reason=found.abolition_reason,
        qualifications=[Needed(each.code, each.name) for each in found.facts.qualifications],
    )


ROUTES = (items, mandatory, item)
