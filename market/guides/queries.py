"""
Every query of service guides.

A version is inserted as a draft and becomes whole when it is published; from
then on the database refuses any change but of its state.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from market import db
from market.guides.fees import as_data as fee_data
from market.guides.fees import from_data, kind_of, maximum
from market.guides.rules import Content, GuideView, Step, steps_data
from market.guides.states import GuideState

_VIEW = (
    "select g.*, a.uscc, a.name as agency_name, i.code as item_code, i.name as item_name from guide g"
    " join agency a on a.id = g.agency join item i on i.id = g.item where "
)


@dataclass(frozen=True, slots=True)
class GuideQuery:
    """What a reader asks of the list; empty means everything."""

    item: str = ""
    trade: str = ""
    fee_kind: str = ""
    word: str = ""


async def draft_of(agency_id: int, item_id: int) -> GuideView | None:
    """Return the draft of an agency for an item."""
    return _view(await db.row(_VIEW + "g.agency = $1 and g.item = $2 and g.state = 'draft'", agency_id, item_id))


async def published(agency_id: int, item_id: int) -> GuideView | None:
    """Return the version that binds now."""
    return _view(await db.row(_VIEW + "g.agency = $1 and g.item = $2 and g.state = 'published'", agency_id, item_id))


async def by_id(guide_id: int) -> GuideView | None:
    """Return a version by its key."""
    return _view(await db.row(_VIEW + "g.id = $1", guide_id))


async def locked(guide_id: int) -> GuideView | None:
    """Return a version and keep it as it is until the transaction ends."""
    return _view(await db.row(_VIEW + "g.id = $1 for update of g", guide_id))


async def versions(uscc: str, item_code: str) -> list[GuideView]:
    """Return every published or once published version, the newest first."""
    rows = await db.fetch(
        _VIEW + "a.uscc = $1 and i.code = $2 and g.state <> 'draft' order by g.version desc", uscc, item_code
    )
    return [view for row in rows if (view := _view(row)) is not None]


async def of_agency(agency_id: int) -> list[GuideView]:
    """Return an agency's own guides, drafts first."""
    rows = await db.fetch(
        _VIEW + "g.agency = $1 order by array_position(array['draft','published','withdrawn','superseded'], g.state),"
        " i.code, g.version desc",
        agency_id,
    )
    return [view for row in rows if (view := _view(row)) is not None]


async def many(ids: Sequence[int]) -> list[GuideView]:
    """Return the published versions among some keys, in the order of the keys."""
    rows = await db.fetch(
        _VIEW + "g.id = any($1::bigint[]) and g.state = 'published' order by array_position($1::bigint[], g.id)",
        list(ids),
    )
    return [view for row in rows if (view := _view(row)) is not None]


async def insert(agency_id: int, item_id: int, content: Content, *, now: datetime) -> int | None:
    """Insert a draft with the next version number; None if there is a draft already."""
    found: int | None = await db.value(
        "insert into guide (agency, item, version, state, conditions, steps, time_limit_days, fee_kind, fee,"
        " fee_max_fen, materials, deliverables, contact, plain_words, drafted_at)"
        " select $1, $2, coalesce(max(version), 0) + 1, 'draft', $3, $4::jsonb, $5, $6, $7::jsonb, $8, $9, $10, $11,"
        " $12, $13 from guide where agency = $1 and item = $2 on conflict do nothing returning id",
        agency_id,
        item_id,
        *_columns(content),
        now,
    )
    return found


async def change(guide_id: int, content: Content, *, now: datetime) -> bool:
    """Replace what a draft says; False if it is not a draft any more."""
    tag = await db.execute(
        "update guide set conditions = $2, steps = $3::jsonb, time_limit_days = $4, fee_kind = $5, fee = $6::jsonb,"
        " fee_max_fen = $7, materials = $8, deliverables = $9, contact = $10, plain_words = $11, drafted_at = $12"
        " where id = $1 and state = 'draft'",
        guide_id,
        *_columns(content),
        now,
    )
    return tag == "UPDATE 1"


async def publish(guide_id: int, digest: str, *, now: datetime) -> bool:
    """Publish a draft; False if it is not a draft any more."""
    tag = await db.execute(
        "update guide set state = 'published', published_at = $2, hash = $3 where id = $1 and state = 'draft'",
        guide_id,
        now,
        digest,
    )
    return tag == "UPDATE 1"


async def end(guide_id: int, after: GuideState, *, now: datetime) -> bool:
    """End the version that binds; False if it ended already."""
    tag = await db.execute(
        "update guide set state = $2, ended_at = $3 where id = $1 and state = 'published'", guide_id, str(after), now
    )
    return tag == "UPDATE 1"


async def listed(query: GuideQuery, *, limit: int | None = None, offset: int = 0) -> list[Record]:
    """Return published guides of agencies in the market, the newest first; each row carries the total."""
    return await db.fetch(
        "select g.id, a.uscc, a.name as agency, i.code as item_code, i.name as item, i.trade, g.version,"
        " g.time_limit_days, g.fee_kind, g.fee_max_fen, g.published_at, g.hash, count(*) over () as total"
        " from guide g join agency a on a.id = g.agency join item i on i.id = g.item"
        " where g.state = 'published' and a.state in ('admitted','suspended')"
        " and ($1 = '' or i.code = $1) and ($2 = '' or i.trade = $2) and ($3 = '' or g.fee_kind = $3)"
        " and ($4 = '' or strpos(a.name, $4) > 0 or strpos(i.name, $4) > 0)"
        " order by g.published_at desc, g.id desc limit $5 offset $6",
        query.item,
        query.trade,
        query.fee_kind,
        query.word,
        limit,
        offset,
    )


async def medians(item_id: int) -> Record:
    """Return how many guides an item has, with the medians of their time limits and maximum fees."""
    found = await db.row(
        "select count(*) as many, percentile_disc(0.5) within group (order by g.time_limit_days) as days,"
        " percentile_disc(0.5) within group (order by g.fee_max_fen) as fee_fen from guide g"
        " join agency a on a.id = g.agency where g.item = $1 and g.state = 'published'"
        " and a.state in ('admitted','suspended')",
        item_id,
    )
    assert found is not None
    return found


def _columns(content: Content) -> tuple[object, ...]:
    return (
        content.conditions,
        json.dumps(steps_data(content.steps), ensure_ascii=False),
        content.time_limit_days,
        kind_of(content.fee),
        json.dumps(fee_data(content.fee), ensure_ascii=False),
        maximum(content.fee),
        content.materials,
        content.deliverables,
        content.contact,
        content.plain_words,
    )


def _view(row: Record | None) -> GuideView | None:
    if row is None:
        return None
    content = Content(
        conditions=row["conditions"],
        steps=tuple(Step(each["title"], each["days"], each["note"]) for each in json.loads(row["steps"])),
        time_limit_days=row["time_limit_days"],
        fee=from_data(row["fee_kind"], json.loads(row["fee"])),
        materials=row["materials"],
        deliverables=row["deliverables"],
        contact=row["contact"],
        plain_words=row["plain_words"],
    )
    names = ("id", "uscc", "item_code", "version", "fee_kind", "fee_max_fen", "drafted_at", "published_at", "ended_at")
    return GuideView(
        **{name: row[name] for name in names},
        hash=row["hash"],
        agency_id=row["agency"],
        agency=row["agency_name"],
        item_id=row["item"],
        item=row["item_name"],
        state=GuideState(row["state"]),
        content=content,
    )
