"""
Publishing a draft: every refusal at once, then one transaction with all that it promises.

The check page and the publication ask the same function, so that what the page
shows is what the act decides; only the moment may differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from market import db
from market.clock import service as clock
from market.kernel import rulesets
from market.kernel.errors import Invalid, MoveRefused, NotFound, Reason
from market.kernel.roles import Actor
from market.kernel.rulesets.schema import Method
from market.kernel.times import local
from market.ledger import service as ledger
from market.messages import service as messages
from market.notices.rules import limits
from market.notices.rules import publication as rules
from market.notices.rules.asked import DirectChoice, ExceptionClaim, FundShare, Recusal
from market.notices.rules.limits import Matter
from market.notices.rules.methods import draws, least_registrants
from market.notices.rules.publication import Draft, Surroundings
from market.notices.rules.published import (
    Content,
    DirectTerms,
    Named,
    drand_beacon,
    notice_object,
    practice_beacon,
    sealed,
)
from market.notices.service.drafting import draft_of, funds_of, owner_of
from market.notices.states import NOTICE, NoticeAction, NoticeState
from market.notices.tables import drafts, publishing, rows
from market.notices.tables.rows import NoticeRow

Beacons = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Check:
    """A draft before publication: what refuses it, what warns, and how many agencies qualify."""

    refusals: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    qualified: int


def usual_beacons(notice: NoticeRow) -> Beacons:
    """Return the public number a draft announces when nobody names another: drand's first round in time."""
    if notice.practice or notice.closes_at is None or notice.method is None or not draws(Method(notice.method)):
        return ()
    planned = rules.times(
        rulesets.get(notice.ruleset), notice.drafted_at, notice.closes_at, Method(notice.method), beacons=()
    )
    return (drand_beacon(planned.draw_at),)


async def check(code: str, *, actor: Actor, now: datetime, beacons: Beacons | None = None) -> Check:
    """Say everything about publishing a draft now, and change nothing."""
    async with db.writing():
        notice = await draft_of(code, actor)
        return await _check(notice, now, usual_beacons(notice) if beacons is None else beacons)


async def publish(code: str, *, actor: Actor, now: datetime, declared: bool, beacons: Beacons | None = None) -> str:
    """
    Publish a draft and return the hash NH of its first version.

    Everything the notice promises is fixed here: times, commitments, beacons.
    *beacons* names the public numbers of the draw; None leaves it to
    `usual_beacons`.
    """
    async with db.writing():
        notice = await rows.by_code(code, " for update of n")
        if notice is None or notice.owner != owner_of(actor):
            raise NotFound("notice_not_found")
        NOTICE.decide(notice.state, NoticeAction.PUBLISH, actor.role)
        announced = usual_beacons(notice) if beacons is None else beacons
        found = await _check(notice, now, announced)
        undeclared = () if declared else (Reason("declaration_missing", "declared"),)
        if found.refusals or undeclared:
            raise Invalid("not_publishable", reasons=(*found.refusals, *undeclared))
        return await _publish(notice, now, announced)


async def _check(notice: NoticeRow, now: datetime, beacons: Beacons) -> Check:
    ruleset = rulesets.get(notice.ruleset)
    draft, around = draft_facts(notice), await _around(notice, now)
    return Check(
        rules.refusals(draft, around, ruleset, await clock.calendar(), beacons=beacons, now=now),
        rules.warnings(draft, around, ruleset),
        around.qualified,
    )


def draft_facts(notice: NoticeRow) -> Draft:
    """Return what a draft says, for the rules."""
    direct = None
    if notice.direct_ground and notice.direct_reason and notice.direct_uscc:
        direct = DirectChoice(notice.direct_ground, notice.direct_reason, notice.direct_uscc)
    return Draft(
        title=notice.title,
        scope=notice.scope,
        method=Method(notice.method) if notice.method else None,
        ceiling_fen=notice.ceiling_fen,
        floor_fen=notice.floor_fen,
        floor_reason=notice.floor_reason,
        time_limit_days=notice.time_limit_days,
        contact_name=notice.contact_name,
        contact_phone=notice.contact_phone,
        exception_code=notice.exception_code,
        direct=direct,
        opens_at=notice.opens_at,
        closes_at=notice.closes_at,
        funds=funds_of(notice),
    )


async def _around(notice: NoticeRow, now: datetime) -> Surroundings:
    today = local(now).date()
    ruleset = rulesets.get(notice.ruleset)
    demanded = await drafts.template_of(notice.item)
    stated = await publishing.stated_limits(notice.division, demanded, today)
    matter = Matter(funds_of(notice), demanded, notice.division, today.year)
    since = now - timedelta(days=ruleset.split_warning_days)
    wanted = _wanted(notice, now)
    ready = notice.direct_uscc is not None and await publishing.is_qualified(notice.direct_uscc, wanted)
    return Surroundings(
        item=await publishing.item_facts(notice.item),
        limit_fen=limits.lowest(ruleset, stated, matter),
        commitments=await drafts.commitments(notice.id),
        qualified=await publishing.count_qualified(wanted),
        direct_is_ready=ready,
        failures_before=await publishing.failures_before(notice.predecessor),
        owner_sum_fen=await publishing.owner_sum(notice.owner, notice.item, since),
    )


def _wanted(notice: NoticeRow, now: datetime) -> publishing.Wanted:
    kept_out = [notice.owner_uscc, *(each["uscc"] for each in notice.recusals)]
    return publishing.Wanted(notice.item, notice.qualifications, kept_out, now)


async def _publish(notice: NoticeRow, now: datetime, beacons: Beacons) -> str:
    content = _content(notice, await drafts.template_of(notice.item), now, beacons)
    announced = [practice_beacon(notice.code, content.times)] if content.practice else list(beacons)
    body, digest = sealed(notice_object(content, await drafts.commitments(notice.id), announced))
    check_at = content.times.closes_at + timedelta(seconds=notice.drain_seconds)
    if not await publishing.publish(notice.id, content.times, least=content.least, next_check_at=check_at, now=now):
        raise MoveRefused(state=NoticeState.DRAFT, action=NoticeAction.PUBLISH)
    await publishing.add_version(notice.id, notice.version, body, digest, now)
    told = await publishing.qualified_organisations(_wanted(notice, now))
    await messages.tell_all(told, "notice_published", at=now, subject=notice.code, title=content.title)
    fields = {"notice": notice.code, "version": notice.version, "hash": digest}
    await ledger.append("notice.published", at=now, subject=notice.code, fields=fields)
    return digest


def _content(notice: NoticeRow, template: Mapping[str, str], now: datetime, beacons: Beacons) -> Content:
    draft, ruleset = draft_facts(notice), rulesets.get(notice.ruleset)
    assert draft.method is not None  # this and the next: a missing step has been refused
    assert draft.closes_at is not None
    opens_at = max(draft.opens_at or now, now).replace(microsecond=0)
    closes_at = draft.closes_at.replace(microsecond=0)
    funds = tuple(FundShare(kind, share["percent"]) for kind, share in zip(draft.funds, notice.funds, strict=True))
    direct = None
    if draft.direct and draft.method is Method.DIRECT:
        agency = Named(draft.direct.agency_uscc, notice.direct_name or "")
        direct = DirectTerms(draft.direct.ground, draft.direct.reason, agency)
    claim = ExceptionClaim(notice.exception_code, notice.exception_basis or "") if notice.exception_code else None
    return Content(
        code=notice.code,
        suite=notice.suite,
        version=notice.version,
        title=draft.title or "",
        scope=draft.scope or "",
        owner=Named(notice.owner_uscc, notice.owner_name),
        item=Named(notice.item_code, notice.item_name),
        project_code=notice.project_code,
        division=notice.division,
        trade=notice.trade,
        funds=funds,
        method=draft.method,
        least=least_registrants(ruleset, draft.method, draft.funds),
        ceiling_fen=draft.ceiling_fen or 0,
        floor_fen=draft.floor_fen,
        floor_reason=draft.floor_reason,
        time_limit_days=draft.time_limit_days or 0,
        qualifications=tuple(Named(code, template.get(code, code)) for code in notice.qualifications),
        recusals=tuple(Recusal(each["uscc"], each["reason"]) for each in notice.recusals),
        exception=claim,
        direct=direct,
        ruleset=Named(ruleset.code, rulesets.fingerprint(ruleset.code)),
        practice=ruleset.practice,
        predecessor=notice.predecessor,
        times=rules.times(ruleset, opens_at, closes_at, draft.method, beacons),
    )
