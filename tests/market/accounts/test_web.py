"""Rules of the gate and of forms: where a form comes from, whose it is, and that nothing typed is lost."""

import json
import logging

import httpx
import pytest

from market import db
from market.accounts import service
from market.accounts.gate import _cookies
from market.accounts.web import home_made
from market.kernel.roles import Role
from tests.server import Database
from tests.web import HOST, PASSWORD, browser, csrf, hidden, market, member, signed_in


async def other_membership(client_role: Role = Role.AGENCY) -> int:
    """Give the one person who is signed in a second organisation and return its key."""
    _, organisation = await member(client_role)
    person = await db.value("select person from session")
    now = await db.value("select now()")
    sql = "insert into membership (person, organisation, manager, created_at) values ($1, $2, false, $3)"
    await db.execute(sql, person, organisation, now)
    return organisation


@pytest.mark.parametrize("token", [None, "", "0" * 64, "不是"])
async def test_a_form_without_the_right_token_changes_nothing(database: Database, token: str | None) -> None:
    async with market(database) as app:
        client = await signed_in(app, Role.OWNER)
        organisation = await other_membership()
        before = await db.value("select organisation from session")
        form = {"organisation": str(organisation)} | ({} if token is None else {"_csrf": token})

        answer = await client.post("/account/organisation", data=form)

        assert answer.status_code == 403
        assert await db.value("select organisation from session") == before


async def test_the_token_of_another_session_is_wrong(database: Database) -> None:
    async with market(database) as app:
        one = await signed_in(app, Role.OWNER)
        other = await signed_in(app, Role.AGENCY)

        assert (await one.post("/sign-out", data={"_csrf": csrf(other)})).status_code == 403
        assert (await one.get("/account")).status_code == 200


async def test_a_form_of_an_earlier_session_comes_back_to_be_confirmed(database: Database) -> None:
    async with market(database) as app:
        client = await signed_in(app, Role.OWNER)
        organisation = await other_membership()

        refused = await client.post("/account/organisation", data={"organisation": str(organisation), "_csrf": "old"})

        again = hidden(refused.text.partition("<main")[2])
        assert again["organisation"] == str(organisation)
        assert (await client.post("/account/organisation", data=again)).status_code == 303
        assert await db.value("select organisation from session") == organisation


FOREIGN = [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "", "Referer": "https://evil.example/x"},
    {"Origin": HOST, "Sec-Fetch-Site": "cross-site"}, {"Origin": HOST, "Sec-Fetch-Site": "same-site"},
    {"Origin": HOST + ".evil.example"},
]  # fmt: skip


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_form_from_elsewhere_is_refused_even_with_the_token(
    database: Database, headers: dict[str, str]
) -> None:
    async with market(database) as app:
        client = await signed_in(app, Role.OWNER)

        answer = await client.post("/sign-out", data={"_csrf": csrf(client)}, headers=headers)

        assert answer.status_code == 403
        assert "不是从本站页面发出的" in answer.text
        assert (await client.get("/account")).status_code == 200


async def test_a_form_without_origin_and_referer_is_refused(database: Database) -> None:
    async with market(database) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as bare:
            assert (await bare.post("/sign-in", data={"login": "a@b.c", "password": "x"})).status_code == 403


async def test_a_form_that_met_an_ended_session_comes_back_whole(database: Database) -> None:
    await member(Role.OWNER, login="a@market.example", hashed=await service.hash_password(PASSWORD))
    typed = {"organisation": "17", "words": '第一行\n"引号" <b>&', "many": ["a", "b"], "_csrf": "old"}
    async with market(database) as app, browser(app) as client:
        asked = await client.post("/account/organisation", data=typed)
        assert asked.status_code == 401
        form = dict(hidden(asked.text.partition("<main")[2]))
        wrong = await client.post("/sign-in", data={**form, "login": "a@market.example", "password": "wrong wrong"})
        assert wrong.status_code == 401
        form = dict(hidden(wrong.text.partition("<main")[2]))

        answer = await client.post("/sign-in", data={**form, "login": "a@market.example", "password": PASSWORD})

        assert answer.status_code == 200
        assert 'action="/account/organisation"' in answer.text
        kept = hidden(answer.text.partition("<main")[2])
        assert (kept["organisation"], kept["words"]) == ("17", typed["words"])
        assert answer.text.count('name="many"') == 2
        assert kept["_csrf"] == csrf(client)


async def test_a_form_of_another_site_is_not_carried_through_signing_in(database: Database) -> None:
    async with market(database) as app, browser(app) as client:
        answer = await client.post(
            "/account/organisation", data={"organisation": "17"}, headers={"Origin": "https://evil.example"}
        )

        assert "17" not in json.dumps(dict(hidden(answer.text)))


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "x"])
def test_signing_in_leads_nowhere_else(back: str) -> None:
    assert home_made(back) == ""


async def test_a_reader_comes_back_to_a_chinese_search(database: Database) -> None:
    await member(Role.OWNER, login="a@market.example", hashed=await service.hash_password(PASSWORD))
    async with market(database) as app, browser(app) as client:
        form = {"login": "a@market.example", "password": PASSWORD, "back": "/search?q=水土"}

        answer = await client.post("/sign-in", data=form)

        assert answer.headers["location"] == "/search?q=%E6%B0%B4%E5%9C%9F"


async def test_a_refused_sign_up_keeps_what_was_typed_but_the_password(database: Database) -> None:
    async with market(database) as app, browser(app) as client:
        answer = await client.post(
            "/sign-up", data={"organisation": "示例单位", "login": "no", "password": "short-secret"}
        )

        assert answer.status_code == 422
        assert "示例单位" in answer.text
        assert "short-secret" not in answer.text
        assert "错误编号" in answer.text


async def test_no_password_is_ever_logged(
    database: Database, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "a-very-secret-password"
    async with market(database) as app, browser(app) as client:
        await client.post("/sign-in", data={"login": "a@market.example", "password": secret})
        await client.post("/sign-up", data={"login": "a@market.example", "password": secret})
        await client.post("/api/v1/tokens", json={"login": "a@market.example", "password": secret, "label": "x"})
        await client.post("/api/v1/tokens", json={"password": secret, "unknown": 1})
        await client.post("/account/organisation", data={"password": secret})

    printed = capsys.readouterr()
    assert "refused" in printed.out + caplog.text
    assert secret not in printed.out + printed.err + caplog.text


def test_one_odd_cookie_hides_no_other() -> None:
    assert _cookies('theirs={"a":1,"b"}; sid=token; sid=second')["sid"] == "token"


async def test_a_role_is_told_that_a_page_is_not_its_own(database: Database) -> None:
    async with market(database) as app:
        client = await signed_in(app, Role.OWNER)

        answer = await client.get("/regulator")

        assert answer.status_code == 403
        assert answer.headers["x-request-id"] in answer.text
