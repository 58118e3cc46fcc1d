"""
Every query of the catalogue.

Lists are one statement each and count as they read; a proposal never appears
in them, because nobody has decided yet what it is.
"""

from datetime import datetime

from asyncpg import Record

from market import db
from market.catalogue.rules import ItemQuery, ItemView, Needed, Proposal
from market.catalogue.states import ItemState

FACTS = (
    "code, name, name_en, trade, family, approval, authority_trade, fee_basis, ceiling_days, lawful, compulsory, prior,"
    " paid, law, article, clause, source_url, read_on, valid_from, valid_until, note"
)


async def get(item_id: int) -> ItemView | None:
    """Return one item by its key."""
    return await _view("id = $1", item_id)


async def by_code(code: str) -> ItemView | None:
    """Return one item by its code."""
    return await _view("code = $1", code)


async def names() -> list[tuple[str, str]]:
    """Return code and name of every item that ever had an outcome, by name."""
    rows = await db.fetch("select code, name from item where state <> 'proposed' order by name")
    return [(row["code"], row["name"]) for row in rows]


async def locked(code: str) -> ItemView | None:
    """Return one item and keep it as it is until the transaction ends."""
    return await _view("code = $1 for update", code)


async def insert(proposal: Proposal, *, by: int | None, now: datetime) -> int | None:
    """Insert a proposed item with its qualifications; None if its code is taken."""
    given = [getattr(proposal, name) for name in FACTS.replace(" ", "").split(",")]
    places = ", ".join(f"${place}" for place in range(3, len(given) + 3))
    item_id: int | None = await db.value(
        f"insert into item (state, proposed_by, proposed_at, {FACTS}) values ('proposed', $1, $2, {places})"
        " on conflict (code) do nothing returning id",
        by,
        now,
        *given,
    )
    if item_id is not None:
        for needed in proposal.qualifications:
            await db.execute(
                "insert into item_qualification (item, code, name) values ($1, $2, $3)",
                item_id,
                needed.code,
                needed.name,
            )
    return item_id


async def publish(item_id: int, after: ItemState, *, now: datetime) -> bool:
    """Give a proposed item its outcome; False if it is not proposed any more."""
    tag = await db.execute(
        "update item set state = $2, published_at = $3 where id = $1 and state = 'proposed'", item_id, str(after), now
    )
    return tag == "UPDATE 1"


async def abolish(item_id: int, before: ItemState, *, reason: str, now: datetime) -> bool:
    """Abolish an item that still stands where it stood."""
    tag = await db.execute(
        "update item set state = 'abolished', abolished_at = $3, abolition_reason = $4 where id = $1 and state = $2",
        item_id,
        str(before),
        now,
        reason,
    )
    return tag == "UPDATE 1"


async def qualifications(item_id: int) -> tuple[Needed, ...]:
    """Return what an agency needs for an item, all of it."""
    rows = await db.fetch("select code, name from item_qualification where item = $1 order by id", item_id)
    return tuple(Needed(row["code"], row["name"]) for row in rows)


async def known_qualifications() -> tuple[Needed, ...]:
    """Return every qualification any item asks for, once each."""
    rows = await db.fetch("select code, min(name) as name from item_qualification group by code order by code")
    return tuple(Needed(row["code"], row["name"]) for row in rows)


async def trades() -> tuple[str, ...]:
    """Return every trade that has an item."""
    return tuple(row["trade"] for row in await db.fetch("select distinct trade from item order by trade"))


async def listed(query: ItemQuery, *, limit: int | None = None, offset: int = 0) -> list[Record]:
    """Return published and abolished items that answer a query, by code; each row carries the total."""
    return await db.fetch(
        "select i.id, i.code, i.name, i.name_en, i.trade, i.family, i.state, i.approval, i.authority_trade,"
        " i.fee_basis, i.ceiling_days, i.law, i.article, i.clause, i.source_url, i.read_on, i.valid_from,"
        " i.valid_until, i.published_at, i.abolished_at, i.abolition_reason,"
        " (i.law <> '' and i.clause <> '' and i.source_url <> '' and i.read_on is not null) is true as basis_read,"
        " (select count(*) from guide g where g.item = i.id and g.state = 'published') as guides,"
        " count(*) over () as total"
        " from item i where i.state <> 'proposed' and ($1 = '' or i.state = $1) and ($2 = '' or i.trade = $2)"
        " and ($3 = '' or strpos(i.name, $3) > 0 or strpos(lower(i.name_en), lower($3)) > 0"
        "   or strpos(i.code, upper($3)) > 0)"
        " order by i.state = 'abolished', i.code limit $4 offset $5",
        query.outcome,
        query.trade,
        query.word,
        limit,
        offset,
    )


async def waiting() -> list[Record]:
    """Return the proposals nobody has decided, the oldest first."""
    return await db.fetch(
        "select i.code, i.name, i.trade, i.approval, i.proposed_at, o.name as proposer"
        " from item i left join organisation o on o.id = i.proposed_by where i.state = 'proposed'"
        " order by i.proposed_at, i.id"
    )


async def counts() -> dict[str, int]:
    """Return how many items stand in each state."""
    rows = await db.fetch("select state, count(*) as many from item group by state")
    return {row["state"]: row["many"] for row in rows}


async def guides_of(item_id: int) -> list[Record]:
    """Return the agencies that published a guide for an item, the shortest promise first."""
    return await db.fetch(
        "select a.uscc, a.name, g.version, g.time_limit_days, g.fee_kind, g.fee_max_fen, g.published_at"
        " from guide g join agency a on a.id = g.agency where g.item = $1 and g.state = 'published'"
        " and a.state in ('admitted','suspended') order by g.time_limit_days, a.name limit 200",
        item_id,
    )


async def _view(condition: str, argument: object) -> ItemView | None:
    found = await db.row(
        "select id, state, proposed_by, proposed_at, published_at, abolished_at, abolition_reason,"
        f" {FACTS} from item where {condition}",
        argument,
    )
    if found is None:
        return None
    facts = {name: found[name] for name in FACTS.replace(" ", "").split(",")}
    return ItemView(
        id=found["id"],
        state=ItemState(found["state"]),
        facts=Proposal(**facts, qualifications=await qualifications(found["id"])),
        proposed_by=found["proposed_by"],
        proposed_at=found["proposed_at"],
        published_at=found["published_at"],
        abolished_at=found["abolished_at"],
        abolition_reason=found["abolition_reason"],
    )
