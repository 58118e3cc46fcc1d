"""
What the home page shows of the whole market, in one statement.

Its parts are one snapshot, so the figures fit the lists beside them. Practice
notices are marked in the lists and count: only a demo has any.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import msgspec

from market import db


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of the strip; ``saving`` in 10,000ths, ``days`` in tenths, both missing before the first award."""

    agencies: int
    agencies_this_year: int
    guides: int
    items: int
    selections: int
    selections_this_year: int
    saving: int | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Latest:
    """One notice of a list; ``registered`` is told as a range until ``pool_size`` is frozen."""

    code: str
    title: str
    state: str
    owner: str
    item: str
    method: str
    practice: bool
    ceiling_fen: int
    registered: int
    pool_size: int | None
    closes_at: datetime
    draw_at: datetime
    standstill_ends_at: datetime | None
    awarded_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Clause:
    """A mandatory item with the clause that makes it so."""

    code: str
    name: str
    law: str
    article: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The mandatory list in brief."""

    mandatory: int
    abolished: int
    revised_on: date | None
    examples: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """An item with how many agencies guide it and its median award of twelve months."""

    code: str
    name: str
    family: str
    agencies: int
    median_fen: int | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """One of the first agencies of the latest published ranking; the total in hundredths of a point."""

    slot: date
    place: int
    agency: str
    uscc: str
    total: int
    grade: str
    place_before: int | None


@dataclass(frozen=True, slots=True)
class Home:
    """Everything the home page shows."""

    figures: Figures
    draws: tuple[Latest, ...]
    latest: tuple[Latest, ...]
    kept: Kept
    services: tuple[Service, ...]
    ranked: tuple[Ranked, ...]
    listed: int
    months: dict[str, int]


_LATEST: Final = """
n.code, n.title, n.state, o.name as owner, i.name as item, n.method, n.practice, n.ceiling_fen, n.closes_at, n.draw_at,
n.standstill_ends_at, n.awarded_at, n.ended_at, n.pool_size,
(select count(*) from registration r where r.notice = n.id and r.state <> 'withdrawn') as registered
from notice n join organisation o on o.id = n.owner join item i on i.id = n.item
"""
_HOME: Final = f"""
with won as (
  select w.amount_fen, w.confirmed_at, n.item, n.method, n.ceiling_fen, n.published_at, n.standstill_ends_at
  from award w join notice n on n.id = w.notice where w.state = 'confirmed'
), present as (select * from agency where state in ('admitted', 'suspended')),
guided as (select g.* from guide g join present a on a.id = g.agency where g.state = 'published')
select jsonb_build_object(
  'figures', jsonb_build_object(
    'agencies', (select count(*) from present),
    'agencies_this_year', (select count(*) from present where admitted_at >= $1),
    'guides', (select count(*) from guided),
    'items', (select count(distinct item) from guided),
    'selections', (select count(*) from won),
    'selections_this_year', (select count(*) from won where confirmed_at >= $1),
    'saving', (select round(avg(10000.0 * (ceiling_fen - amount_fen) / ceiling_fen))::bigint from won
      where method <> 'direct'),
    'days', (select round(10 * percentile_cont(0.5) within group (
      order by extract(epoch from standstill_ends_at - published_at) / 86400))::bigint from won)),
  'draws', (select coalesce(jsonb_agg(d), '[]') from (select {_LATEST}
    where n.state in ('open', 'closed', 'opening') order by n.draw_at, n.id limit 3) d),
  'latest', (select coalesce(jsonb_agg(d), '[]') from (select {_LATEST}
    where n.published_at is not null order by n.published_at desc, n.id desc limit 6) d),
  'kept', jsonb_build_object(
    'mandatory', (select count(*) from item where state = 'mandatory'),
    'abolished', (select count(*) from item where state = 'abolished'),
    'revised_on', (select max(greatest(published_at, abolished_at) at time zone 'Asia/Shanghai')::date from item
      where state in ('mandatory', 'abolished')),
    'examples', (select coalesce(jsonb_agg(d), '[]') from (select code, name, law, article from item
      where state = 'mandatory' order by code limit 3) d)),
  'services', (select coalesce(jsonb_agg(d), '[]') from (
    select i.code, i.name, i.family, count(distinct g.agency) as agencies,
      (select round(percentile_cont(0.5) within group (order by w.amount_fen))::bigint from won w
        where w.item = i.id and w.confirmed_at >= $2) as median_fen
    from item i join guided g on g.item = i.id where i.state <> 'abolished'
    group by i.id order by agencies desc, i.code limit 8) d),
  'ranked', (select coalesce(jsonb_agg(d), '[]') from (
    select r.slot, s.place, a.name as agency, a.uscc, s.total, s.grade, b.place as place_before
    from (select id, slot, run, lead(run) over (order by slot desc, id desc) as before from ranking
      where state = 'published' order by slot desc, id desc limit 2) r
      join agency_score s on s.run = r.run join agency a on a.id = s.agency
      left join agency_score b on b.run = r.before and b.agency = s.agency
    where r.id = (select id from ranking where state = 'published' order by slot desc, id desc limit 1)
      and s.place is not null and s.total is not null
    order by s.place, a.uscc limit 8) d),
  'listed', (select count(*) from item where state in ('listed', 'mandatory', 'government_paid')),
  'months', (select coalesce(jsonb_object_agg(month, many), '{{}}') from (
    select to_char(confirmed_at at time zone 'Asia/Shanghai', 'YYYY-MM') as month, count(*) as many
    from won where confirmed_at >= $2 group by 1) d)
)"""


async def size() -> int:
    """Return how many acts the log holds."""
    found: int = await db.value("select size from ledger_head where id = 1")
    return found


async def home(year: datetime, year_ago: datetime) -> Home:
    """Read the home page: *year* is the beginning of this year, *year_ago* of the first month of the chart."""
    return msgspec.json.decode(await db.value(_HOME, year, year_ago), type=Home)
