"""
Notice rows as services see them, locking them, and moving them.

A move is one conditional update (``where state = before``): whoever comes
second changes nothing and is refused. Locks are taken in one order everywhere:
the notice row, then the head of the ledger.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal

from asyncpg import Record

from market import db
from market.notices.states import NoticeState

Lock = Literal["", " for share of n", " for update of n", " for update of n skip locked"]

# What may still change once a notice is published; the same list as trigger notice_content_fixed.
CHANGEABLE: Final = frozenset(
    {
        "closed_at",
        "inputs_frozen_at",
        "drawn_at",
        "standstill_ends_at",
        "awarded_at",
        "ended_at",
        "end_reason",
        "ended_by",
        "annulment_decision",
        "pool_size",
    }
)
_JSON: Final = ("qualifications", "recusals", "funds")


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice with its owner, item and project; a draft may lack what later steps ask."""

    id: int
    code: str
    project: int
    owner: int
    item: int
    division: str
    trade: str
    state: NoticeState
    title: str | None
    scope: str | None
    method: str | None
    ruleset: str
    practice: bool
    public_funds: bool
    ceiling_fen: int | None
    floor_fen: int | None
    floor_reason: str | None
    time_limit_days: int | None
    qualifications: tuple[str, ...]
    recusals: tuple[Mapping[str, str], ...]
    contact_name: str | None
    contact_phone: str | None
    exception_code: str | None
    exception_basis: str | None
    direct_ground: str | None
    direct_reason: str | None
    direct_agency: int | None
    least: int | None
    drain_seconds: int
    suite: str
    version: int
    predecessor: str | None
    drafted_at: datetime
    published_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    reveal_by: datetime | None
    draw_at: datetime | None
    closed_at: datetime | None
    inputs_frozen_at: datetime | None
    drawn_at: datetime | None
    standstill_ends_at: datetime | None
    awarded_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    ended_by: str | None
    annulment_decision: str | None
    pool_size: int | None
    next_check_at: datetime | None
    owner_name: str
    owner_uscc: str
    item_code: str
    item_name: str
    item_state: str
    project_code: str
    project_name: str
    funds: tuple[Mapping[str, Any], ...]
    direct_uscc: str | None
    direct_name: str | None


_JOINED: Final = {
    "owner_name": "o.name",
    "owner_uscc": "o.uscc",
    "item_code": "i.code",
    "item_name": "i.name",
    "item_state": "i.state",
    "project_code": "p.project_code",
    "project_name": "p.name",
    "funds": "p.funds",
    "direct_uscc": "d.uscc",
    "direct_name": "d.name",
}
_SELECT: Final = (
    "select "
    + ", ".join(f"{_JOINED.get(each.name, 'n.' + each.name)} as {each.name}" for each in fields(NoticeRow))
    + " from notice n join organisation o on o.id = n.owner join item i on i.id = n.item"
    " join project p on p.id = n.project left join agency d on d.id = n.direct_agency"
)


def _row(record: Record) -> NoticeRow:
    values = dict(record)
    values |= {name: tuple(json.loads(values[name])) for name in _JSON}
    return NoticeRow(**{**values, "state": NoticeState(values["state"])})


async def by_id(notice_id: int, lock: Lock = "") -> NoticeRow | None:
    """Return one notice, locked as asked."""
    found = await db.row(f"{_SELECT} where n.id = $1{lock}", notice_id)
    return _row(found) if found else None


async def by_code(code: str, lock: Lock = "") -> NoticeRow | None:
    """Return one notice by its public number, locked as asked."""
    found = await db.row(f"{_SELECT} where n.code = $1{lock}", code)
    return _row(found) if found else None


async def of_owner(owner_id: int, limit: int, offset: int = 0) -> list[NoticeRow]:
    """List an owner's notices, newest first."""
    rows = await db.fetch(
        f"{_SELECT} where n.owner = $1 order by n.id desc limit $2 offset $3", owner_id, limit, offset
    )
    return [_row(each) for each in rows]


async def inputs_are_frozen(notice_id: int) -> bool:
    """Tell whether the secrets of the draw count already: from then on nobody withdraws."""
    return bool(await db.value("select exists (select from draw_input where notice = $1)", notice_id))


async def successor(code: str) -> str | None:
    """Return the code of the notice that was published again after this one."""
    found: str | None = await db.value("select code from notice where predecessor = $1", code)
    return found


async def due(now: datetime, limit: int) -> list[int]:
    """Lock and name the notices the clock has something to do for, passing over those others hold."""
    rows = await db.fetch(
        "select n.id from notice n where n.next_check_at <= $1 order by n.next_check_at limit $2"
        " for update of n skip locked",
        now,
        limit,
    )
    return [each["id"] for each in rows]


async def move(
    notice_id: int,
    before: NoticeState,
    after: NoticeState,
    next_check_at: datetime | None,
    columns: Mapping[str, object],
) -> bool:
    """Move a notice if it still stands in *before*; tell whether it did."""
    if unknown := columns.keys() - CHANGEABLE:
        raise ValueError(f"a published notice keeps its {', '.join(sorted(unknown))}")
    names: Sequence[str] = sorted(columns)
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(names, 5))
    done = await db.execute(
        f"update notice set state = $3, next_check_at = $4{sets} where id = $1 and state = $2",
        notice_id,
        before,
        after,
        next_check_at,
        *(columns[name] for name in names),
    )
    return done == "UPDATE 1"
