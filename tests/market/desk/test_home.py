"""Rules of the home page: true figures, never stale, nothing before its time, light enough."""

import gzip
import re
from datetime import datetime, timedelta

import pytest

from market import db
from market.desk import rules, service
from market.desk.tables import home as tables
from market.desk.tables.home import Home
from market.pages import asset_routes
from tests.build_desk import City, city
from tests.server import Database
from tests.templates.reading import faults
from tests.web import browser, market


async def read(now: datetime) -> Home:
    return await tables.home(rules.beginning_of(f"{now.year}-01"), rules.beginning_of(rules.months_before(now)[0]))


async def begun(database: Database) -> City:
    return await city(database, await db.value("select now()"))


async def an_award(built: City, code: str, ceiling: int, amount: int, days: int, **changes: object) -> None:
    notice = await built.notice(
        code, code, "ZJ901", "awarded", ceiling_fen=ceiling, published_at=built.now - timedelta(days=days),
        standstill_ends_at=built.now, **changes,
    )  # fmt: skip
    await built.award(notice, built.agencies[0], 1, amount, built.now)


async def test_the_figures_are_those_of_the_definitions(database: Database) -> None:
    built = await begun(database)
    await built.guide(await built.agency(10, "示例甲公司"), "ZJ901")
    await built.agency(11, "示例乙公司", "suspended")
    await built.guide(await built.agency(12, "示例丙公司", "left"), "ZJ901")
    await built.guide(await built.agency(13, "示例丁公司", "applying"), "ZJ901")
    await an_award(built, "A", 10_000, 9_000, 4)
    await an_award(built, "B", 10_000, 7_000, 5)
    await an_award(built, "C", 10_000, 10_000, 9)
    await an_award(built, "P", 10_000, 8_000, 3, practice=True, ruleset="practice-2026")

    figures = (await read(built.now)).figures

    assert (figures.agencies, figures.guides, figures.items) == (2, 1, 1)
    assert (figures.selections, figures.selections_this_year) == (4, 4)
    assert figures.saving == 1500
    assert figures.days == 45
    await built.connection.close()


async def test_an_empty_market_has_no_averages(database: Database) -> None:
    built = await begun(database)

    figures = (await read(built.now)).figures

    assert (figures.selections, figures.saving, figures.days) == (0, None, None)
    await built.connection.close()


async def test_it_is_read_again_after_an_act_and_not_before(database: Database) -> None:
    built = await begun(database)
    memory = service.Memory()
    first = await service.home(memory, built.now)
    assert await service.home(memory, built.now) is first

    await built.agency(10, "示例甲公司")
    await built.act()

    assert (await service.home(memory, built.now)).figures.agencies == first.figures.agencies + 1
    await built.connection.close()


async def test_it_is_read_again_on_a_new_day(database: Database) -> None:
    built = await begun(database)
    memory = service.Memory()
    first = await service.home(memory, built.now)

    assert await service.home(memory, built.now + timedelta(days=1)) is not first
    await built.connection.close()


@pytest.mark.parametrize(("registrants", "shown"), [(0, "0"), (1, "1–2"), (3, "3–5")])
async def test_before_the_deadline_only_a_range_is_told(database: Database, registrants: int, shown: str) -> None:
    built = await begun(database)
    notice = await built.notice("N1", "示例公告", "ZJ901")
    for number in range(registrants):
        agency = await built.agency(20 + number, f"不可提前公布{number}公司")
        await built.registration(notice, agency, await built.guide(agency, "ZJ901"), 100, "registered")
    async with market(database) as app, browser(app) as client:
        page = (await client.get("/")).text

    assert f"已报名 {shown} 家" in page
    assert "不可提前公布" not in page
    await built.connection.close()


async def test_a_draft_is_shown_to_nobody(database: Database) -> None:
    built = await begun(database)
    await built.notice("N1", "还没有发布的公告", "ZJ901", "draft")
    async with market(database) as app, browser(app) as client:
        assert "还没有发布" not in (await client.get("/")).text
        assert "/notices/N1" not in (await client.get("/search", params={"q": "还没有发布"})).text
    await built.connection.close()


async def test_the_page_is_well_made_and_light_in_every_state(database: Database) -> None:
    built = await begun(database)
    async with market(database, demo=True) as app, browser(app) as client:
        assert faults((await client.get("/")).text) == []
        await an_award_of_each_state(built)
        page = (await client.get("/")).text

    assert faults(page) == []
    sent = [asset_routes()[name] for name in set(re.findall(r'/assets/([^"#]+)', page))]
    weight = len(gzip.compress(page.encode())) + sum(len(each.gzipped) for each in sent)
    assert weight <= 60_000
    await built.connection.close()


async def an_award_of_each_state(built: City) -> None:
    agency = await built.agency(10, "示例甲公司")
    await built.guide(agency, "ZJ901")
    for number, state in enumerate(("open", "closed", "opening", "standstill", "failed", "withdrawn")):
        await built.notice(f"N{number}", f"示例公告{number}", "ZJ901", state)
    await an_award(built, "A", 10_000, 9_000, 4)
    await built.act()
