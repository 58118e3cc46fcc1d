"""The past of the sample city: lived through by the real job and by its people, and lived again to the byte."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from piccolo.table import Table

from market import db
from market.credit import tables as credit_tables
from market.credit.service import openings
from market.credit.tables import cases as case_tables
from market.credit.tables import facts as fact_tables
from market.demo import given_up, history, people
from market.demo.given_up import Facts
from market.demo.history import Past
from market.demo.load import load, make
from market.demo.people import People
from market.demo.plan import Plan
from market.demo.quarters import ended
from market.demo.rows import TABLES
from market.kernel.times import ZONE
from tests.build_agencies import an_agency
from tests.build_cases import a_colleague, a_regulator, low_rankings
from tests.server import Database, TestServer

PLAN = Plan(seed=3, until=date(2026, 11, 24), scale=0.04)
# What officials tell the market; everything else about credit follows from something.
TOLD = {"record_import", "approval", "supervision_check"}
FOLLOWS = (
    "score_run", "agency_score", "signal", "owner_question", "ranking", "abandonment", "credit_entry", "credit_case",
    "case_statement", "case_decision", "measure", "appeal", "repair", "agency", "agency_bar", "item_suspension",
)  # fmt: skip


def quiet(_words: str) -> None:
    """Say nothing."""


def names_of_credit() -> set[str]:
    found = (vars(module).values() for module in (credit_tables, case_tables, fact_tables))
    tables = {each for values in found for each in values if isinstance(each, type) and issubclass(each, Table)}
    return {each._meta.tablename for each in tables if each.__module__.startswith("market.credit.")}


def test_the_last_quarters_are_those_that_ended_before_a_day() -> None:
    assert ended(date(2026, 10, 1), 2) == [date(2026, 6, 30), date(2026, 9, 30)]
    assert ended(date(2026, 9, 30), 2) == [date(2026, 3, 31), date(2026, 6, 30)]


def test_nothing_a_score_ranking_case_or_exit_says_is_written_by_the_demo() -> None:
    credit = names_of_credit()
    assert {*FOLLOWS} - {"agency", "agency_bar", "item_suspension"} < credit

    assert credit & set(TABLES) == TOLD
    for path in sorted(Path(history.__file__).parent.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        written = re.findall(r"\b(?:insert into|update|delete from|copy|truncate)\s+(\w+)", text, re.IGNORECASE)
        assert credit & set(written) == set(), path.name
        assert "db.execute" not in text, path.name


async def days_of(past: Past, first: date, count: int) -> None:
    for number in range(count):
        await past.live(first + timedelta(days=number))


async def test_a_silent_agency_is_eliminated_by_what_two_people_and_the_job_do_in_the_past(database: Database) -> None:
    _, uscc, agency = await an_agency()
    confirmer = await a_regulator(database)
    acting = People(confirmer, await a_colleague(confirmer), await a_colleague(confirmer))
    slots = (date(2026, 6, 30), date(2026, 9, 30))
    await low_rankings(database, agency, confirmer, slots=slots)
    opened_at = datetime(2026, 10, 12, 10, tzinfo=ZONE)
    await openings.open_due(opened_at)
    past = Past(slots, acting, Facts(opened_at + timedelta(days=400)))

    await days_of(past, opened_at.date(), 27)
    assert await db.value("select state from credit_case") == "deciding"
    assert await db.value("select state from agency where uscc = $1", uscc) == "admitted"

    await days_of(past, opened_at.date() + timedelta(days=27), 12)
    found = await db.row(
        "select c.served_how, d.drafted_by, d.signed_by, d.by_silence, d.executes_at, m.begins_at, a.state"
        ' from credit_case c join case_decision d on d."case" = c.id join measure m on m.decision = d.id'
        " join agency a on a.id = c.agency"
    )
    assert found is not None
    assert (found["served_how"], found["by_silence"], found["state"]) == ("posted", False, "eliminated")
    assert (found["drafted_by"], found["signed_by"]) == (acting.supervisor.person_id, acting.signer.person_id)
    assert found["begins_at"] == found["executes_at"] + timedelta(seconds=1)


async def dump() -> dict[str, str]:
    """Return a hash of every row that follows from something."""
    sql = "select coalesce(md5(string_agg(t::text, '|' order by t.id)), '') from {} t"
    return {table: await db.value(sql.format(table)) for table in FOLLOWS}


async def lived(server: TestServer, template: str, *, broken_off: int | None) -> dict[str, str]:
    """Make the city in a database of its own and live through its past, broken off after some days if asked."""
    name, slots = await server.create(template), ended(PLAN.until)
    await load(server.url("market_owner", name), make(PLAN, quiet), quiet)
    await db.connect(server.url("market_app", name))
    try:
        if broken_off is not None:
            first = slots[0].replace(month=slots[0].month - 2, day=1)
            past = Past(slots, await people.found(), await given_up.facts(first, PLAN.until))
            await days_of(past, first, broken_off)
        await history.live_through(slots, until=PLAN.until)
        assert await db.value("select count(*) from ranking where state = 'published'") >= len(slots)
        assert await db.value("select count(*) from case_decision") > 0
        return await dump()
    finally:
        await db.close()
        await server.drop(name)


@pytest.mark.slow
async def test_a_city_made_anew_has_the_same_past_even_when_it_was_broken_off(
    server: TestServer, template: str
) -> None:
    first = await lived(server, template, broken_off=None)

    assert await lived(server, template, broken_off=250) == first


@pytest.mark.slow
async def test_a_city_whose_nights_are_evaluated_is_left_alone(database: Database) -> None:
    await load(database.url("market_owner"), make(PLAN, quiet), quiet)
    await db.execute(
        "insert into job_run (job, slot, ran_by, finished_at, result) values ('evaluate', now(), 'w', now(), '{}')"
    )

    await history.make_up(PLAN.until)

    assert await db.value("select count(*) from score_run") == 0
