"""
Rows to measure with: many notices, and agencies with signed-in people who may register for one of them.

Written by the administrator without triggers, because only the amount matters here. The rows hold no person, body
or project that exists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from market.accounts import sessions

PER_DAY: Final = 50
ITEM: Final = "BENCH-01"

_PARTIES: Final = """
insert into organisation (kind, uscc, name, division, created_at, sample)
  select 'owner', '91990001' || lpad(n::text, 10, '0'), '示例市政建设有限公司第' || n || '分部', '990102', $1, true
  from generate_series(1, 900) n;
insert into item (code, name, name_en, trade, family, state, approval, authority_trade, fee_basis, ceiling_days,
  lawful, compulsory, prior, paid, proposed_at, published_at)
  select 'BENCH-' || lpad(n::text, 2, '0'), '示例评价报告编制服务（第' || n || '类）', 'Sample report', 'construction',
  'cost', 'listed', '示例审批', 'construction', 'fixed', 30, false, false, false, false, $1, $1
  from generate_series(1, 60) n;
insert into project (owner, name, project_code, division, funds, public_funds, approving_authority,
  approval_document, created_at)
  select o.id, '示例河道治理项目', '2026-990102-48-01-' || lpad(o.id::text, 6, '0'), '990102', '[]', true,
  '示例审批局', '示例发改〔2026〕1 号', $1 from organisation o where o.kind = 'owner';
"""
# The newest day shows every state a list may hold; everything older is done. An act happens at any microsecond, a
# deadline is announced to the minute.
_NOTICES: Final = """
insert into notice (code, project, owner, item, division, trade, state, title, scope, method, ruleset, practice,
  public_funds, ceiling_fen, time_limit_days, qualifications, recusals, contact_name, contact_phone, least,
  drain_seconds, suite, version, drafted_at, published_at, opens_at, closes_at, reveal_by, draw_at, standstill_ends_at)
select 'GX-' || lpad(n::text, 8, '0'), p.id, p.owner, i.id, '990102', 'construction',
  case when n + 50 > $2 then (array['open', 'closed', 'opening', 'standstill', 'awarded'])[n % 5 + 1]
    else 'awarded' end,
  '示例河道治理项目第' || n || '标段工程造价咨询服务', '编制工程量清单和最高限价。', 'random_draw', 'model-2026', false,
  true, 10000000 + n * 137 % 90000000, 30, '[]', '[]', '示例人', '0516-00000001', 1, 10, 'sha256', 1, t, t, t,
  m + interval '5 days', m + interval '5 days 1 hour', m + interval '5 days 2 hours', m + interval '9 days'
from generate_series(1, $2) n
cross join lateral (select date_trunc('day', $1::timestamptz, 'Asia/Shanghai')
  - ($2 - n) / $3 * interval '1 day' - interval '1 day'
  + n % $3 * interval '20 minutes 1 second' + n % 997 * interval '1003 microseconds' as t) at
cross join lateral (select date_trunc('minute', t) as m) announced
join (select id, owner, row_number() over (order by id) as place from project) p on p.place = n % 900 + 1
join (select id, row_number() over (order by id) as place from item) i on i.place = n % 60 + 1
order by n
"""
_OPEN_NOTICE: Final = """
insert into notice (code, project, owner, item, division, trade, state, title, scope, method, ruleset, practice,
  public_funds, ceiling_fen, time_limit_days, qualifications, recusals, contact_name, contact_phone, least,
  drain_seconds, suite, version, drafted_at, published_at, opens_at, closes_at, reveal_by, draw_at)
select $2, p.id, p.owner, i.id, '990102', 'construction', 'open', '示例项目', '示例', 'random_draw', 'model-2026',
  false, true, 38600000, 30, '[]', '[]', '示例人', '0516-00000001', 1, 10, 'sha256', 1,
  $1::timestamptz - interval '1 day', $1 - interval '1 day', $1 - interval '1 day', $1, $1 + interval '1 hour',
  $1 + interval '2 hours'
from project p, item i where i.code = $3 order by p.id limit 1
"""
_AGENCIES: Final = """
with bodies as (
  insert into organisation (kind, uscc, name, division, created_at, sample)
  select 'agency', '91990002' || lpad(n::text, 10, '0'), '示例咨询' || n, '990102', $1, false
  from generate_series(1, $2::int) n returning id, uscc, name),
people as (
  insert into person (login, name, password_hash, created_at)
  select 'entrant' || id || '@market.example', '示例人员', 'x', $1 from bodies order by id returning id, login),
pairs as (
  select bodies.id as organisation, people.id as person, uscc, name
  from bodies join people on login = 'entrant' || bodies.id || '@market.example'),
members as (
  insert into membership (person, organisation, manager, created_at)
  select person, organisation, true, $1 from pairs),
agencies as (
  insert into agency (organisation, uscc, name, division, state, legal_representative, contact_name, contact_phone,
    introduction, applied_at, admitted_at)
  select organisation, uscc, name, '990102', 'admitted', '示例', '示例', '-', '-', $1, $1 from pairs returning id),
guides as (
  insert into guide (agency, item, version, state, conditions, steps, time_limit_days, fee_kind, fee, fee_max_fen,
    materials, deliverables, contact, plain_words, drafted_at, published_at, hash)
  select agencies.id, item.id, 1, 'published', '-', '[]', 10, 'fixed', '{}', 30000000, '-', '-', '-', '-', $1, $1, '00'
  from agencies, item where item.code = $3)
select person, organisation, uscc from pairs order by organisation
"""


@dataclass(frozen=True, slots=True)
class Entrant:
    """An agency whose member is signed in."""

    uscc: str
    token: str


async def add_notices(connection: asyncpg.Connection, count: int, now: datetime) -> None:
    """Add owners, items and *count* notices, 50 for each day up to yesterday."""
    await connection.execute("set session_replication_role = replica")
    for statement in _PARTIES.split(";\n")[:-1]:
        await connection.execute(statement, now)
    await connection.execute(_NOTICES, now, count, PER_DAY)
    await connection.execute("set session_replication_role = origin")
    await connection.execute("vacuum analyze")


async def add_open_notice(connection: asyncpg.Connection, code: str, closes_at: datetime) -> None:
    """Add a notice that anybody with a guide may register for until *closes_at*."""
    await connection.execute("set session_replication_role = replica")
    await connection.execute(_OPEN_NOTICE, closes_at, code, ITEM)
    await connection.execute("set session_replication_role = origin")


async def add_entrants(connection: asyncpg.Connection, count: int, now: datetime) -> Sequence[Entrant]:
    """Add admitted agencies with a published guide, each with somebody signed in."""
    rows = await connection.fetch(_AGENCIES, now, count, ITEM)
    entrants = [Entrant(row["uscc"], f"bench-{row['uscc']}") for row in rows]
    await connection.executemany(
        "insert into session (token_hash, person, organisation, created_at, seen_at, expires_at)"
        " values ($1, $2, $3, $4, $4, $5)",
        [
            (sessions.hash_of(entrant.token), row["person"], row["organisation"], now, now + timedelta(hours=9))
            for entrant, row in zip(entrants, rows, strict=True)
        ],
    )
    await connection.execute("analyze")
    return entrants


def day_of(now: datetime) -> str:
    """Return the query that finds the 50 notices of a day some months back."""
    day = (now - timedelta(days=100)).date().isoformat()
    return f"from={day}&to={day}"


def act(number: int) -> tuple[dict[str, str], dict[str, str | int]]:
    """Return the fields and the document of an act of the usual size."""
    code = f"GX-{number:08d}"
    return {"notice": code}, {"notice": code, "uscc": "919900020000000001", "price_fen": number}
