"""Facts brought in: whole or not at all, once, by whom they concern; the nightly run finds them in its frames."""

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from market import db
from market.contracts.states import ContractState
from market.credit import evaluation, records
from market.credit.fact_rules import APPROVAL_COLUMNS, Check
from market.credit.service import facts
from market.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from market.kernel.roles import Actor, Role
from market.kernel.uscc import with_check_digit
from market.respond import Typed, sent
from tests.build_agencies import NOW, an_actor, an_agency, an_item
from tests.build_contracts import AT, DAY, some_deals
from tests.build_credit import a_regulator
from tests.server import Database
from tests.web import browser, csrf, market, signed_in

OWNERS = [with_check_digit(f"91990000MB{n:07d}") for n in range(12)]


def a_file(*lines: str, name: str = "台账.csv") -> Typed:
    return sent({"name": name, "rows": "\n".join((",".join(APPROVAL_COLUMNS), *lines))})


def a_line(number: int, item: str, agency: str = "", owner: int = 0, day: str = "2026-11-02") -> str:
    return f"批{number},{OWNERS[owner]},P-{number},{item},990102,{agency},否,{day}"


async def read(folder: Path, name: str, day: date) -> list[dict[str, str]]:
    await records.copy_all(folder, day)
    with (folder / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


async def test_a_file_of_approvals_goes_in_whole_and_once_and_the_log_tells_only_count_and_hash(
    database: Database, tmp_path: Path
) -> None:
    _, item = await an_item()
    authority = await an_actor(Role.AUTHORITY)
    file = a_file(a_line(1, item), a_line(2, item))

    assert await facts.import_approvals(file, actor=authority, now=NOW) == 2
    with pytest.raises(Conflict, match="file_imported") as again:
        await facts.import_approvals(file, actor=authority, now=NOW)
    with pytest.raises(Invalid, match="csv_known"):
        await facts.import_approvals(a_file(a_line(2, item), a_line(3, item)), actor=authority, now=NOW)

    assert again.value.reasons[0].params["name"] == "台账.csv"
    assert await db.value("select count(*) from approval") == 2
    assert await db.value("select count(*) from record_import") == 1
    (entry,) = await db.fetch("select body from ledger_entry where type = 'approvals.imported'")
    told = json.loads(bytes(entry["body"]))
    assert told["rows"] == 2
    assert OWNERS[0] not in str(told)
    day = NOW.date()
    assert len(await read(tmp_path, "approvals", day)) == 2
    assert not await read(tmp_path, "approvals", day - timedelta(days=1))


async def test_only_an_authority_brings_in_approvals_and_only_a_regulator_of_every_trade_levels(
    database: Database,
) -> None:
    _, uscc, _ = await an_agency()
    levels = sent({"name": "等级.csv", "rows": f"uscc,level\n{uscc},A"})

    for role in Role:
        if role not in (Role.AUTHORITY, Role.SYSTEM, Role.PUBLIC):
            with pytest.raises(Forbidden):
                await facts.import_approvals(a_file(), actor=await an_actor(role), now=NOW)
    with pytest.raises(Forbidden):
        await facts.import_levels(levels, actor=await an_actor(Role.REGULATOR, trades=("water",)), now=NOW)
    assert await facts.import_levels(levels, actor=await an_actor(Role.REGULATOR), now=NOW) == 1


async def test_of_two_levels_within_a_second_the_later_counts(database: Database, tmp_path: Path) -> None:
    _, uscc, _ = await an_agency()
    for level in "BA":
        regulator = await an_actor(Role.REGULATOR)
        typed = sent({"name": "x", "rows": f"uscc,level\n{uscc},{level}"})
        await facts.import_levels(typed, actor=regulator, now=NOW)

    assert [row["level"] for row in await read(tmp_path, "public_credit", NOW.date())] == ["A"]


async def test_a_check_counts_from_its_day_until_the_day_it_is_annulled(database: Database, tmp_path: Path) -> None:
    _, uscc, _ = await an_agency()
    regulator, other = await an_actor(Role.REGULATOR), await an_actor(Role.REGULATOR)
    number = await facts.check(Check(uscc, "", False, "现场检查。"), actor=regulator, now=NOW)
    later = NOW + DAY
    with pytest.raises(NotFound):
        await facts.annul(number, "误登", actor=other, now=later)
    await facts.annul(number, "误登", actor=regulator, now=later)
    with pytest.raises(Conflict, match="check_annulled"):
        await facts.annul(number, "误登", actor=regulator, now=later)

    day = NOW.date()
    counts = [len(await read(tmp_path, "checks", day + timedelta(days=n))) for n in (-1, 0, 1)]
    assert counts == [0, 1, 0]


async def test_an_authority_judges_a_delivered_contract_of_its_place_once_until_annulled(database: Database) -> None:
    async with some_deals(database) as deals:
        delivered = await deals.bring(ContractState.DELIVERED)
        signed = await deals.bring(ContractState.SIGNED)
        other = await deals.city.organisation("authority", "91990000MA0AUT0001", AT)
        here = Actor(Role.AUTHORITY, "丁", deals.city.person, other, "990100")
        far = Actor(Role.AUTHORITY, "丁", deals.city.person, other, "990200")
        asked = Check("", delivered, True, "已用于审批。")
        for actor, contract, code in ((far, delivered, "check_contract_unknown"), (here, signed, "not_delivered")):
            with pytest.raises((Conflict, Invalid), match=code):
                await facts.judge(Check("", contract, True, "x"), actor=actor, now=AT + DAY)

        number = await facts.judge(asked, actor=here, now=AT + DAY)
        with pytest.raises(Conflict, match="deliverable_judged"):
            await facts.judge(asked, actor=here, now=AT + DAY)
        await facts.annul(number, "登记错误", actor=here, now=AT + DAY)
        await facts.judge(asked, actor=here, now=AT + DAY)

        narrow = a_regulator(deals.city.person, other, "water")
        with pytest.raises(Forbidden):
            await facts.check(Check(deals.uscc, delivered, True, "x"), actor=narrow, now=AT + DAY)


@pytest.mark.slow
async def test_an_authority_whose_owners_all_use_one_agency_is_noticed_by_the_real_evaluation(
    database: Database,
) -> None:
    _, item = await an_item()
    agencies = [(await an_agency())[1] for _ in range(4)]
    await db.execute("update agency set legal_representative = '示例法人' || id")  # one for all would be one group
    day = "2026-12-02"
    for at, (used, others) in enumerate(((11, 1), (8, 32))):
        lines = [
            a_line(100 * at + n, item, agencies[0] if n < used else agencies[1 + n % 3], n % 6 + 6 * at, day)
            for n in range(used + others)
        ]
        authority = await an_actor(Role.AUTHORITY)
        await facts.import_approvals(a_file(*lines), actor=authority, now=NOW + 8 * DAY)

    computed = await evaluation.compute(date(2026, 12, 31))

    rows = csv.DictReader(computed.files["signals.csv"].decode().splitlines())
    found = [row for row in rows if (row["code"], row["outcome"]) == ("D01", "signal")]
    assert [row["agency"] for row in found] == [agencies[0]]


async def test_a_refused_file_keeps_everything_typed_and_names_every_line(database: Database) -> None:
    async with market(database) as app:
        client = await signed_in(app, Role.AUTHORITY)
        text = ",".join(APPROVAL_COLUMNS) + "\n" + a_line(1, "none") + "\n短"
        shown = await client.post(
            "/authority/approvals", data={"_csrf": csrf(client), "name": "台账.csv", "rows": text}
        )

        assert shown.status_code == 422
        assert all(said in shown.text for said in ("第 2 行", "第 3 行", "台账.csv", OWNERS[0]))


async def test_the_pages_of_facts_are_for_their_role_alone(database: Database) -> None:
    pages = {
        "/authority/approvals": Role.AUTHORITY,
        "/authority/deliverables": Role.AUTHORITY,
        "/regulator/checks/new": Role.REGULATOR,
        "/regulator/credit-levels": Role.REGULATOR,
    }
    async with market(database) as app:
        for role in (Role.OWNER, Role.AGENCY, Role.REGULATOR, Role.OPERATOR, Role.AUTHORITY, Role.AUDITOR):
            client = await signed_in(app, role)
            for path, of in pages.items():
                assert (await client.get(path)).status_code == (200 if role is of else 403), (role, path)
        async with browser(app) as client:
            for path in pages:
                assert (await client.get(path)).status_code in (303, 401), path
