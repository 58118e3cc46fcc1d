"""Rules of changing a password: the old one is asked, every other door closes, and a given one opens none but this."""

from datetime import datetime, timedelta

import httpx
import pytest

from market import db
from market.accounts import rules, service, sessions
from market.accounts.rules import NewPassword
from market.kernel.errors import Invalid, NotSignedIn, TooMany
from market.kernel.roles import Actor, Role
from tests.server import Database
from tests.web import PASSWORD, browser, csrf, market, member, signed_in

NEW = "another long password"
LOGIN = "a@market.example"
CHANGE = NewPassword(PASSWORD, NEW, NEW)


async def someone() -> tuple[Actor, datetime]:
    person, organisation = await member(Role.OWNER, login=LOGIN, hashed=await service.hash_password(PASSWORD))
    return Actor(Role.OWNER, "示例人员", person, organisation, "990102"), await db.value("select now()")


@pytest.mark.parametrize(("asked", "expected"), [
    (CHANGE, []),
    (NewPassword(PASSWORD, NEW, NEW + " "), [("again", "password_differs")]),
    (NewPassword(PASSWORD, PASSWORD, PASSWORD), [("password", "password_same")]),
    (NewPassword("", "x", "y"), [("password", "password_short"), ("again", "password_differs")]),
    (NewPassword("", LOGIN, LOGIN), [("password", "password_is_login")]),
])  # fmt: skip
def test_a_new_password_is_judged_whole(asked: NewPassword, expected: list[tuple[str, str]]) -> None:
    assert [(each.field, each.code) for each in rules.bars_new_password(asked, LOGIN)] == expected


async def test_the_new_password_holds_and_the_old_one_does_not(database: Database) -> None:
    actor, now = await someone()

    await service.change_password(CHANGE, actor=actor, address="1", now=now)

    assert await service.checked(LOGIN, NEW, address="1", now=now) == actor.person_id
    with pytest.raises(NotSignedIn):
        await service.checked(LOGIN, PASSWORD, address="1", now=now)


async def test_a_wrong_old_password_changes_nothing_and_is_told_with_the_rest(database: Database) -> None:
    actor, now = await someone()

    with pytest.raises(Invalid) as refused:
        await service.change_password(NewPassword("wrong", NEW, "x"), actor=actor, address="1", now=now)

    assert [reason.code for reason in refused.value.reasons] == ["wrong_old_password", "password_differs"]
    assert await service.checked(LOGIN, PASSWORD, address="1", now=now)


async def test_guesses_at_the_old_password_count_like_those_of_the_sign_in_page(database: Database) -> None:
    actor, now = await someone()
    for _ in range(service.MOST["login"]):
        with pytest.raises(Invalid):
            await service.change_password(NewPassword("wrong", NEW, NEW), actor=actor, address="1", now=now)

    with pytest.raises(TooMany):
        await service.change_password(CHANGE, actor=actor, address="1", now=now)


async def test_every_other_session_and_token_of_the_person_ends_and_no_one_elses(database: Database) -> None:
    actor, now = await someone()
    other, organisation = await member(Role.AGENCY)
    async with db.writing():
        here = await sessions.open_session(actor.person_id or 0, actor.organisation_id or 0, now=now, replaces=None)
        token = await sessions.make_token(actor, "feed", now=now, days=9)
        foreign = await sessions.open_session(other, organisation, now=now, replaces=None)

    kept = await service.change_password(CHANGE, actor=actor, address="1", now=now)

    idle = timedelta(hours=1)
    assert await sessions.behind_session(here, now=now, idle=idle) is None
    assert await sessions.behind_token(token, now=now) is None
    assert await sessions.behind_session(kept, now=now, idle=idle)
    assert await sessions.behind_session(foreign, now=now, idle=idle)


async def test_whoever_has_a_given_password_can_do_nothing_before_setting_another(database: Database) -> None:
    async with market(database) as app:
        client = await signed_in(app, Role.OPERATOR, login=LOGIN, hashed=await service.hash_password(PASSWORD))
        assert (await client.get("/operator")).status_code == 200
        await db.execute("update person set password_given_at = now()")

        refused = await client.get("/operator")
        form = {"old": PASSWORD, "password": NEW, "again": NEW, "_csrf": csrf(client)}
        changed = await client.post("/account/password", data=form)

        assert refused.status_code == 403
        assert "修改密码" in refused.text
        assert changed.headers["location"] == "/account?changed=password"
        client.cookies = httpx.Cookies({"sid": changed.cookies["sid"]})
        assert (await client.get("/operator")).status_code == 200
        assert "密码已经修改" in (await client.get(changed.headers["location"])).text


async def test_signing_in_with_a_given_password_leads_to_setting_another(database: Database) -> None:
    await member(Role.OPERATOR, login=LOGIN, hashed=await service.hash_password(PASSWORD))
    async with market(database) as app, browser(app) as client:
        await db.execute("update person set password_given_at = now()")

        answer = await client.post("/sign-in", data={"login": LOGIN, "password": PASSWORD, "back": "/operator"})

        assert answer.headers["location"] == "/account/password"
        assert "别人交给您" in (await client.get("/account/password")).text


async def test_a_refused_change_shows_the_form_with_reasons_and_without_passwords(database: Database) -> None:
    async with market(database) as app:
        client = await signed_in(app, Role.OWNER, login=LOGIN, hashed=await service.hash_password(PASSWORD))

        form = {"old": "not this one", "password": NEW, "again": NEW, "_csrf": csrf(client)}
        answer = await client.post("/account/password", data=form)

        assert answer.status_code == 422
        assert "现在的密码不对" in answer.text
        assert "not this one" not in answer.text
        assert NEW not in answer.text
