"""Rules of signing up and in: every reason at once, and no more guesses than allowed."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters

from market import db
from market.accounts import rules, service
from market.accounts.rules import SignUp
from market.kernel.errors import Conflict, Invalid, NotSignedIn, TooMany
from market.kernel.roles import Role
from tests.server import Database
from tests.web import PASSWORD, member

SECOND = timedelta(seconds=1)
ASKED = SignUp(
    role="owner", organisation="云湖市示例水务中心", uscc="91990000MA00000000", division="990102", name="示例人员",
    phone="000-00000000", login="owner@market.example", password=PASSWORD,
)  # fmt: skip


def right(**changes: str) -> SignUp:
    """Return a sign-up without fault."""
    return replace(ASKED, uscc=valid_uscc("91990000MA0000001"), **changes)


def valid_uscc(stem: str) -> str:
    """Add the check digit of GB 32100-2015 to seventeen characters."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(letters.index(letter) * pow(3, place, 31) for place, letter in enumerate(stem))
    return stem + letters[(31 - total % 31) % 31]


def codes(refusal: Invalid | Conflict) -> list[tuple[str | None, str]]:
    return [(reason.field, reason.code) for reason in refusal.reasons]


async def clock() -> datetime:
    found: datetime = await db.value("select now()")
    return found


def test_a_sign_up_tells_everything_that_is_wrong_at_once() -> None:
    wrong = SignUp("regulator", "", "123", "110000", "", "x", "nobody", "short")

    found = {(reason.field, reason.code) for reason in rules.bars_sign_up(wrong)}

    assert found == {
        ("role", "not_a_choice"), ("organisation", "field_required"), ("name", "field_required"),
        ("uscc", "bad_uscc_length"), ("division", "not_a_choice"), ("phone", "bad_phone"), ("login", "bad_email"),
        ("password", "password_short"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("length", "allowed"), [(9, False), (10, True), (11, True), (127, True), (128, True), (129, False)]
)
def test_a_password_has_a_least_and_a_greatest_length(length: int, allowed: bool) -> None:
    assert (rules.bars_password("x" * length, "a@b.example") == ()) is allowed


def test_a_password_is_not_the_login() -> None:
    assert [each.code for each in rules.bars_password("Long-Name@b.example", "long-name@b.example")] == [
        "password_is_login"
    ]


def test_a_guess_costs_64_mebibytes_three_times_and_for_an_unknown_login_too(own_hasher: PasswordHasher) -> None:
    for hashed in (own_hasher.hash(PASSWORD), service._NOBODY):
        cost = extract_parameters(hashed)

        assert (cost.type.name, cost.time_cost, cost.memory_cost, cost.parallelism) == ("ID", 3, 65_536, 2)


async def test_a_sign_up_makes_person_organisation_membership_and_entry(database: Database) -> None:
    door = await service.sign_up(right(), address="1", now=await clock())

    assert door.signed_in.actor.role is Role.OWNER
    assert await db.value("select password_hash from person") != PASSWORD
    body = (await db.value("select body from ledger_entry where type = 'organisation.signed_up'")).decode()
    for personal in ("示例人员", "owner@market.example", "000-00000000"):
        assert personal not in body


async def test_what_is_taken_is_named_all_at_once(database: Database) -> None:
    now = await clock()
    await service.sign_up(right(), address="1", now=now)

    with pytest.raises(Conflict) as refused:
        await service.sign_up(right(), address="1", now=now)

    assert codes(refused.value) == [("login", "login_taken"), ("uscc", "organisation_exists")]
    assert await db.value("select count(*) from person") == 1
    assert await db.value("select count(*) from ledger_entry") == 1


async def test_a_body_may_be_owner_and_agency_with_another_person(database: Database) -> None:
    now = await clock()
    await service.sign_up(right(), address="1", now=now)

    door = await service.sign_up(right(role="agency", login="other@market.example"), address="1", now=now)

    assert door.signed_in.actor.role is Role.AGENCY


async def test_eight_wrong_passwords_pause_a_login_until_the_window_ends(database: Database) -> None:
    await member(Role.OWNER, login="a@market.example", hashed=await service.hash_password(PASSWORD))
    now = await clock()

    async def attempt(password: str, after: timedelta, address: str) -> int:
        return await service.checked("a@market.example", password, address=address, now=now + after)

    for number in range(8):
        with pytest.raises(NotSignedIn):
            await attempt("wrong", timedelta(), str(number))
    with pytest.raises(TooMany):
        await attempt(PASSWORD, service.WINDOW - SECOND, "9")
    assert await attempt(PASSWORD, service.WINDOW, "9")


async def test_a_right_password_forgets_the_failures_of_its_login(database: Database) -> None:
    await member(Role.OWNER, login="a@market.example", hashed=await service.hash_password(PASSWORD))
    now = await clock()
    for password in ("wrong",) * 7 + (PASSWORD,) + ("wrong",) * 8:
        if password == PASSWORD:
            await service.checked("a@market.example", password, address="1", now=now)
        else:
            with pytest.raises(NotSignedIn):
                await service.checked("a@market.example", password, address="1", now=now)


async def test_many_guesses_at_once_are_no_more_than_allowed(database: Database) -> None:
    await member(Role.OWNER, login="a@market.example", hashed=await service.hash_password(PASSWORD))
    now = await clock()

    guesses = (service.checked("a@market.example", f"guess {n}", address=str(n), now=now) for n in range(30))
    answers = await asyncio.gather(*guesses, return_exceptions=True)

    assert sum(isinstance(answer, NotSignedIn) for answer in answers) == 8
    assert sum(isinstance(answer, TooMany) for answer in answers) == 22


async def test_an_address_has_its_own_limit_over_all_logins(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(service.MOST, "address", 3)
    now = await clock()
    for number in range(3):
        with pytest.raises(NotSignedIn):
            await service.checked(f"n{number}@market.example", "wrong", address="7", now=now)

    with pytest.raises(TooMany):
        await service.checked("n9@market.example", "wrong", address="7", now=now)
    with pytest.raises(NotSignedIn):
        await service.checked("n9@market.example", "wrong", address="8", now=now)


async def test_an_unknown_login_a_disabled_one_and_a_wrong_password_are_told_alike(database: Database) -> None:
    hashed = await service.hash_password(PASSWORD)
    await member(Role.OWNER, login="a@market.example", hashed=hashed)
    await member(Role.AGENCY, login="b@market.example", hashed=hashed)
    now = await clock()
    await db.execute("update person set disabled_at = $1 where login = 'b@market.example'", now)

    for login, password in (("a@market.example", "wrong"), ("b@market.example", PASSWORD), ("c@x.example", "wrong")):
        with pytest.raises(NotSignedIn, match="wrong_password"):
            await service.checked(login, password, address="1", now=now)
