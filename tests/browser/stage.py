"""
What the sample city does not have of itself, so that every page has something to show.

A notice in each state of its life, a draft, an applicant, a proposal: made by the services, at moments of the last
hour, as the owner of the schema, whom the checks of the running market exempt. The city around them is ordinary.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from market import db
from market.catalogue import service as catalogue
from market.credit import service as rankings
from market.kernel import divisions
from market.kernel.roles import Actor, Role, Scope
from market.kernel.rulesets.schema import Funds, Method
from market.messages import service as messages
from market.notices import service as notices
from market.notices.rules.asked import Conditions, FundShare, Needs, NewDraft, NewProject
from market.notices.rules.publication import KEEPERS
from market.registrations import service as registrations
from market.registrations.sealing import Keys
from market.selection import service as selection
from market.selection.draw import commitment
from tests.browser import stage_cases, stage_leads
from tests.build_agencies import a_proposal
from tests.build_credit import a_run, objected

ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))
REGULATOR, COLLEAGUE = "sample-regulator@demo.invalid", "sample-regulator2@demo.invalid"
MOST_ENTRANTS = 6
MINUTE = timedelta(minutes=1)
SECRETS = {keeper: f"{place:02x}" * 32 for place, keeper in enumerate(KEEPERS, 1)}


@dataclass(frozen=True, slots=True)
class Staged:
    """The numbers of the notices that were made, by the state they are left in."""

    draft: str
    open: str
    closed: str
    opening: str
    standstill: str
    failed: str
    withdrawn: str
    quoted: str


async def actor_of(login: str) -> Actor:
    """Return who acts with a sample account."""
    found: Any = await db.row(
        "select p.id, p.name, o.id as organisation, o.kind, o.division from person p"
        " join membership m on m.person = p.id join organisation o on o.id = m.organisation where p.login = $1",
        login,
    )
    role = Role(found["kind"])
    scopes = (Scope(divisions.SAMPLE_CITY, None),) if role is Role.REGULATOR else ()
    return Actor(role, found["name"], found["id"], found["organisation"], found["division"], scopes)


class Stage:
    """Makes the notices of the sample owner, one after the other in the order of time."""

    def __init__(self, owner: Actor, agencies: list[Actor], project: int, item: str, keys: Keys) -> None:
        self.owner, self.agencies, self.project, self.item, self.keys = owner, agencies, project, item, keys
        self.method = Method.RANDOM_DRAW

    async def draft(self, at: datetime, closes_at: datetime) -> str:
        """Draft a notice to which every keeper has promised its secret."""
        asked = NewDraft(self.project, self.item)
        code = await notices.draft(asked, actor=self.owner, now=at, ruleset="practice-2026")
        found = await notices.draft_of(code, self.owner)
        title = f"示例泵站改造工程{found.item_name}"[:60]
        needs = Needs(title, "泵站改造工程的咨询服务（示例）。", 38_600_000, None, "", 20, self.method, None)
        await notices.save_needs(code, needs, actor=self.owner)
        qualifications = tuple(found.qualifications)
        conditions = Conditions(qualifications, (), "周示安", "0000-8000000", None, None, closes_at)
        await notices.save_conditions(code, conditions, actor=self.owner)
        for keeper, secret in SECRETS.items():
            await notices.commit(keeper, found.id, commitment(code, keeper, secret), now=at)
        return code

    async def open(self, at: datetime, closes_at: datetime, entrants: int) -> tuple[str, int]:
        """Publish a notice and let the first agencies come; return its number and key."""
        code = await self.draft(at, closes_at)
        await notices.publish(code, actor=self.owner, now=at, declared=True, quote_key=self.keys.create())
        for agency in self.agencies[:entrants]:
            quote, moment = None, at + timedelta(seconds=1)
            if self.method is Method.LOWEST_QUOTE:
                quote = (await registrations.prospect(code, actor=agency, now=moment)).price_fen
            await registrations.register(code, declared=True, actor=agency, now=moment, quote=quote)
        return code, (await notices.notice(code)).id

    async def until(self, state: str, at: datetime, entrants: int = 5) -> str:
        """Open a notice for two minutes and take it no further than a state."""
        closes_at = at + 2 * MINUTE
        code, key = await self.open(at, closes_at, entrants)
        frozen_at = closes_at + MINUTE / 6
        await selection.freeze(key, now=frozen_at)
        if state in ("closed", "failed"):
            return code
        for keeper, secret in SECRETS.items():
            await selection.reveal(keeper, key, secret, now=frozen_at + timedelta(seconds=2))
        await selection.freeze_inputs(key, now=frozen_at + timedelta(seconds=3))
        if self.method is Method.LOWEST_QUOTE:
            await selection.open_quotes(key, keys=self.keys, now=frozen_at + timedelta(seconds=4))
        if state == "standstill":
            told_at = closes_at + MINUTE
            await selection.publish_beacon("practice", f"{code}.1", "ab" * 32, now=told_at)
            await selection.draw(key, now=told_at)
        return code


async def set_up(owner_url: str, keys: Path, now: datetime) -> Staged:
    """Make one of everything in the loaded sample city."""
    owner, able = await actor_of("sample-owner@demo.invalid"), await _able()
    item = max(able, key=lambda code: (len(able[code]), code))
    agencies, project = [await actor_of(login) for login in able[item]], await _project(owner, now - 60 * MINUTE)
    # First, so that of what has a notice or a draw the newest is one of those below.
    bench = await stage_cases.set_up(
        owner_url, now, regulator=await actor_of(REGULATOR), colleague=await actor_of(COLLEAGUE),
        agency=agencies[0], busy=agencies[:MOST_ENTRANTS],
    )  # fmt: skip
    stage = Stage(owner, agencies, project, item, Keys(keys))
    withdrawn, _ = await stage.open(now - 58 * MINUTE, now - 50 * MINUTE, 2)
    await notices.withdraw(withdrawn, "项目计划调整（示例）。", actor=owner, now=now - 57 * MINUTE)
    lives = (("failed", 50, 0), ("standstill", 40, 5), ("opening", 30, 4), ("closed", 20, MOST_ENTRANTS))
    failed, standstill, opening, closed = [
        await stage.until(state, now - start * MINUTE, entrants) for state, start, entrants in lives
    ]
    stage.method = Method.LOWEST_QUOTE
    quoted = await stage.until("standstill", now - 15 * MINUTE, 5)
    await stage.open(now - 6 * MINUTE, now + 30 * MINUTE, 2)
    stage.method = Method.RANDOM_DRAW
    opened, _ = await stage.open(now - 5 * MINUTE, now + 30 * MINUTE, 3)
    draft = await stage.draft(now - 2 * MINUTE, now + 30 * MINUTE)
    authority = await actor_of("sample-authority@demo.invalid")
    await catalogue.propose(a_proposal(code="ZJ990"), actor=authority, now=now - MINUTE)
    await _read_one_message(now)
    await _ranking(owner_url, now)
    await stage_leads.set_up(owner_url, bench)
    return Staged(draft, opened, closed, opening, standstill, failed, withdrawn, quoted)


async def _ranking(owner_url: str, now: datetime) -> None:
    """Publish the ranking of the quarter that ended last, and leave the one before it a draft."""
    regulator = await actor_of(REGULATOR)
    ends = [date(year, month, day) for year in (now.year - 1, now.year) for month, day in ENDS]
    before, slot = [end for end in ends if end < now.date() - timedelta(days=1)][-2:]
    await a_run(before)
    await a_run(slot)
    at = await objected(owner_url)
    await rankings.confirm(slot, actor=regulator, now=at)
    await rankings.publish(slot, now=at + timedelta(seconds=1))


async def _able() -> dict[str, list[str]]:
    """Return by item the logins of agencies that can register, the sample agency first, for the items it serves."""
    rows = await db.fetch(
        "select i.code, array_agg(p.login order by p.login <> 'sample-agency@demo.invalid', p.login) as logins"
        " from guide g join item i on i.id = g.item join agency a on a.id = g.agency and a.state = 'admitted'"
        " join membership m on m.organisation = a.organisation join person p on p.id = m.person"
        " where g.state = 'published' and i.state <> 'abolished' and (i.valid_until is null or i.valid_until > now())"
        " and not exists (select from item_qualification n where n.item = i.id and not exists ("
        "  select from qualification q where q.agency = a.id and q.code = n.code and q.verified_at is not null"
        "  and q.revoked_at is null and q.valid_until > now()))"
        " group by i.code having bool_or(p.login = 'sample-agency@demo.invalid')"
    )
    return {row["code"]: row["logins"] for row in rows}


async def _read_one_message(now: datetime) -> None:
    agency = await actor_of("sample-agency@demo.invalid")
    await messages.mark_read(agency, (await messages.inbox(agency))[0].id, now=now)


async def _project(owner: Actor, at: datetime) -> int:
    asked = NewProject(
        name="示例泵站改造工程",
        project_code=f"{at.year}-{divisions.SAMPLE_CITY}-48-01-990001",
        division=divisions.SAMPLE_CITY,
        funds=(FundShare(Funds.GOVERNMENT_INVESTMENT, 100),),
        approving_authority="云湖市示例发展改革主管部门",
        approval_document="云湖示例审批〔2026〕1号",
    )
    return await notices.add_project(asked, actor=owner, now=at, known=divisions.SAMPLE)
