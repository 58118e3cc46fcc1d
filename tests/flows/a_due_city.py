"""A small city at one stopped moment in which every job of the worker has something to do, and every step of a case."""

import json
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from market import db
from market.contracts import service as contracts
from market.contracts.states import ContractState
from market.credit.service import cases
from market.credit.states import Breach, CaseGround, EntryKind, MeasureKind
from market.kernel.roles import SYSTEM
from market.kernel.times import ZONE
from tests.build_abandonments import declined
from tests.build_agencies import an_agency
from tests.build_cases import HASH, a_draft, advanced, an_opening, low_rankings, moment
from tests.build_contracts import CONFIRMED, DAY, DELIVERY, Deals, some_deals
from tests.build_credit import SLOT, a_night
from tests.build_ripe import PRACTICE, Office, Stage, an_admitted, an_office, ripe
from tests.server import Database

NOW: Final = datetime(2026, 6, 22, 10, 0, tzinfo=ZONE)  # a Monday; the ranking of March is due, that of June is not
MINUTE: Final = timedelta(minutes=1)
STOPPED: Final = """
create schema hands;
create table hands.stopped (at timestamptz not null);
create function hands.clock_timestamp() returns timestamptz language sql stable as 'select at from hands.stopped';
grant usage on schema hands to market_app;
grant select on hands.stopped to market_app;
grant execute on function hands.clock_timestamp() to market_app;
"""


async def stop_the_clock(database: Database, at: datetime = NOW, *, anew: bool = True) -> None:
    """Let the clock of a database stand still for whoever connects from now on; a copy has the hands already."""
    owner = await asyncpg.connect(database.url("market_owner"))
    try:
        if anew:
            await owner.execute(STOPPED)
        await owner.execute(f"alter database {database.name} set search_path = hands, public, pg_catalog")
        await owner.execute("delete from hands.stopped")
        await owner.execute("insert into hands.stopped values ($1)", at)
    finally:
        await owner.close()


async def build(database: Database) -> str:
    """Build the city; return the signal of tying that its night is given."""
    await stop_the_clock(database, datetime(2026, 4, 2, 3, 0, tzinfo=ZONE))
    await db.connect(database.url())
    try:
        async with some_deals(database) as deals:
            signal = await _deals(deals)
            await a_night(SLOT)
            await a_night(SLOT + DAY)
            await deals.city.connection.execute("update hands.stopped set at = $1", NOW)
        async with an_office(database) as office:
            await _cases(office)
            await _rankings(office)
            await _small_things(office)
    finally:
        await db.close()
    return json.dumps(signal)


async def small(database: Database, ground: CaseGround) -> None:
    """Build a city in which one elimination is due and nothing else."""
    await stop_the_clock(database)
    await db.connect(database.url())
    try:
        async with an_office(database) as office:
            await ripe(office, ground, Stage.SIGNED)
    finally:
        await db.close()


async def _deals(deals: Deals) -> dict[str, str]:
    await deals.bring(ContractState.CLOSED)
    await deals.bring(ContractState.ACCEPTED)
    late = await deals.bring(ContractState.PERFORMING)
    at = CONFIRMED.replace(month=4, day=10, hour=12) + 17 * DAY
    await contracts.deliver(late, DELIVERY, actor=deals.agency, now=at)
    await declined(deals)
    await deals.award(confirmed_at=NOW - 2 * DAY)
    await deals.award(confirmed_at=NOW - 30 * DAY)
    await deals.due(ruleset=PRACTICE, confirmed_at=NOW - timedelta(hours=3))
    return await _tied(deals)


async def _tied(deals: Deals) -> dict[str, str]:
    """Let the owner buy a second item of the same agency for one project."""
    first, second = await deals.due(), await deals.due()
    run = deals.city.connection.execute
    await run(
        "insert into item select (jsonb_populate_record(i, jsonb_build_object('id',"
        " nextval(pg_get_serial_sequence('item', 'id')), 'code', 'ZJ-900'))).* from item i where id = $1",
        deals.city.item,
    )
    await run("alter table notice disable trigger user")
    about = "(select notice from contract where number = $1)"
    await run(f"update notice set project = (select project from notice where id = {about}) where id ="
              f" {about.replace('$1', '$2')}", first, second)  # fmt: skip
    await run(f"update notice set item = (select id from item where code = 'ZJ-900') where id = {about}", second)
    await run("alter table notice enable trigger user")
    return {
        "code": "T01", "severity": "S2", "outcome": "signal", "agency": deals.uscc, "item": "ZJ-001",
        "other_item": "ZJ-900", "region": "9901", "key": "T01-of-the-test", "version": "T01/1",
    }  # fmt: skip


async def _cases(office: Office) -> None:
    """Bring one case before each step the clock takes."""
    await ripe(office, CaseGround.EXTERNAL_DECISION, Stage.SIGNED)  # execution of an elimination
    held = await ripe(office, CaseGround.EXTERNAL_DECISION, Stage.SIGNED)  # its ground fell away
    await office.tamper(f"update credit_case set external_document = '' where id = {held.case}")
    await ripe(office, CaseGround.ABANDONMENTS, Stage.SILENT)  # the end of a statement, and silence
    late = await ripe(office, CaseGround.EXTERNAL_DECISION, Stage.UNSIGNED)  # escalation
    await office.tamper(f"update credit_case set escalate_at = '{NOW - MINUTE}', next_check_at = '{NOW - MINUTE}'"
                        f" where id = {late.case}")  # fmt: skip
    for bounced in (False, True):
        _, agency_id = await an_admitted(office)
        opening = await an_opening(agency_id, ruleset=PRACTICE)
        number = await cases.open_case(opening, actor=SYSTEM, now=NOW - 40 * MINUTE)
        await advanced(number, NOW - 40 * MINUTE)
        await cases.post(number, "挂号信", actor=office.drafter, now=NOW - 39 * MINUTE)
        if bounced:
            await cases.bounce(number, actor=office.drafter, now=NOW - 38 * MINUTE)
    await _suspension(office, MeasureKind.SUSPEND_ALL)
    await _suspension(office, MeasureKind.SUSPEND_ITEM)
    over = await _suspension(office, MeasureKind.SUSPEND_ALL, Breach.SERIOUS)
    number = await db.value("select number from credit_case where agency = $1", over)
    await advanced(number, NOW)
    for table, column, where in (
        ("measure", "ends_at", "agency"), ("credit_case", "next_check_at", "agency"),
        ("agency", "suspended_until", "id"), ("agency", "next_check_at", "id"),
    ):  # fmt: skip
        await office.tamper(f"update {table} set {column} = '{NOW - MINUTE}' where {where} = {over}")


async def _suspension(office: Office, measure: MeasureKind, breach: Breach = Breach.GENERAL) -> int:
    """Sign a suspension that is due; return the agency."""
    agency, agency_id = await an_admitted(office)
    item = await db.value("select min(id) from item") if measure is MeasureKind.SUSPEND_ITEM else None
    opening = await an_opening(agency_id, ruleset=PRACTICE, proposed=measure, item_id=item)
    number = await cases.open_case(opening, actor=SYSTEM, now=NOW - 25 * MINUTE)
    await advanced(number, NOW - 25 * MINUTE)
    await cases.acknowledge(number, actor=agency, now=NOW - 25 * MINUTE)
    until = await moment(number, "statement_until_at")
    await advanced(number, until)
    written = a_draft(
        breach=breach, measure=measure, months=2, reentry_months=None, item=item, entry_kind=EntryKind.MINOR
    )
    await cases.draft(number, written, actor=office.drafter, now=until)
    await cases.sign(number, actor=office.signer, now=until)
    return agency_id


async def _rankings(office: Office) -> None:
    """Publish two rankings that open a case, and confirm a third that waits for its publication."""
    _, low = await an_admitted(office)
    await low_rankings(office.database, low, office.confirmer)
    run: Any = await office.admin.fetchval(
        "insert into score_run (as_of, number, ruleset, code_version, inputs_hash, result_hash, signals_hash, agencies,"
        " computed_at) values ('2024-12-31', 1, 'credit-score/1', '1', $1, $1, $1, 1, $2) returning id",
        *(HASH, NOW - 200 * DAY),
    )
    await office.admin.execute("insert into agency_score (run, agency, place, grade, total, parts, lines)"
                               " values ($1, $2, 1, 'B', 8000, '{}', '[]')", run, low)  # fmt: skip
    await office.admin.execute(
        "insert into ranking (slot, edition, run, state, archive, drafted_at, objections_until_at, confirmed_by,"
        " confirmed_for, confirmed_at) values ('2024-12-31', 1, $1, 'confirmed', '', $2, $2, $3, $4, $2)",
        *(run, NOW - 20 * DAY, office.confirmer.person_id, office.confirmer.organisation_id),
    )


async def _small_things(office: Office) -> None:
    _, _, lapsed = await an_agency(now=NOW - 100 * DAY)
    await office.tamper(f"update qualification set valid_until = '2026-06-01' where agency = {lapsed}")
    await db.execute("insert into worker_beat (worker, seen_at) values ('long gone', $1)", NOW - 9 * DAY)
