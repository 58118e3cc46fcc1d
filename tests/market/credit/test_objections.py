"""Objections to a draft: who may file and answer, what keeps it from being confirmed, and what is computed anew."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from market import db, schedule
from market.clock import service as clock
from market.contracts.states import ContractState
from market.credit import drafting, rules, service
from market.credit.rules import Answer, Standing, TurnKind
from market.credit.states import ObjectionOutcome, RankingState
from market.kernel import rulesets
from market.kernel.calendar import WorkCalendar, WorkdayUnit, seed
from market.kernel.errors import Conflict, Forbidden, NotFound
from market.kernel.roles import PUBLIC, Actor
from market.kernel.times import ZONE
from market.schedule import Shift
from tests.build_contracts import Deals, some_deals
from tests.build_credit import SLOT, a_night, a_ranking, a_regulator, a_run, evaluated, objected, redrafted
from tests.server import Database

AT = datetime(2026, 4, 20, tzinfo=UTC)
SECOND = timedelta(seconds=1)
UPHELD, DISMISSED = ObjectionOutcome.UPHELD, ObjectionOutcome.DISMISSED


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"objections_until_at": AT + SECOND}, ["objections_open"]),
        ({"unanswered": 2}, ["objections_unanswered"]),
        ({"upheld_at": (AT - SECOND,)}, ["recompute_needed"]),
        ({"upheld_at": (AT - timedelta(days=9),)}, []),  # answered before this draft was made
        ({"recompute_asked": True, "upheld_at": (AT - SECOND,)}, ["recompute_waits"]),
        (
            {"objections_until_at": AT + SECOND, "unanswered": 1, "recompute_asked": True},
            ["objections_open", "objections_unanswered", "recompute_waits"],
        ),
    ],
)
def test_everything_that_keeps_a_draft_from_confirmation_is_told_at_once(
    changes: dict[str, Any], codes: list[str]
) -> None:
    draft: dict[str, Any] = {"drafted_at": AT - timedelta(days=8), "objections_until_at": AT, "recompute_asked": False}
    standing = Standing(**{**draft, "unanswered": 0, "upheld_at": (), **changes})

    assert [reason.code for reason in rules.why_not_confirm(standing, AT)] == codes


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ("B", "D", [TurnKind.INTO_D]), ("D", "C*", [TurnKind.OUT_OF_D]), ("A", "B", [TurnKind.OUT_OF_A]),
        ("C", "A", [TurnKind.INTO_A]), (None, "B", [TurnKind.RATED]), (None, "N", []), ("C", "N", [TurnKind.UNRATED]),
        ("A", "D", [TurnKind.INTO_D, TurnKind.OUT_OF_A]), ("B", "C", []),
    ],
)  # fmt: skip
def test_a_reader_is_told_who_entered_and_who_left_the_outer_grades(
    before: str | None, after: str, kinds: list[TurnKind]
) -> None:
    assert [turn.kind for turn in rules.turns([{"grade_before": before, "grade": after}])] == kinds


def test_a_ranking_is_drafted_on_the_sixth_working_day_or_minute_after_its_quarter() -> None:
    calendar = WorkCalendar(seed())
    model, practice = rulesets.get("model-2026"), rulesets.get("practice-2026")

    # 4 to 6 April 2026 are 清明; the 6th working day after 31 March is Thursday the 9th.
    assert drafting.drafted_from(SLOT, calendar, model) == datetime(2026, 4, 9, 2, 30, tzinfo=ZONE)
    assert practice.workday_unit is WorkdayUnit.MINUTE
    minutes = timedelta(minutes=practice.evaluation.ranking_drafted_on_workday)
    assert drafting.drafted_from(SLOT, calendar, practice) == datetime(2026, 4, 1, tzinfo=ZONE) + minutes


@pytest.fixture
async def deals(database: Database) -> AsyncIterator[Deals]:
    async with some_deals(database) as deals:
        await deals.bring(ContractState.CLOSED)
        yield deals


@pytest.fixture
async def regulator(deals: Deals) -> Actor:
    now = await db.value("select now()")
    return a_regulator(deals.city.person, await deals.city.organisation("regulator", "91990000MA0REG0001", now))


async def the_draft() -> Any:
    return await db.row("select * from ranking order by slot desc, edition desc limit 1")


async def test_an_evaluated_quarter_is_drafted_when_its_day_comes_and_once(deals: Deals) -> None:
    for day in (date(2025, 12, 31), SLOT):
        await a_night(day)
    due = drafting.drafted_from(SLOT, await clock.calendar(), rulesets.get("model-2026"))

    early = await drafting.next_due(due - SECOND)
    assert early is not None
    assert early.slot == date(2025, 12, 31)  # the older quarter goes first
    computed = await evaluated(early.slot)
    assert [await drafting.store(early, computed, now=due) for _ in "ab"] == [True, False]
    assert await drafting.next_due(due - SECOND) is None
    assert await drafting.next_due(due) == drafting.Due(SLOT)
    assert await db.value("select count(*) from score_run where number > 1") == 0  # it cites the night's own run


async def test_an_agency_reads_its_own_line_of_a_draft_and_objects_once_in_time(deals: Deals, regulator: Actor) -> None:
    await a_run()
    made, until = (await the_draft())["drafted_at"], (await the_draft())["objections_until_at"]

    own = await service.own(SLOT, actor=deals.agency, now=made)
    assert own.may_object
    assert own.score.uscc == deals.uscc
    assert sum(line.points for line in own.score.lines) == (own.score.total or 0)
    for stranger in (deals.owner, regulator, PUBLIC):
        with pytest.raises(NotFound):
            await service.own(SLOT, actor=stranger, now=made)
        with pytest.raises(NotFound):
            await service.object_to(SLOT, "不对", actor=stranger, now=made)
    with pytest.raises(Conflict, match="objections_closed"):
        await service.object_to(SLOT, "不对", actor=deals.agency, now=until)
    await service.object_to(SLOT, "不对", actor=deals.agency, now=until - SECOND)
    with pytest.raises(Conflict, match="objection_filed_once"):
        await service.object_to(SLOT, "不对", actor=deals.agency, now=until - SECOND)
    told = await db.fetch("select kind from message where kind like 'ranking%' order by id")
    assert {each["kind"] for each in told} == {"ranking_line_drafted"}  # no regulator watches every trade here


async def test_an_upheld_objection_needs_a_further_run_and_a_new_period(
    deals: Deals, database: Database, regulator: Actor
) -> None:
    await a_run()
    made = (await the_draft())["drafted_at"]
    number = await service.object_to(SLOT, "评价有误", actor=deals.agency, now=made)
    narrow = a_regulator(deals.city.person, regulator.organisation_id or 0, "construction")
    said = Answer(UPHELD, "更正")
    with pytest.raises(Forbidden):
        await service.answer(SLOT, number, said, actor=narrow, now=made)
    now = await objected(database.url("market_owner"))
    with pytest.raises(Conflict, match="objections_unanswered"):
        await service.confirm(SLOT, actor=regulator, now=now)
    await service.answer(SLOT, number, said, actor=regulator, now=now)
    with pytest.raises(Conflict, match="objection_answered"):
        await service.answer(SLOT, number, Answer(DISMISSED, "不"), actor=regulator, now=now)
    with pytest.raises(Conflict, match="recompute_needed"):
        await service.confirm(SLOT, actor=regulator, now=now)

    await service.recompute(SLOT, actor=regulator, now=now)
    with pytest.raises(Conflict, match="recompute_waits"):
        await service.recompute(SLOT, actor=regulator, now=now)
    await schedule.draft_rankings(Shift("one", None))
    await schedule.draft_rankings(Shift("two", None))

    draft = await the_draft()
    assert [row["number"] for row in await db.fetch("select number from score_run order by id")] == [1, 2]
    assert (draft["edition"], draft["state"], draft["recompute_asked_at"]) == (1, "drafted", None)
    assert draft["objections_until_at"] > now
    with pytest.raises(Conflict, match="objections_open"):
        await service.confirm(SLOT, actor=regulator, now=now)
    await service.confirm(SLOT, actor=regulator, now=draft["objections_until_at"])


async def test_against_a_draft_computed_anew_an_agency_objects_anew_and_once(deals: Deals, regulator: Actor) -> None:
    await a_run()
    for words in ("第一稿有误", "第二稿仍有误"):
        now = (await the_draft())["drafted_at"]
        assert (await service.own(SLOT, actor=deals.agency, now=now)).may_object
        number = await service.object_to(SLOT, words, actor=deals.agency, now=now)
        with pytest.raises(Conflict, match="objection_filed_once"):
            await service.object_to(SLOT, words, actor=deals.agency, now=now)
        await service.answer(SLOT, number, Answer(UPHELD, "更正"), actor=regulator, now=now)
        await service.recompute(SLOT, actor=regulator, now=now)
        assert await redrafted()

    own = await service.own(SLOT, actor=deals.agency, now=(await the_draft())["drafted_at"])
    assert [(each.words, each.run_number) for each in own.objections] == [("第二稿仍有误", 2), ("第一稿有误", 1)]
    assert own.objection is None


async def test_a_published_ranking_computed_anew_becomes_its_next_edition_and_stays(
    deals: Deals, database: Database, regulator: Actor
) -> None:
    now = await a_ranking(database, RankingState.PUBLISHED, regulator)
    kept = await db.row("select * from ranking")
    assert kept is not None
    async with db.writing():
        assert await service.ask_recomputation(SLOT, now=now)
        assert not await service.ask_recomputation(date(2025, 12, 31), now=now)

    assert await redrafted()
    assert not await redrafted()

    assert (await service.ranking(SLOT, PUBLIC)).edition == 1
    with pytest.raises(NotFound):
        await service.ranking(SLOT, PUBLIC, 2)
    at = await objected_draft(database)
    await service.confirm(SLOT, actor=regulator, now=at)
    await service.publish(SLOT, now=at)
    assert (await service.ranking(SLOT, PUBLIC)).edition == 2
    assert [each.edition for each in await service.published()] == [2, 1]
    assert dict(await db.row("select * from ranking where edition = 1") or {}) == dict(kept)


async def objected_draft(database: Database) -> datetime:
    """Let the period of the draft under way be over."""
    until: datetime = await db.value("select objections_until_at from ranking where state = 'drafted'")
    return until


async def test_lines_of_old_nights_are_given_up_but_never_those_a_ranking_cites(
    deals: Deals, database: Database
) -> None:
    await a_night(date(2026, 3, 30))
    await a_run()
    slot = datetime.combine((await db.value("select now()")).date() + timedelta(days=36), time(3, 40), ZONE)

    assert (await service.prune_lines(slot - timedelta(days=2)))["pruned"] == 0
    pruned = await service.prune_lines(slot)

    left = "select count(*) from agency_score s join score_run r on r.id = s.run where r.as_of = $1 and lines <> '[]'"
    assert pruned["pruned"] > 0
    assert await db.value(left, date(2026, 3, 30)) == 0
    assert await db.value(left, SLOT) == pruned["pruned"]
    assert await service.prune_lines(slot) == {"pruned": 0}
