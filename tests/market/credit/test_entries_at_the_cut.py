"""Entries, suspensions and their ends as the nightly run reads them: as they were at its cut, whenever it runs."""

from datetime import date, datetime, timedelta
from pathlib import Path

from market import db
from market.credit.service import abandonments, cases
from market.credit.states import Breach, EntryKind, MeasureKind
from market.kernel.times import local
from tests.build_abandonments import LAPSED, declined, recorded
from tests.build_cases import a_draft, a_low_case, a_regulator, advanced, signed
from tests.build_contracts import DAY, some_deals
from tests.market.credit.test_abandonments import COUNTS
from tests.market.credit.test_facts import read
from tests.server import Database


def day_of(moment: datetime) -> date:
    return local(moment).date()


async def test_an_entry_counts_from_its_day_and_once_annulled_on_no_day(database: Database, tmp_path: Path) -> None:
    async with some_deals(database) as deals:
        regulator = await a_regulator(database)
        await declined(deals)
        (number,) = await recorded(LAPSED)
        now = LAPSED + 9 * DAY
        await abandonments.decide(number, COUNTS, actor=regulator, now=now)
        assert await read(tmp_path, "entries", day_of(now - DAY)) == []
        assert [each["state"] for each in await read(tmp_path, "entries", day_of(now))] == ["in_force"]

        await abandonments.annul(number, "认定有误。", actor=regulator, now=now + 3 * DAY)
        states = [(await read(tmp_path, "entries", day_of(now + n * DAY)))[0]["state"] for n in (0, 2, 3)]
        assert states == ["annulled"] * 3


async def test_an_agency_is_suspended_in_the_record_as_long_as_its_measure_was(
    database: Database, tmp_path: Path
) -> None:
    scene = await a_low_case(database)
    suspended = a_draft(
        breach=Breach.MINOR, measure=MeasureKind.SUSPEND_ALL, months=2, reentry_months=None, entry_kind=EntryKind.MINOR
    )
    executes = await signed(scene, suspended)
    await advanced(scene.number, executes)
    later = executes + 9 * DAY
    await cases.file_appeal(scene.number, "事实有误", actor=scene.agency, now=later)
    await cases.decide_appeal(scene.number, upheld=True, answer="有误", actor=scene.confirmer, now=later)
    assert await db.value("select state from agency where id = $1", scene.agency_id) == "admitted"

    async def state(moment: datetime) -> str:
        rows = await read(tmp_path, "agencies", day_of(moment))
        return next(each["state"] for each in rows if each["agency"] == scene.uscc)

    assert await state(executes - timedelta(days=2)) == "admitted"
    assert await state(executes) == "suspended"
    assert await state(later - DAY) == "suspended"
    assert await state(later) == "admitted"
