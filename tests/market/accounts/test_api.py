"""Rules of tokens for programs: shown once, ending on time, and refused in problem details."""

from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest

from market import db
from market.accounts import service, sessions
from market.kernel.roles import Role
from tests.market.accounts.test_service import right
from tests.server import Database
from tests.web import PASSWORD, browser, market, member

SECOND = timedelta(seconds=1)
LOGIN = "a@market.example"


def asked(**changes: object) -> Mapping[str, object]:
    return {"login": LOGIN, "password": PASSWORD, "label": "夜间同步"} | changes


async def token_of(client: httpx.AsyncClient, **changes: object) -> str:
    answer = await client.post("/api/v1/tokens", json=asked(**changes))
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


async def an_account(role: Role = Role.OWNER, **changes: object) -> tuple[int, int]:
    return await member(role, login=LOGIN, hashed=await service.hash_password(PASSWORD), **changes)  # type: ignore[arg-type]


async def test_a_token_says_who_it_stands_for_until_it_is_revoked(database: Database) -> None:
    await an_account()
    async with market(database) as app, browser(app) as client:
        client.headers["Authorization"] = f"Bearer {await token_of(client)}"

        assert (await client.get("/api/v1/me")).json()["role"] == "owner"
        assert (await client.delete("/api/v1/tokens/current")).status_code == 204
        refused = await client.get("/api/v1/me")
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert refused.json()["code"] == "not_signed_in"


@pytest.mark.parametrize(("offset", "alive"), [(-SECOND, True), (timedelta(), False), (SECOND, False)])
async def test_a_token_ends_at_the_second(database: Database, offset: timedelta, alive: bool) -> None:
    person, organisation = await an_account()
    signed = await service.entering(person, samples=False)
    now = await db.value("select now()")
    async with db.writing():
        token = await sessions.make_token(signed.actor, "x", now=now, days=365)

    found = await sessions.behind_token(token, now=now + timedelta(days=365) + offset)

    assert (found is not None) is alive
    assert organisation


async def test_a_token_opens_no_page_and_a_cookie_no_api(database: Database) -> None:
    await an_account()
    async with market(database) as app, browser(app) as client:
        token = await token_of(client)
        assert (await client.get("/account", headers={"Authorization": f"Bearer {token}"})).status_code == 303
        await client.post("/sign-in", data={"login": LOGIN, "password": PASSWORD})
        assert (await client.get("/account")).status_code == 200
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_every_reason_against_a_token_is_told_at_once(database: Database) -> None:
    async with market(database) as app, browser(app) as client:
        answer = await client.post("/api/v1/tokens", json=asked(label=" ", days=366))

        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [
            ("label", "field_required"), ("days", "number_too_large"),
        ]  # fmt: skip


@pytest.mark.parametrize(("days", "status"), [(0, 422), (1, 201), (365, 201), (366, 422)])
async def test_a_token_lasts_from_one_day_to_a_year(database: Database, days: int, status: int) -> None:
    await an_account()
    async with market(database) as app, browser(app) as client:
        assert (await client.post("/api/v1/tokens", json=asked(days=days))).status_code == status


async def test_tokens_share_the_limits_of_signing_in(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(service.MOST, "login", 1)
    async with market(database) as app, browser(app) as client:
        assert (await client.post("/api/v1/tokens", json=asked())).status_code == 401

        answer = await client.post("/sign-in", data={"login": LOGIN, "password": PASSWORD})

        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert (await client.post("/api/v1/tokens", json=asked())).headers["retry-after"]


async def test_a_sample_account_gets_no_token_outside_the_demo(database: Database) -> None:
    await an_account(sample=True)
    async with market(database) as app, browser(app) as client:
        assert (await client.post("/api/v1/tokens", json=asked())).json()["code"] == "sample_account"


async def test_a_sign_up_by_api_is_the_one_of_the_page(database: Database) -> None:
    form = right()
    body = {name: getattr(form, name) for name in form.__slots__}
    async with market(database) as app, browser(app) as client:
        assert (await client.post("/api/v1/sign-ups", json=body)).status_code == 201
        again = await client.post("/api/v1/sign-ups", json=body)
        assert again.status_code == 409
        assert [each["code"] for each in again.json()["errors"]] == ["login_taken", "organisation_exists"]
        assert await db.value("select count(*) from session") == 0


@pytest.mark.parametrize("body", ["{", '{"login": 1}', "[]", '{"login":"a","password":"b","label":"c","more":1}'])
async def test_a_body_that_is_not_understood_is_a_problem(database: Database, body: str) -> None:
    async with market(database) as app, browser(app) as client:
        answer = await client.post("/api/v1/tokens", content=body, headers={"Content-Type": "application/json"})

        assert answer.status_code == 400
        assert answer.json()["code"] == "not_understood"


async def test_the_description_names_the_problems(database: Database) -> None:
    async with market(database) as app, browser(app) as client:
        described = (await client.get("/api/v1/openapi.json")).json()

        responses = described["paths"]["/api/v1/tokens"]["post"]["responses"]
        assert {"201", "401", "422", "429"} <= set(responses)
        assert "application/problem+json" in responses["422"]["content"]
        assert not [path for path in described["paths"] if not path.startswith("/api/v1/")]
