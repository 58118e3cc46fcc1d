"""
What the market's record says at the end of a day, as the files `scoring` reads: one query for each file.

The worker copies them to a folder within one snapshot and never loads pandas; `frames` makes them into a package in a
process of its own. Only rows recorded before the end of the day are taken, so that a slot made up for later gives
what it would have given in time. A contract counts as ended once its deliverable is accepted: an owner that then never
pays or closes it cannot keep a score back.

Basis: DESIGN §2 (a silent owner cannot block a score), §6; `scoring.frames` documents every column.
"""

from datetime import date
from pathlib import Path
from typing import Final

from market.db import copy_query, reading
from market.kernel.calendar import end_of

_AT: Final = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'


def _moment(column: str) -> str:
    return f"to_char({column} at time zone 'UTC', '{_AT}')"


def _day(column: str) -> str:
    return f"({column} at time zone 'Asia/Shanghai')::date"


def _truth(claim: str) -> str:
    return f"case when {claim} then 'true' else 'false' end"


# Every query knows these: the market at the cut ($1 its moment, $2 its day).
_SHARED: Final = """
with cut as (select $1::timestamptz as at, $2::date as day),
first_admission as (
  select agency, min(decided_at) as at from admission_check where outcome = 'admitted' group by agency),
known as (
  select a.*, least(f.at, a.admitted_at) as entered_at from agency a left join first_admission f on f.agency = a.id, cut
  where least(f.at, a.admitted_at) < cut.at),
ended as (
  select c.*, n.code as notice_code, n.division, i.code as item_code, i.family, k.uscc as agency_uscc,
    o.uscc as owner_uscc, coalesce(c.accepted_at, c.terminated_at, c.lapsed_at) as ended_at,
    c.terminated_at is not null and c.fault = 'agency' and (c.ended_by = 'agency' or coalesce(c.fault_agreed, false))
      as left_undone,
    c.lapsed_at is not null and c.fault = 'agency' and c.excuse is null as never_signed
  from contract c join notice n on n.id = c.notice join item i on i.id = n.item join known k on k.id = c.agency
    join organisation o on o.id = c.owner, cut
  where coalesce(c.accepted_at, c.terminated_at, c.lapsed_at) < cut.at)
"""

_STILL_OUT: Final = "admitted_at is null or admitted_at < {0} or admitted_at >= cut.at"


def _party(kind: str) -> str:
    """Return who stood behind an agency at the cut, verified and by identifier: two parties of one name are two."""
    return (
        f"(select p.identifier from related_party p where p.agency = k.id and p.kind = '{kind}' and p.verified"
        " and p.identifier is not null and p.declared_at < cut.at and (p.ended_at is null or p.ended_at >= cut.at)"
        " order by p.id limit 1)"
    )


# A suspension without a decision has no beginning on record; one with a decision counts from its first moment. Who left
# or was eliminated and was admitted again before the cut is in the market.
_AGENCIES: Final = f"""
select uscc as agency,
  case when eliminated_at < cut.at and ({_STILL_OUT.format("eliminated_at")}) then 'eliminated'
    when left_at < cut.at and ({_STILL_OUT.format("left_at")}) then 'left'
    when exists (select from measure m where m.agency = k.id and m.kind = 'suspend_all' and m.begins_at < cut.at
      and least(m.ended_at, m.ends_at) >= cut.at) then 'suspended'
    when state = 'suspended' and not exists (select from measure m where m.agency = k.id and m.kind = 'suspend_all'
      and m.ended_at is null) then 'suspended'
    else 'admitted' end as state,
  {_moment("entered_at")} as admitted_at,
  {_party("controller")} as controller, {_party("legal_representative")} as legal_representative
from known k, cut
"""

# As `agencies.standings`: every qualification the item asks for is held, verified and within its last day.
_ADMISSIONS: Final = f"""
select k.uscc as agency, i.code as item, i.family as item_family,
  {_moment("greatest(k.entered_at, i.published_at, max(h.at))")} as admitted_at
from known k cross join cut join item i on i.published_at < cut.at
  left join item_qualification n on n.item = i.id
  left join lateral (select min(q.verified_at) as at from qualification q
    where q.agency = k.id and q.code = n.code and q.verified_at < cut.at and q.withdrawn_at is null
      and (q.revoked_at is null or q.revoked_at >= cut.at) and q.valid_until >= cut.day) h on true
group by k.id, k.uscc, k.entered_at, i.id, i.code, i.family, i.published_at
having count(n.id) = count(h.at)
"""


def _late(kind: str, faults: str) -> str:
    return f"exists (select from late_fact l where l.contract = e.id and l.kind = '{kind}' and l.fault in ({faults}))"


# What lapsed counts once, as abandoned or not; it is not late in signing as well.
_CONTRACTS: Final = f"""
select number as contract_id, agency_uscc as agency, owner_uscc as owner, item_code as item, family as item_family,
  division as region, {_moment("ended_at")} as recorded_at,
  {_day("(sign_by_at - interval '1 microsecond')")} as sign_by, signed_on, agreed_on,
  {_day("first_delivered_at")} as delivered_on, returns, {_day("accepted_at")} as accepted_on,
  guide_most_fen, amount_fen as contract_fen, case when closed_at < cut.at then billed_fen end as billed_fen,
  {_day("ended_at")} as ended_on, {_truth("left_undone or never_signed")} as abandoned,
  {_truth(_late("delivery", "'owner', 'both'") + " or (terminated_at is not null and not left_undone)")}
    as excused_on_time,
  {_truth(_late("signing", "'owner', 'both'") + " or lapsed_at is not null")} as excused_signed_in_time,
  'false' as excused_billed_within, 'false' as excused_accepted_first,
  {_truth("coalesce(terminated_at, lapsed_at) is not null and not (left_undone or never_signed)")} as excused_kept
from ended e, cut
"""

_REVIEWS: Final = f"""
select r.id::text as review_id, e.number as contract_id, e.agency_uscc as agency, e.owner_uscc as owner,
  e.family as item_family, {_moment("r.revealed_at")} as revealed_at, r.state, r.quality, r.timeliness, r.fees,
  r.conduct, r.attitude
from review r join ended e on e.id = r.contract, cut
where r.side = 'owner' and r.state in ('revealed', 'neutral', 'annulled') and r.revealed_at < cut.at
"""

_ITEMS: Final = f"""
select code as item, family as item_family, case when state = 'abolished' and abolished_at >= cut.at then 'listed'
    else state end as outcome,
  nullif(concat_ws(' ', law, article), '') as legal_basis, read_on, valid_from as basis_from,
  valid_until as basis_until, {_moment("published_at")} as published_at,
  case when abolished_at < cut.at then {_moment("abolished_at")} end as abolished_at
from item, cut where published_at < cut.at and state <> 'proposed'
"""

_NOTICES: Final = f"""
select n.code as notice, o.uscc as owner, i.code as item, {_moment("n.published_at")} as published_at,
  i.family as item_family, n.division as region, p.project_code as project, n.method, k.uscc as winner,
  case when k.uscc is not null then {_moment("w.confirmed_at")} end as selected_at
from notice n join organisation o on o.id = n.owner join item i on i.id = n.item join project p on p.id = n.project
  cross join cut left join award w on w.notice = n.id and w.state = 'confirmed' and w.confirmed_at < cut.at
  left join known k on k.id = w.agency
where n.published_at < cut.at
"""

_POOLS: Final = f"""
select n.code as notice, k.uscc as agency, {_truth("r.place is not null")} as eligible
from registration r join notice n on n.id = r.notice join pool p on p.notice = n.id join known k on k.id = r.agency, cut
where r.state <> 'withdrawn' and p.frozen_at < cut.at and n.published_at < cut.at
"""

_GUIDES: Final = f"""
select g.id::text as guide, k.uscc as agency, i.code as item, g.fee_max_fen as most_fen,
  {_moment("g.published_at")} as published_at,
  case when g.ended_at < cut.at then {_moment("g.ended_at")} end as ended_at
from guide g join known k on k.id = g.agency join item i on i.id = g.item, cut
where g.published_at < cut.at and g.state <> 'draft'
"""

_FEES: Final = f"""
select c.number as contract_id, n.code as notice, k.uscc as agency, g.id::text as guide, c.award_fen as quote_fen,
  case when not exists (select from contract_change h where h.contract = c.id and h.agreed) then c.amount_fen end
    as signed_fen,
  case when c.closed_at < cut.at then c.billed_fen end as billed_fen,
  {_moment("case when c.closed_at < cut.at then c.closed_at else c.signed_at end")} as recorded_at
from contract c join notice n on n.id = c.notice join known k on k.id = c.agency join award w on w.id = c.award
  join registration r on r.id = w.registration cross join cut
  left join guide g on g.id = r.guide and g.published_at < cut.at and g.state <> 'draft'
where c.signed_at < cut.at
"""

_CHECKS: Final = f"""
select s.id::text as check_id, k.uscc as agency, s.kind, {_truth("s.passed")} as passed,
  {_moment("s.recorded_at")} as recorded_at
from supervision_check s join known k on k.id = s.agency, cut
where s.recorded_at < cut.at and (s.annulled_at is null or s.annulled_at >= cut.at)
"""

# Moments are whole seconds there, and of two imports within one the later counts.
_PUBLIC_CREDIT: Final = f"""
select distinct on (k.uscc, date_trunc('second', p.recorded_at)) k.uscc as agency, p.level,
  {_moment("p.recorded_at")} as recorded_at
from public_credit p join known k on k.id = p.agency, cut where p.recorded_at < cut.at
order by k.uscc, date_trunc('second', p.recorded_at), p.recorded_at desc, p.id desc
"""

_APPROVALS: Final = f"""
select a.id::text as approval_id, o.uscc as authority, a.owner_uscc as owner, a.project_code as project,
  i.code as item, a.division as region, a.agency_uscc as agency, {_truth("a.demanded")} as demanded,
  {_moment("a.decided_at")} as decided_at
from approval a join organisation o on o.id = a.authority join item i on i.id = a.item, cut
where a.recorded_at < cut.at
"""

_OWNERS: Final = """
select uscc as owner, null::text as controller from organisation, cut where kind = 'owner' and created_at < cut.at
"""

# What was annulled is void from its first day: a quarter computed anew after an appeal must not count it.
_ENTRIES: Final = f"""
select e.number as entry_id, k.uscc as agency, e.kind, e.fact, {_moment("e.recorded_at")} as recorded_at, e.ends_on,
  e.state, c.number as contract_id, e.rate
from credit_entry e join known k on k.id = e.agency left join contract c on c.id = e.contract cross join cut
where e.recorded_at < cut.at
"""

QUERIES: Final = {
    "agencies": _AGENCIES,
    "admissions": _ADMISSIONS,
    "contracts": _CONTRACTS,
    "reviews": _REVIEWS,
    "checks": _CHECKS,
    "public_credit": _PUBLIC_CREDIT,
    "entries": _ENTRIES,
    "items": _ITEMS,
    "notices": _NOTICES,
    "pools": _POOLS,
    "guides": _GUIDES,
    "fees": _FEES,
    "approvals": _APPROVALS,
    "owners": _OWNERS,
}


async def copy_all(folder: Path, as_of: date) -> None:
    """Write every file as at the end of *as_of* into a folder, all of one moment of the database."""
    async with reading():
        for name, query in QUERIES.items():
            await copy_query(_SHARED + query, end_of(as_of), as_of, to=folder / f"{name}.csv")
