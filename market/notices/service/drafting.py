"""
Projects and drafts: an owner's own until published, saved step by step.

A draft has its number from the first step on, because the commitments of the
draw bind it. Its project and item never change: another item is another draft.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from market import db
from market.kernel import rulesets
from market.kernel.divisions import Division
from market.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound
from market.kernel.roles import Actor, Role
from market.kernel.rulesets.schema import Funds
from market.kernel.times import local
from market.ledger import service as ledger
from market.notices.rules.asked import Conditions, Needs, NewDraft, NewProject
from market.notices.rules.drafting import conditions_reasons, needs_reasons, project_reasons
from market.notices.rules.methods import least_registrants
from market.notices.rules.publication import KEEPERS, ItemFacts, item_reasons
from market.notices.states import NoticeState
from market.notices.tables import drafts, publishing, rows
from market.notices.tables.drafts import ProjectRow
from market.notices.tables.rows import NoticeRow

MOST_DRAFTS_AT_ONCE: Final = 200
_COMMITMENT: Final = re.compile(r"[0-9a-f]{64}")
_REPUBLISHED: Final = (NoticeState.FAILED, NoticeState.WITHDRAWN)


def owner_of(actor: Actor) -> int:
    """Return the organisation an owner acts for, or refuse anybody else."""
    if actor.role is not Role.OWNER or actor.organisation_id is None:
        raise Forbidden
    return actor.organisation_id


def funds_of(notice: NoticeRow) -> tuple[Funds, ...]:
    """Name the kinds of money behind a notice."""
    return tuple(Funds(share["kind"]) for share in notice.funds)


async def add_project(project: NewProject, *, actor: Actor, now: datetime, known: Mapping[str, Division]) -> int:
    """Add a project of the owner and return its key; whether its funds are public follows from the rules in force."""
    owner = owner_of(actor)
    if reasons := project_reasons(project, known):
        raise Invalid(reasons=reasons)
    rules = rulesets.latest()
    public = any(rules.is_public(share.kind) for share in project.funds)
    async with db.writing():
        added = await drafts.add_project(owner, project, public_funds=public, now=now)
        if added is None:
            raise Conflict("project_exists", field="project_code")
        fields = {"project_code": project.project_code, "funds": drafts.shares_of(project.funds)}
        await ledger.append("project.added", at=now, subject=project.project_code, fields=fields)
        return added


async def projects(actor: Actor) -> list[ProjectRow]:
    """List the projects of the owner, newest first."""
    return await drafts.projects_of(owner_of(actor))


async def draft(asked: NewDraft, *, actor: Actor, now: datetime, ruleset: str) -> str:
    """Begin a draft for one of the owner's projects and return its number."""
    owner_of(actor)
    async with db.writing():
        return await _begin(asked, actor, now, ruleset, predecessor=None)


async def _begin(asked: NewDraft, actor: Actor, now: datetime, ruleset: str, predecessor: NoticeRow | None) -> str:
    owner = owner_of(actor)
    project = next((each for each in await drafts.projects_of(owner) if each.id == asked.project_id), None)
    if project is None:
        raise NotFound("project_not_found", field="project")
    item = await drafts.item(asked.item_code)
    if item is None:
        raise Invalid("item_not_published", field="item")
    if reasons := item_reasons(ItemFacts(item.state, item.valid_until), local(now).date()):
        raise Invalid(reasons=reasons)
    added = await drafts.add_draft(
        owner,
        project,
        item,
        ruleset=ruleset,
        drain_seconds=rulesets.get(ruleset).registration.drain_seconds,
        predecessor=predecessor.code if predecessor else None,
        now=now,
    )
    if added is None:
        raise Conflict("published_again_already")
    notice_id, code = added
    if predecessor is not None:
        await drafts.copy_steps(predecessor.id, notice_id)
    return code


async def draft_of(code: str, actor: Actor) -> NoticeRow:
    """Return the owner's draft, or refuse: another's does not exist, a published one is not edited."""
    found = await rows.by_code(code)
    if found is None or found.owner != owner_of(actor):
        raise NotFound("notice_not_found")
    if found.state is not NoticeState.DRAFT:
        raise MoveRefused("not_a_draft", state=found.state)
    return found


async def save_needs(code: str, needs: Needs, *, actor: Actor) -> None:
    """Save what is wanted, for how much and how chosen."""
    async with db.writing():
        notice = await draft_of(code, actor)
        ruleset, funds = rulesets.get(notice.ruleset), funds_of(notice)
        if reasons := needs_reasons(needs, ruleset, funds):
            raise Invalid(reasons=reasons)
        named = None
        if needs.direct is not None:
            agency = await publishing.agency_by_uscc(needs.direct.agency_uscc)
            if agency is None:
                raise Invalid("agency_unknown", field="direct_agency")
            named = agency.id
        least = least_registrants(ruleset, needs.method, funds)
        if not await drafts.save_needs(notice.id, needs, direct_agency=named, least=least):
            raise MoveRefused("not_a_draft")


async def save_conditions(code: str, conditions: Conditions, *, actor: Actor) -> None:
    """Save who may register and when, and whom to ask."""
    async with db.writing():
        notice = await draft_of(code, actor)
        template = await drafts.template_of(notice.item)
        if reasons := conditions_reasons(conditions, rulesets.get(notice.ruleset), template):
            raise Invalid(reasons=reasons)
        if not await drafts.save_conditions(notice.id, conditions):
            raise MoveRefused("not_a_draft")


async def publish_again(code: str, *, actor: Actor, now: datetime, ruleset: str) -> str:
    """Begin a draft that follows a failed or withdrawn notice, once, and return its number."""
    async with db.writing():
        before = await rows.by_code(code)
        if before is None or before.owner != owner_of(actor):
            raise NotFound("notice_not_found")
        if before.state not in _REPUBLISHED or before.published_at is None:
            raise MoveRefused("not_to_publish_again", state=before.state)
        return await _begin(NewDraft(before.project, before.item_code), actor, now, ruleset, predecessor=before)


async def drafts_wanting_commitments(keeper: str) -> list[tuple[int, str, str]]:
    """List the drafts a keeper has not committed to: id, number, suite."""
    return await drafts.wanting_commitments(_known(keeper), MOST_DRAFTS_AT_ONCE)


async def commit(keeper: str, notice_id: int, commitment: str, *, now: datetime) -> None:
    """
    Keep a keeper's promise of a secret, made before the notice is published; the first one counts.

    Basis: fair-draw/1, number 1.
    """
    if not _COMMITMENT.fullmatch(commitment):
        raise Invalid("bad_commitment")
    async with db.writing():
        notice = await rows.by_id(notice_id, " for share of n")
        if notice is None:
            raise NotFound("notice_not_found")
        if notice.state is not NoticeState.DRAFT:
            raise MoveRefused("not_a_draft", state=notice.state)
        if not await drafts.add_commitment(notice_id, _known(keeper), commitment, now):
            raise Conflict("committed_already")


def _known(keeper: str) -> str:
    if keeper not in KEEPERS:
        raise Invalid("not_a_choice", field="keeper")
    return keeper
