"""What the keepers of secrets and the practice beacon look for."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from market.db import fetch


@dataclass(frozen=True, slots=True)
class Wanted:
    """A practice notice in which a keeper has something to do."""

    id: int
    code: str
    ruleset: str
    suite: str


async def drafts_without(keeper: str) -> list[Wanted]:
    """Return the practice drafts that a keeper has promised no secret for."""
    rows = await fetch(
        """
        select id, code, ruleset, suite from notice n
        where state = 'draft' and practice and method is distinct from 'direct'
          and not exists (select from draw_commitment c where c.notice = n.id and c.keeper = $1)
        order by id
        """,
        keeper,
    )
    return [Wanted(**dict(each)) for each in rows]


async def closed_without(keeper: str, now: datetime) -> list[Wanted]:
    """Return the practice notices within their window of revelation that still miss a keeper's secret."""
    rows = await fetch(
        """
        select id, code, ruleset, suite from notice n
        where state = 'closed' and practice and reveal_by >= $2
          and exists (select from draw_commitment c where c.notice = n.id and c.keeper = $1)
          and not exists (select from draw_secret s where s.notice = n.id and s.keeper = $1)
        order by id
        """,
        keeper,
        now,
    )
    return [Wanted(**dict(each)) for each in rows]


async def beacons_wanted(now: datetime) -> list[tuple[Wanted, dict[str, Any]]]:
    """Return the practice beacons whose moment has come and whose notice has its inputs frozen."""
    rows = await fetch(
        """
        select n.id, n.code, n.ruleset, n.suite, announced.value as beacon
        from notice n
        join draw_input i on i.notice = n.id
        join notice_version v on v.notice = n.id and v.number = n.version
        cross join jsonb_array_elements(v.body::jsonb -> 'beacons') as announced
        where n.state = 'opening' and n.practice and announced.value ->> 'kind' = 'practice'
          and (announced.value ->> 'at')::timestamptz <= $1 and i.frozen_at < $1
          and not exists (select from beacon b where b.kind = 'practice' and b.event = announced.value ->> 'event')
        order by n.id
        """,
        now,
    )
    return [
        (Wanted(each["id"], each["code"], each["ruleset"], each["suite"]), json.loads(each["beacon"])) for each in rows
    ]
