"""The command line: clear words and exit codes, nothing loaded that is not needed, and lists as visitors get them."""

import asyncio
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from market.__main__ import COMMANDS, main
from market.app import create_app
from market.catalogue.seed import load
from market.commands import bring_up_to_date, export_lists, lifecycles, route_table, settings_page
from market.demo.load import load as load_city
from market.demo.load import make
from market.demo.plan import Plan
from market.kernel import calendar, rulesets
from market.seeding import limit_rows
from market.settings import Settings
from tests.server import Database

ROOT = Path(__file__).parents[2]
NOWHERE = {"DATABASE_URL": "postgresql://market_app@127.0.0.1:1/nowhere"}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "MARKET_OWNER_URL", "MARKET_RULESET", "PORT", "MARKET_PORT"):
        monkeypatch.delenv(name, raising=False)


def loaded_by(code: str) -> set[str]:
    """Run *code* in a fresh process and return the names of what it loaded."""
    told = f"{code}\nimport sys; print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("name", [*COMMANDS, "verify"])
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])

    assert ended.value.code == 0
    assert "usage" in capsys.readouterr().out


def test_the_help_names_every_command_and_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    out = capsys.readouterr().out
    assert all(name in out for name in [*COMMANDS, "verify", "MARKET_PORT"])


@pytest.mark.parametrize("name", ["serve", "worker", "live", "export"])
def test_a_program_without_a_database_says_so(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main([name, "folder"] if name == "export" else [name])

    assert code == 1
    told = capsys.readouterr().err
    assert told.startswith(f"market {name}: ")
    assert "Traceback" not in told


def test_a_public_server_refuses_practice_rules(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", NOWHERE["DATABASE_URL"])
    monkeypatch.setenv("MARKET_RULESET", "practice-2026")

    assert main(["serve"]) == 1
    assert "practice-2026 is for practice" in capsys.readouterr().err


async def test_migrating_makes_the_log_s_key_on_request_once_and_for_its_owner_alone(
    empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MARKET_OWNER_URL", empty_database.url("market_owner"))
    monkeypatch.setenv("MARKET_KEYS", str(tmp_path / "keys"))

    plain = await asyncio.to_thread(main, ["migrate"])
    assert not (tmp_path / "keys").exists()
    first = await asyncio.to_thread(main, ["migrate", "--init-keys"])
    second = await asyncio.to_thread(main, ["migrate", "--init-keys"])

    told = [line for line in capsys.readouterr().out.splitlines() if "log's public key" in line]
    assert (plain, first, second) == (0, 0, 0)
    assert len(told) == 2
    assert told[0] == told[1]
    assert told[0].endswith((tmp_path / "keys/log.vkey").read_text().strip())
    assert (tmp_path / "keys/log.key").stat().st_mode & 0o777 == 0o600


def test_a_database_that_does_not_answer_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", NOWHERE["DATABASE_URL"])

    assert main(["migrate"]) == 1
    assert capsys.readouterr().err.startswith("market migrate: ")


def test_a_wrong_setting_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--scale", "11"]) == 1
    assert "MARKET_SCALE" in capsys.readouterr().err


def test_verifying_and_keeping_load_neither_web_nor_pandas() -> None:
    verify = loaded_by("from market.__main__ import main\nassert main(['verify', 'missing.json']) == 2")
    keeper = loaded_by("import market.__main__, market.keeper")

    assert not {"litestar", "pandas", "asyncpg", "piccolo"} & verify
    assert not {"litestar", "pandas"} & keeper


def test_the_web_process_never_loads_pandas() -> None:
    told = "from market.commands import route_table\nroute_table()"

    assert not {"pandas", "numpy", "pyarrow", "scoring.credit", "apscheduler"} & loaded_by(told)


def test_the_application_is_made_without_a_word_about_what_is_deprecated() -> None:
    told = "from market.commands import route_table\nroute_table()"
    run = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", told],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stderr) == (0, "")


def test_every_route_is_printed_with_who_may_use_it() -> None:
    settings = Settings.read(NOWHERE, command="serve")
    app = create_app(settings).litestar
    printed = {tuple(line.split()[:2]): line for line in route_table().splitlines()}

    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in set(handler.http_methods) - {"OPTIONS"}:
                assert (method, route.path) in printed
    assert [line for line in printed.values() if "nobody is named" in line] == []
    assert re.search(r"^GET +/sign-in +public$", route_table(), re.MULTILINE)


def test_the_committed_diagrams_are_those_of_the_tables() -> None:
    assert (ROOT / "docs/lifecycles.md").read_text(encoding="utf-8") == lifecycles()


def test_the_committed_table_of_settings_is_that_of_the_code() -> None:
    assert (ROOT / "docs/settings.md").read_text(encoding="utf-8") == settings_page()


async def test_migrating_adds_holidays_and_limits_and_keeps_what_was_edited(empty_database: Database) -> None:
    url = empty_database.url("market_owner")

    first = await bring_up_to_date(url, catalogue=False)
    connection = await asyncpg.connect(url)
    await connection.execute("update statutory_limit set limit_fen = 7")
    await connection.execute("update holiday set name = 'edited'")
    second = await bring_up_to_date(url, catalogue=False)
    days = await connection.fetchval("select count(*) from holiday where name = 'edited'")
    limits = await connection.fetchval("select count(*) from statutory_limit where limit_fen = 7")
    await connection.close()

    assert first[0].startswith("migrated ")
    assert second == ["the schema is up to date"]
    assert days == len(calendar.seed())
    assert limits == len(limit_rows(rulesets.latest().limits)) > 0


async def test_the_catalogue_is_added_once_with_its_acts(empty_database: Database) -> None:
    url = empty_database.url("market_owner")

    first = await bring_up_to_date(url, catalogue=True)
    second = await bring_up_to_date(url, catalogue=True)
    connection = await asyncpg.connect(url)
    items = await connection.fetch("select code, state from item order by code")
    acts = await connection.fetchval("select count(distinct subject) from ledger_entry where type = 'item.published'")
    await connection.close()

    assert first[-1] == f"{len(load())} items added to the catalogue"
    assert second[-1] == "0 items added to the catalogue"
    assert [(row["code"], row["state"]) for row in items] == [(item.code, item.outcome) for item in load()]
    assert acts == len(load())


def test_a_limit_ends_where_the_next_of_its_code_begins() -> None:
    rows = [row for row in limit_rows(rulesets.latest().limits) if row[1] == "99"]

    assert [(row[6].year, row[7] and row[7].isoformat()) for row in rows] == [(2023, "2024-12-31"), (2025, None)]


async def test_the_public_lists_are_exported_as_visitors_get_them(empty_database: Database, scratch: Path) -> None:
    url = empty_database.url("market_owner")
    await bring_up_to_date(url, catalogue=False)
    await load_city(url, make(Plan(3, date(2026, 11, 24), 0.01), _quiet), _quiet)
    settings = Settings.read({"DATABASE_URL": empty_database.url("market_app")}, command="export")

    files = await export_lists(settings, scratch / "lists")

    assert {"notices.csv", "results.csv"} <= {path.name for path in files}
    notices = (scratch / "lists" / "notices.csv").read_text(encoding="utf-8-sig")
    assert notices.count("\n") > 80


def _quiet(_words: str) -> None:
    """Say nothing."""
