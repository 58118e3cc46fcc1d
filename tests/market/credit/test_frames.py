"""The bridge: the market's record becomes exactly the frames that scoring documents."""

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from market.contracts.states import ContractState
from market.credit import frames, records
from market.kernel.times import ZONE
from scoring.frames import FRAMES, SPECS
from scoring.groups import groups_of
from scoring.spec import DTYPES, Export
from tests.build_contracts import some_deals
from tests.server import Database

AS_OF = date(2026, 3, 31)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), ZONE)


async def files_of(folder: Path, as_of: date = AS_OF) -> dict[str, bytes]:
    await records.copy_all(folder, as_of)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_every_frame_has_the_columns_and_types_of_its_specification(database: Database, tmp_path: Path) -> None:
    async with some_deals(database) as deals:
        await deals.bring(ContractState.CLOSED)
        await deals.bring(ContractState.LAPSED)
        await deals.bring(ContractState.TERMINATED)

        made = frames.frames_of(await files_of(tmp_path))

    for spec in FRAMES:
        types = {column.name: DTYPES[column.kind] for column in spec.columns}
        assert {name: str(dtype) for name, dtype in made[spec.name].dtypes.items()} == types, spec.name
    assert [len(made[name]) for name in ("contracts", "fees", "agencies", "pools", "notices")] == [3, 2, 2, 3, 3]
    assert [len(made[name]) for name in ("checks", "public_credit", "entries", "approvals")] == [0, 0, 0, 0]


def test_a_query_gives_the_columns_of_every_frame() -> None:
    assert set(records.QUERIES) == set(SPECS)


async def test_controllers_are_in_the_full_package_only(database: Database, tmp_path: Path) -> None:
    async with some_deals(database) as deals:
        await deals.city.add(
            "related_party", agency=deals.city.agencies[deals.uscc], kind="controller", name="示例控股",
            identifier="示例证件号", declared_at=noon(date(2026, 3, 9)), verified=True,
        )  # fmt: skip
        made = frames.frames_of(await files_of(tmp_path))

    assert "示例证件号" in made["agencies"]["controller"].tolist()
    public = frames.package.write(made, export=Export.PUBLIC)
    assert b"controller" not in public["agencies.csv"]
    assert not {"owners.csv", "pools.csv", "approvals.csv"} & set(public)
    assert all("示例证件号".encode() not in data for data in public.values())


@pytest.mark.parametrize("kind", ["controller", "legal_representative"])
async def test_two_parties_of_one_name_are_not_one_party(database: Database, tmp_path: Path, kind: str) -> None:
    async with some_deals(database) as deals:
        await deals.city.connection.execute("update agency set legal_representative = '示例人'")
        for place, agency in enumerate(deals.city.agencies.values()):
            await deals.city.add(
                "related_party", agency=agency, kind=kind, name="示例人",
                identifier=None if place else "示例证件号", declared_at=noon(date(2026, 3, 9)), verified=True,
            )  # fmt: skip
        made = frames.frames_of(await files_of(tmp_path))

    assert made["agencies"][kind].dropna().tolist() == ["示例证件号"]
    assert len(set(groups_of(made["agencies"], (kind,)).values())) == 2


async def test_a_party_stands_behind_an_agency_from_its_declaration_to_its_end(
    database: Database, tmp_path: Path
) -> None:
    begun, ended = date(2026, 3, 9), date(2026, 3, 11)
    async with some_deals(database) as deals:
        await deals.city.add(
            "related_party", agency=deals.city.agencies[deals.uscc], kind="controller", name="示例控股",
            identifier="示例证件号", declared_at=noon(begun), ended_at=noon(ended), verified=True,
        )  # fmt: skip
        found = [await files_of(tmp_path, begun + timedelta(days=day)) for day in range(-1, 4)]

    rows = [csv.DictReader(files["agencies.csv"].decode().splitlines()) for files in found]
    told = [next(each["controller"] for each in row if each["agency"] == deals.uscc) for row in rows]
    assert told == ["", "示例证件号", "示例证件号", "", ""]


async def test_who_left_and_was_admitted_again_is_in_the_market(database: Database, tmp_path: Path) -> None:
    left, back = date(2026, 3, 10), date(2026, 3, 12)
    async with some_deals(database) as deals:
        sql = "update agency set left_at = $2, admitted_at = $3 where uscc = $1"
        await deals.city.connection.execute(sql, deals.uscc, noon(left), noon(back))
        sql = "insert into admission_check (agency, number, submitted_at, due_at, outcome, decided_at)" \
            " select id, 1, $2, $2, 'admitted', $2 from agency where uscc = $1"  # fmt: skip
        await deals.city.connection.execute(sql, deals.uscc, noon(date(2025, 3, 10)))
        found = [await files_of(tmp_path, left + timedelta(days=day)) for day in range(-1, 4)]

    rows = [csv.DictReader(files["agencies.csv"].decode().splitlines()) for files in found]
    told = [next(each["state"] for each in row if each["agency"] == deals.uscc) for row in rows]
    assert told == ["admitted", "left", "left", "admitted", "admitted"]


@pytest.mark.parametrize(("as_of", "count"), [(date(2026, 3, 9), 0), (date(2026, 3, 10), 1)])
async def test_a_contract_counts_from_the_day_its_end_was_recorded(
    database: Database, tmp_path: Path, as_of: date, count: int
) -> None:
    async with some_deals(database) as deals:
        await deals.bring(ContractState.ACCEPTED)

        files = await files_of(tmp_path, as_of)

    rows = list(csv.DictReader(files["contracts.csv"].decode().splitlines()))
    assert len(rows) == count
    assert [(row["billed_fen"], row["abandoned"]) for row in rows] == [("", "false")] * count


async def test_who_lets_a_contract_lapse_is_told_apart(database: Database, tmp_path: Path) -> None:
    async with some_deals(database) as deals:
        await deals.bring(ContractState.LAPSED)
        files = await files_of(tmp_path)

    row = next(iter(csv.DictReader(files["contracts.csv"].decode().splitlines())))
    assert (row["abandoned"], row["excused_kept"], row["excused_signed_in_time"]) == ("false", "true", "true")


async def test_the_archive_is_the_same_for_the_same_record(database: Database, tmp_path: Path) -> None:
    async with some_deals(database) as deals:
        await deals.bring(ContractState.CLOSED)
        files = await files_of(tmp_path)

    first, second = frames.computed(files, AS_OF), frames.computed(files, AS_OF)
    assert first == second
    assert set(first) >= {"ranking.csv", "scores.csv", "lines.csv", "manifest.json", "public.zip", "signals.csv"}
