"""
Live notices: as long as the demo runs, about four are open that close within minutes.

They are published and entered through the real services, like anybody's: a
keeper that does not promise holds one up, and who lost standing cannot
register. Nothing is remembered between rounds, so a new start goes on where the
rows are: how many agencies should have come by now follows from the notice's
number and the time that has passed.
"""

import asyncio
import signal
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import asyncpg
import structlog

from market import db
from market.clock import service as clock
from market.demo import SampleCityRefused
from market.kernel import divisions
from market.kernel.errors import Refusal
from market.kernel.roles import Actor, Role
from market.kernel.rulesets.schema import Funds, Method
from market.notices import service as notices
from market.notices.rules.asked import Conditions, FundShare, Needs, NewDraft, NewProject
from market.notices.rules.publication import KEEPERS
from market.registrations import service as registrations

RULESET: Final = "practice-2026"
WANTED: Final = 4
OPEN_FOR: Final = (timedelta(minutes=2), timedelta(minutes=4))
POLL_S: Final = 2.0
_QUOTED: Final = 0.3  # of the notices
_OWNER: Final = "sample-owner@demo.invalid"
_GUIDES_OF: Final = "sample-agency@demo.invalid"
_VISITORS: Final = ("sample-agency@demo.invalid", "sample-agency2@demo.invalid", "sample-agency3@demo.invalid")
_PROJECT: Final = "示例演练项目"
_UNREACHABLE: Final = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stage:
    """Who publishes, for which project, and which items the sample agency can enter."""

    owner: Actor
    project_id: int
    items: tuple[str, ...]
    quote_key: str | None = None  # with which quotes are sealed; without it every notice is drawn


async def keep_open(url: str, *, seed: int, quote_key: str | None = None) -> None:
    """Keep notices open until SIGTERM or SIGINT, some of them for sealed quotes if there is a key for them."""
    leaving = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leaving.set)
    rng = Random(seed)  # noqa: S311 (who comes to a practice notice; draws never come here)
    await db.connect(url, max_size=2)
    try:
        stage = await set_up(await clock.now(), quote_key)
        while not leaving.is_set():
            try:
                await one_round(stage, rng, now=await clock.now())
            except _UNREACHABLE as failure:
                _log.warning("live notices wait for the database", reason=str(failure))
            await _pause(leaving)
    finally:
        await db.close()


async def set_up(now: datetime, quote_key: str | None = None) -> Stage:
    """Find the sample owner, make its project for practice unless it is there, and choose the items."""
    owner = await _actor(_OWNER, Role.OWNER)
    items = await db.fetch(
        "select i.code from guide g join item i on i.id = g.item join agency a on a.id = g.agency"
        " join membership m on m.organisation = a.organisation join person p on p.id = m.person"
        " where p.login = $1 and g.state = 'published' and i.state in ('listed', 'mandatory', 'government_paid')"
        " and (i.valid_until is null or i.valid_until > $2) order by i.code",
        _GUIDES_OF,
        now.date(),
    )
    if not items:
        raise SampleCityRefused("The sample agency has no guides; live notices need the sample city.")
    return Stage(owner, await _project(owner, now), tuple(row["code"] for row in items), quote_key)


async def one_round(stage: Stage, rng: Random, *, now: datetime) -> None:
    """Publish what can be published, begin a draft if too few are open, and let agencies come."""
    rows = await db.fetch(
        "select id, code, state, method, opens_at, closes_at from notice where project = $1"
        # What a visitor drafts for this project under the sample account is the visitor's to publish.
        " and (state = 'open' or state = 'draft' and title like $2) order by id",
        stage.project_id,
        f"{_PROJECT}%",
    )
    drafts = [row for row in rows if row["state"] == "draft"]
    still_open = [row for row in rows if row["state"] == "open" and row["closes_at"] > now]
    for row in drafts:
        await _tried(_publish(row["code"], row["id"], stage, now, rng))
    if len(drafts) + len(still_open) < WANTED:
        await _tried(_draft(stage, now, rng))
    for row in still_open:
        await _tried(_let_come(row, now, rng))


async def _tried(act: Coroutine[Any, Any, None]) -> None:
    """Do an act that the rules may refuse, as they may refuse anybody's: the next round tries another."""
    try:
        await act
    except Refusal as refusal:
        _log.info("refused", reason=str(refusal))


async def _draft(stage: Stage, now: datetime, rng: Random) -> None:
    item = rng.choice(stage.items)
    code = await notices.draft(NewDraft(stage.project_id, item), actor=stage.owner, now=now, ruleset=RULESET)
    found = await notices.draft_of(code, stage.owner)
    most = await db.value(
        "select percentile_cont(0.8) within group (order by fee_max_fen)::bigint from guide"
        " where item = $1 and state = 'published'",
        found.item,
    )
    needs = Needs(
        title=f"{_PROJECT}{found.item_name}"[:60],
        scope="演练公告：几分钟后截止并公开选取，参与各方均为虚构（示例）。",
        ceiling_fen=min(int(most), 45_000_000),
        floor_fen=None,
        floor_reason="",
        time_limit_days=20,
        method=Method.LOWEST_QUOTE if stage.quote_key and rng.random() < _QUOTED else Method.RANDOM_DRAW,
        direct=None,
    )
    await notices.save_needs(code, needs, actor=stage.owner)


async def _publish(code: str, notice_id: int, stage: Stage, now: datetime, rng: Random) -> None:
    """Publish a draft once every keeper has promised its secret."""
    promised = await db.fetch("select keeper from draw_commitment where notice = $1", notice_id)
    if {row["keeper"] for row in promised} != set(KEEPERS):
        return
    least, most = OPEN_FOR
    closes_at = now + timedelta(seconds=rng.randrange(int(least.total_seconds()), int(most.total_seconds())))
    found = await notices.draft_of(code, stage.owner)
    conditions = Conditions(
        qualifications=tuple(found.qualifications),
        recusals=(),
        contact_name="周示安",
        contact_phone="0000-8000000",
        exception=None,
        opens_at=None,
        closes_at=closes_at,
    )
    await notices.save_conditions(code, conditions, actor=stage.owner)
    await notices.publish(code, actor=stage.owner, now=now, declared=True, quote_key=stage.quote_key)


async def _let_come(row: asyncpg.Record, now: datetime, rng: Random) -> None:
    """Let one more agency register if by now more should have come than have."""
    passed = (now - row["opens_at"]) / (row["closes_at"] - row["opens_at"])
    wanted = 4 + row["id"] % 5
    if await registrations.count(row["id"]) >= int(wanted * min(1.0, passed * 1.15)):
        return
    able = await db.fetch(
        "select p.login, least(g.fee_max_fen, n.ceiling_fen) as most"
        " from agency a join membership m on m.organisation = a.organisation"
        " join person p on p.id = m.person join guide g on g.agency = a.id and g.state = 'published'"
        " join notice n on n.id = $1 and n.item = g.item where a.state = 'admitted' and p.login <> all($2)"
        " and not exists (select from registration r where r.notice = n.id and r.agency = a.id)"
        " order by p.login",
        row["id"],
        list(_VISITORS),
    )
    if not able:
        return
    chosen = rng.choice(able)
    agency = await _actor(chosen["login"], Role.AGENCY)
    quote = chosen["most"] * rng.randrange(80, 100) // 100 if row["method"] == Method.LOWEST_QUOTE else None
    await registrations.register(row["code"], declared=True, actor=agency, now=now, quote=quote)


async def _project(owner: Actor, now: datetime) -> int:
    for project in await notices.projects(owner):
        if project.name == _PROJECT:
            return project.id
    asked = NewProject(
        name=_PROJECT,
        project_code=f"{now.year}-{divisions.SAMPLE_CITY}-99-01-999999",
        division=divisions.SAMPLE_CITY,
        funds=(FundShare(Funds.GOVERNMENT_INVESTMENT, 100),),
        approving_authority="云湖市示例发展改革主管部门",
        approval_document="云湖示例审批演练",
    )
    return await notices.add_project(asked, actor=owner, now=now, known=divisions.SAMPLE)


async def _actor(login: str, role: Role) -> Actor:
    found: Any = await db.row(
        "select p.id, p.name, o.id as organisation, o.division from person p join membership m on m.person = p.id"
        " join organisation o on o.id = m.organisation where p.login = $1 and o.kind = $2",
        login,
        str(role),
    )
    if found is None:
        raise SampleCityRefused(f"There is no {login}; live notices need the sample city.")
    return Actor(role, found["name"], found["id"], found["organisation"], found["division"])


async def _pause(leaving: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(leaving.wait(), POLL_S)
    except TimeoutError:
        return
