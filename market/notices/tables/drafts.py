"""
Rows an owner writes before publication: projects, drafts, versions, commitments.

Every update names the owner and the state, so that a draft published meanwhile
or somebody else's is never touched.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from market import db
from market.kernel.times import local
from market.notices.rules.asked import Conditions, FundShare, Needs, NewProject

# The letters before the day in a notice's number (公告编号).
CODE_PREFIX = "YH"


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One project of an owner."""

    id: int
    name: str
    project_code: str
    division: str
    funds: tuple[Mapping[str, Any], ...]
    public_funds: bool
    approving_authority: str
    approval_document: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as an owner chooses it."""

    id: int
    code: str
    name: str
    trade: str
    state: str
    ceiling_days: int
    valid_until: date | None


async def add_project(owner_id: int, project: NewProject, *, public_funds: bool, now: datetime) -> int | None:
    """Add a project; None when the owner has one with this code already."""
    found: int | None = await db.value(
        "insert into project (owner, name, project_code, division, funds, public_funds, approving_authority,"
        " approval_document, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " on conflict do nothing returning id",
        owner_id,
        project.name,
        project.project_code,
        project.division,
        json.dumps(shares_of(project.funds)),
        public_funds,
        project.approving_authority,
        project.approval_document,
        now,
    )
    return found


def shares_of(funds: Sequence[FundShare]) -> list[dict[str, Any]]:
    """Write shares as the project's row keeps them."""
    return [{"kind": str(share.kind), "percent": share.percent} for share in funds]


async def projects_of(owner_id: int) -> list[ProjectRow]:
    """List an owner's projects, newest first."""
    rows = await db.fetch(
        "select id, name, project_code, division, funds, public_funds, approving_authority, approval_document,"
        " created_at from project where owner = $1 order by id desc",
        owner_id,
    )
    return [ProjectRow(**{**dict(row), "funds": tuple(json.loads(row["funds"]))}) for row in rows]


async def items_in_force() -> list[ItemRow]:
    """List the items an owner may ask for, by name."""
    rows = await db.fetch(
        "select id, code, name, trade, state, ceiling_days, valid_until from item"
        " where state in ('listed', 'mandatory', 'government_paid') order by trade, name"
    )
    return [ItemRow(**dict(row)) for row in rows]


async def item(code: str) -> ItemRow | None:
    """Return one item by its code, whatever its state."""
    row = await db.row("select id, code, name, trade, state, ceiling_days, valid_until from item where code = $1", code)
    return ItemRow(**dict(row)) if row else None


async def template_of(item_id: int) -> dict[str, str]:
    """Return the qualifications of an item's template by code, from which conditions are chosen, with their names."""
    rows = await db.fetch("select code, name from item_qualification where item = $1 order by code", item_id)
    return {row["code"]: row["name"] for row in rows}


async def add_draft(
    owner_id: int,
    project: ProjectRow,
    chosen: ItemRow,
    *,
    ruleset: str,
    drain_seconds: int,
    predecessor: str | None,
    now: datetime,
) -> tuple[int, str] | None:
    """Add a draft with its number; None when its predecessor has a successor already."""
    notice_id = await db.value("select nextval(pg_get_serial_sequence('notice', 'id'))")
    code = f"{CODE_PREFIX}-{local(now):%Y%m%d}-{notice_id:06d}"
    qualifications = json.dumps(list(await template_of(chosen.id)))
    found = await db.value(
        "insert into notice (id, code, project, owner, item, division, trade, state, ruleset, practice, public_funds,"
        " qualifications, recusals, drain_seconds, suite, version, predecessor, drafted_at) values ($1, $2, $3, $4, $5,"
        " $6, $7, 'draft', $8, $9, $10, $11, '[]', $12, 'sha256', 1, $13, $14)"
        " on conflict (predecessor) do nothing returning id",
        notice_id,
        code,
        project.id,
        owner_id,
        chosen.id,
        project.division,
        chosen.trade,
        ruleset,
        ruleset.startswith("practice-"),
        project.public_funds,
        qualifications,
        drain_seconds,
        predecessor,
        now,
    )
    return None if found is None else (found, code)


async def save_needs(notice_id: int, needs: Needs, *, direct_agency: int | None, least: int) -> bool:
    """Save the second step; tell whether it is still a draft."""
    done = await db.execute(
        "update notice set title = $2, scope = $3, ceiling_fen = $4, floor_fen = $5, floor_reason = $6,"
        " time_limit_days = $7, method = $8, direct_ground = $9, direct_reason = $10, direct_agency = $11, least = $12"
        " where id = $1 and state = 'draft'",
        notice_id,
        needs.title,
        needs.scope,
        needs.ceiling_fen,
        needs.floor_fen,
        needs.floor_reason or None,
        needs.time_limit_days,
        needs.method,
        needs.direct.ground if needs.direct else None,
        needs.direct.reason if needs.direct else None,
        direct_agency,
        least,
    )
    return done == "UPDATE 1"


async def save_conditions(notice_id: int, conditions: Conditions) -> bool:
    """Save the third step; tell whether it is still a draft."""
    recusals = [{"uscc": each.uscc, "reason": each.reason} for each in conditions.recusals]
    done = await db.execute(
        "update notice set qualifications = $2, recusals = $3, contact_name = $4, contact_phone = $5,"
        " exception_code = $6, exception_basis = $7, opens_at = $8, closes_at = $9 where id = $1 and state = 'draft'",
        notice_id,
        json.dumps(sorted(set(conditions.qualifications))),
        json.dumps(recusals, ensure_ascii=False),
        conditions.contact_name,
        conditions.contact_phone,
        conditions.exception.code if conditions.exception else None,
        conditions.exception.basis if conditions.exception else None,
        conditions.opens_at,
        conditions.closes_at,
    )
    return done == "UPDATE 1"


async def copy_steps(from_id: int, to_id: int) -> None:
    """Carry what a failed or withdrawn notice asked into the draft that follows it, times apart."""
    names = (
        "title, scope, method, ceiling_fen, floor_fen, floor_reason, time_limit_days, qualifications, recusals,"
        " contact_name, contact_phone, exception_code, exception_basis, direct_ground, direct_reason, direct_agency,"
        " least"
    )
    await db.execute(
        f"update notice set ({names}) = (select {names} from notice where id = $1) where id = $2 and state = 'draft'",
        from_id,
        to_id,
    )


async def wanting_commitments(keeper: str, limit: int) -> list[tuple[int, str, str]]:
    """List drafts that a keeper has not committed to: id, number and suite, oldest first."""
    rows = await db.fetch(
        "select n.id, n.code, n.suite from notice n where n.state = 'draft' and n.method is distinct from 'direct'"
        " and not exists (select from draw_commitment c where c.notice = n.id and c.keeper = $1)"
        " order by n.id limit $2",
        keeper,
        limit,
    )
    return [(row["id"], row["code"], row["suite"]) for row in rows]


async def add_commitment(notice_id: int, keeper: str, commitment: str, now: datetime) -> bool:
    """Add a keeper's promise; tell whether it is the keeper's first."""
    found = await db.value(
        "insert into draw_commitment (notice, keeper, commitment, made_at) values ($1, $2, $3, $4)"
        " on conflict (notice, keeper) do nothing returning id",
        notice_id,
        keeper,
        commitment,
        now,
    )
    return found is not None


async def commitments(notice_id: int) -> dict[str, str]:
    """Return every keeper's commitment to a notice."""
    rows = await db.fetch("select keeper, commitment from draw_commitment where notice = $1", notice_id)
    return {row["keeper"]: row["commitment"] for row in rows}
