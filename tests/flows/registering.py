"""An agency that tries to register, on the page and through the API, and applies to come back."""

import html

import httpx

from market import db
from market.kernel import terms
from market.kernel.errors import Reason
from market.kernel.roles import Actor
from tests.build_contracts import DAY
from tests.flows.forms import fill
from tests.flows.people import IDENTITY, LETTER, Person
from tests.flows.town import Town
from tests.web import browser, csrf


async def open_notice(town: Town, item: int | None = None) -> str:
    """Open a notice for an item, that of the town if none is named, which closes two days on."""
    now = await db.value("select now()")
    city, before = town.deals.city, town.deals.city.item
    city.item = item or before
    try:
        return (await city.notice([], closes_at=now + 2 * DAY)).code
    finally:
        city.item = before


async def registers(town: Town, actor: Actor, code: str, *, by_api: bool = False) -> None:
    """Let an agency register, and get its receipt."""
    if by_api:
        asked = await (await town.program(actor)).post(f"/api/v1/notices/{code}/registration", json={"declared": True})
        assert asked.status_code == 201, asked.text
        return
    page = f"/notices/{code}/register"
    receipt = await fill(await town.browser(actor), page, page, declared="yes")
    assert receipt.startswith("/agency/receipts/")


async def refused(town: Town, actor: Actor, code: str) -> set[str]:
    """Let an agency try both ways; return why it is refused, which the page says in the same words as the API."""
    asked = await (await town.program(actor)).post(f"/api/v1/notices/{code}/registration", json={"declared": True})
    assert (asked.status_code, asked.json()["code"]) == (409, "not_registrable"), asked.text
    client, page = await town.browser(actor), f"/notices/{code}/register"
    looked = await client.get(page)
    tried = await client.post(page, data={"_csrf": csrf(client), "declared": "yes"})
    assert (looked.status_code, tried.status_code) == (200, 409)
    assert await db.value("select count(*) from registration r join notice n on n.id = r.notice where n.code = $1",
                          code) == 0  # fmt: skip
    for reason in asked.json()["errors"]:
        assert all(reason["detail"] in html.unescape(page.text) for page in (looked, tried)), reason
    return {each["code"] for each in asked.json()["errors"]}


async def a_new_firm(town: Town, number: int, controller: str) -> httpx.AsyncClient:
    """Let somebody sign a new firm up and fill in its application up to the commitment letter."""
    firm = Person(number, "agency", browser(town.app))
    await fill(firm.client, "/sign-up", "/sign-up", **firm.account())
    await fill(firm.client, "/agency/join/1", "/agency/join/1", **IDENTITY)
    party = {"kind": "controller", "party_name": "示例控股", "identifier": controller, "share_percent": "60"}
    await fill(firm.client, "/agency/join/3", "/agency/parties", **party)
    return firm.client


async def submits(firm: httpx.AsyncClient) -> httpx.Response:
    """Send the commitment letter of an application."""
    return await firm.post("/agency/join/4", data={"_csrf": csrf(firm), "accepted": "yes", **LETTER})


def words(code: str, **params: str) -> str:
    """Return what a page says of a reason."""
    return terms.reason_text(Reason(code, params=params)).text
