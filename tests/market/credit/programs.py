"""Programs of people around a case: a bearer token each, and what the API answers."""

from typing import Any

import httpx

from market import db
from market.accounts import sessions
from market.app import Market
from market.kernel.roles import Actor
from tests.web import browser


async def program(app: Market, actor: Actor) -> httpx.AsyncClient:
    """Return a program that acts for somebody, a member of its organisation from now on."""
    await db.execute(
        "insert into membership (person, organisation, manager, created_at) values ($1, $2, true, now())"
        " on conflict do nothing",
        *(actor.person_id, actor.organisation_id),
    )
    async with db.writing():
        token = await sessions.make_token(actor, "test", now=await db.value("select now()"), days=1)
    return browser(app, Authorization=f"Bearer {token}")


async def told(client: httpx.AsyncClient, path: str, body: Any = None, *, status: int = 200) -> Any:
    """Post to the API and return what it answers with the status expected."""
    answer = await client.post(f"/api/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def codes(problem: Any) -> set[str]:
    """Return the code of every reason of a refusal."""
    return {each["code"] for each in problem["errors"]}
