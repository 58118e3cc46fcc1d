"""Rules of organisations that do not sign up: who may be added, with which scopes, and what the log says of it."""

import asyncio
import json
from dataclasses import replace

import asyncpg
import pytest

from market import db
from market.__main__ import main
from market.accounts import organisations, service, sessions
from market.accounts.organisations import NewOrganisation
from market.kernel.errors import Conflict, Invalid
from market.kernel.roles import Role, Scope
from market.kernel.uscc import with_check_digit
from tests.server import Database

ASKED = NewOrganisation(
    kind="regulator", uscc=with_check_digit("11990000MB0000001"), name="云湖市示例政务办", division="990100",
    trades=("ecology", "water"), login="first@office.example", person="示例人员",
)  # fmt: skip
COMMAND = [
    "organisation", "add", "--kind", "operator", "--uscc", ASKED.uscc.lower(), "--name", ASKED.name, "--division",
    "990100", "--login", "First@Office.example", "--person", "示例人员",
]  # fmt: skip


@pytest.fixture
async def owner(database: Database) -> Database:
    """Connect as the owner of the schema, as whoever runs the command does."""
    await db.close()
    await db.connect(database.url("market_owner"))
    return database


async def added(asked: NewOrganisation) -> str:
    return await organisations.add(asked, now=await db.value("select now()"))


async def test_a_regulator_gets_its_division_times_each_of_its_trades(owner: Database) -> None:
    await added(ASKED)

    (signed_in,) = await sessions.memberships(await db.value("select id from person"))

    assert signed_in.actor.scopes == (Scope("990100", "ecology"), Scope("990100", "water"))
    assert signed_in.password_given


async def test_a_regulator_without_trades_watches_every_one(owner: Database) -> None:
    await added(replace(ASKED, trades=()))

    (signed_in,) = await sessions.memberships(await db.value("select id from person"))

    assert signed_in.actor.scopes == (Scope("990100", None),)


@pytest.mark.parametrize("kind", [Role.OPERATOR, Role.AUTHORITY, Role.AUDITOR])
async def test_nobody_else_has_scopes_and_the_running_market_may_add_them(database: Database, kind: Role) -> None:
    await added(replace(ASKED, kind=kind.value, trades=("ecology",) if kind is Role.AUTHORITY else ()))

    assert await db.value("select count(*) from regulator_scope") == 0
    assert await db.value("select trade from organisation") == ("ecology" if kind is Role.AUTHORITY else None)


async def test_the_running_market_cannot_widen_what_a_regulator_watches(database: Database) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await added(ASKED)

    assert await db.value("select count(*) from organisation") == 0


async def test_the_password_is_right_and_the_entry_names_no_person(owner: Database) -> None:
    password = await added(ASKED)

    now = await db.value("select now()")
    assert await service.checked(ASKED.login, password, address="1", now=now)
    body = (await db.value("select body from ledger_entry where type = 'organisation.added'")).decode()
    assert json.loads(body)["trades"] == ["ecology", "water"]
    assert ASKED.person not in body
    assert ASKED.login not in body


def test_everything_wrong_is_told_at_once() -> None:
    wrong = NewOrganisation("owner", "1", "", "12", ("astrology",), "Nobody", "x" * 201)

    found = {(reason.field, reason.code) for reason in organisations.bars(wrong)}

    assert found == {
        ("kind", "not_a_choice"), ("uscc", "bad_uscc_length"), ("name", "field_required"), ("division", "bad_division"),
        ("trade", "not_a_choice"), ("trade", "trades_too_many"), ("login", "bad_email"), ("person", "field_too_long"),
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "trades", "fits"), [
    ("authority", ("ecology",), True), ("authority", ("ecology", "water"), False),
    ("operator", (), True), ("operator", ("water",), False), ("regulator", ("ecology", "water"), True),
])  # fmt: skip
def test_only_a_regulator_has_several_trades(kind: str, trades: tuple[str, ...], fits: bool) -> None:
    assert (organisations.bars(replace(ASKED, kind=kind, trades=trades)) == ()) is fits


async def test_an_organisation_or_login_that_exists_is_named(owner: Database) -> None:
    await added(ASKED)

    with pytest.raises(Conflict) as refused:
        await added(ASKED)

    assert [reason.code for reason in refused.value.reasons] == ["login_taken", "organisation_exists"]
    with pytest.raises(Invalid):
        await added(replace(ASKED, kind="agency"))
    assert await db.value("select count(*) from ledger_entry") == 1


def run(url: str, argv: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command as from a shell: without the event loop of the tests."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("MARKET_OWNER_URL", url)
    return main(argv)


async def test_the_command_prints_the_password_once_and_every_fault(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await db.close()
    url = database.url("market_owner")

    done = await asyncio.to_thread(run, url, COMMAND, monkeypatch)
    out = capsys.readouterr().out
    again = await asyncio.to_thread(run, url, [*COMMAND, "--trade", "water"], monkeypatch)
    told = capsys.readouterr().err
    await db.connect(database.url())

    assert (done, again) == (0, 1)
    assert out.startswith("first@office.example signs in once with this password")
    assert told.startswith("market organisation: nothing was added\n  --trade: ")
    assert await service.checked(
        "first@office.example", out.split()[-1], address="1", now=await db.value("select now()")
    )


async def test_a_command_without_an_address_says_which(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("MARKET_OWNER_URL", raising=False)

    assert main(COMMAND) == 1
    assert "MARKET_OWNER_URL" in capsys.readouterr().err
