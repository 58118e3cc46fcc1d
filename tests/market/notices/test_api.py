"""Notices and registrations through the API: the whole way of an owner's and an agency's programs, and problems."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from market import db
from market.accounts import sessions
from market.app import Market
from market.kernel.roles import Actor, Role
from market.kernel.times import rfc3339
from market.notices import service
from market.notices.rules.publication import KEEPERS
from tests.build_notices import Place, a_place
from tests.server import Database
from tests.web import browser, market

NEEDS = {
    "title": "示例水库造价咨询",
    "scope": "编制工程量清单。",
    "ceiling_fen": 38_600_000,
    "time_limit_days": 30,
    "method": "random_draw",
}


@pytest.fixture
async def app(database: Database) -> AsyncIterator[Market]:
    """Run the application under practice rules."""
    async with market(database, ruleset="practice-2026") as found:
        yield found


@pytest.fixture
async def place(database: Database, app: Market) -> AsyncIterator[Place]:
    """Return a city whose clock is the database's."""
    now: datetime = await db.value("select date_trunc('minute', clock_timestamp())")
    async with a_place(database, now) as found:
        yield found


async def program(app: Market, actor: Actor) -> httpx.AsyncClient:
    """Return a program with a token of somebody the city made."""
    await db.execute(
        "insert into membership (person, organisation, manager, created_at) values ($1, $2, true, now())"
        " on conflict do nothing",
        actor.person_id,
        actor.organisation_id,
    )
    now = await db.value("select clock_timestamp()")
    async with db.writing():
        token = await sessions.make_token(actor, "test", now=now, days=1)
    return browser(app, Authorization=f"Bearer {token}")


PROJECT = {
    "name": "示例水库", "project_code": "2026-990102-48-01-900001", "division": "990102",
    "funds": [{"kind": "fiscal_funds", "percent": 100}], "approving_authority": "示例局",
    "approval_document": "1 号",
}  # fmt: skip


async def test_programs_go_from_project_to_receipt(app: Market, place: Place) -> None:
    owner = await program(app, place.owner)
    entrant = await place.an_agency()
    agency = await program(app, entrant.actor)
    conditions = {
        "closes_at": rfc3339(place.now + timedelta(minutes=10)), "contact_name": "张", "contact_phone": "0516-00000001",
        "qualifications": ["COST_A"], "recusals": [],
    }  # fmt: skip

    known = (await owner.post("/api/v1/projects", json=PROJECT)).json()["id"]
    begun = await owner.post("/api/v1/notices", json={"project": known, "item": "ZJ-001"})
    code = begun.json()["code"]
    assert (await owner.put(f"/api/v1/notices/{code}/needs", json=NEEDS)).status_code == 204
    assert (await owner.put(f"/api/v1/notices/{code}/conditions", json=conditions)).status_code == 204
    early = await owner.post(f"/api/v1/notices/{code}/publish", json={"declared": True})
    assert (early.status_code, early.json()["code"]) == (422, "not_publishable")
    assert [reason["code"] for reason in early.json()["errors"]] == ["commitments_missing"] * 3
    draft = await service.draft_of(code, place.owner)
    for number, keeper in enumerate(KEEPERS):
        await service.commit(keeper, draft.id, f"{number:064x}", now=place.now)
    published = await owner.post(f"/api/v1/notices/{code}/publish", json={"declared": True})
    given = await agency.post(f"/api/v1/notices/{code}/registration", json={"declared": True})

    assert published.status_code == 200
    assert given.status_code == 201
    assert (await agency.get(f"/api/v1/receipts/{given.json()['receipt']}")).json() == given.json()
    detail = (await browser(app).get(f"/api/v1/notices/{code}")).json()
    assert (detail["state"], detail["hash"]) == ("open", published.json()["hash"])
    assert entrant.uscc not in str(detail)
    listed = (await browser(app).get("/api/v1/notices?state=open")).json()
    assert [row["code"] for row in listed["rows"]] == [code]
    twice = await agency.post(f"/api/v1/notices/{code}/registration", json={"declared": True})
    assert (twice.status_code, twice.json()["errors"][0]["code"]) == (409, "already_registered")
    assert (await agency.delete(f"/api/v1/notices/{code}/registration")).status_code == 204
    assert [row["state"] for row in (await agency.get("/api/v1/registrations")).json()] == ["withdrawn"]
    gone = await owner.post(f"/api/v1/notices/{code}/withdraw", json={"reason": "示例需求有变"})
    assert gone.status_code == 204
    assert (await owner.post(f"/api/v1/notices/{code}/again")).status_code == 201


async def test_a_program_is_refused_with_the_reasons_of_the_form_at_the_same_fields(app: Market, place: Place) -> None:
    code = await place.a_draft()
    owner = await program(app, place.owner)
    wrong = {**NEEDS, "title": "长" * 61, "scope": "仅限本市企业", "ceiling_fen": 0, "time_limit_days": 731}

    answer = await owner.put(f"/api/v1/notices/{code}/needs", json=wrong)

    assert answer.status_code == 422
    found = {(reason["field"], reason["code"]) for reason in answer.json()["errors"]}
    assert found >= {
        ("title", "field_too_long"),
        ("scope", "local_condition"),
        ("ceiling", "number_too_small"),
        ("time_limit_days", "number_too_large"),
    }


async def test_a_moment_without_an_offset_is_refused(app: Market, place: Place) -> None:
    code = await place.a_draft()
    owner = await program(app, place.owner)
    conditions = {"closes_at": "2026-11-30T17:00:00", "contact_name": "张", "contact_phone": "0516-00000001"}

    answer = await owner.put(f"/api/v1/notices/{code}/conditions", json=conditions)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_a_time")


async def test_acts_are_closed_to_other_roles_and_to_nobody(app: Market, place: Place) -> None:
    code = await place.an_open_notice()
    owner = await program(app, place.owner)
    agency = await program(app, (await place.an_agency()).actor)
    auditor = await program(app, await place.actor(Role.AUDITOR))

    for client, status in ((browser(app), 401), (agency, 403), (auditor, 403)):
        assert (await client.post("/api/v1/notices", json={"project": 1, "item": "x"})).status_code == status
        assert (await client.put(f"/api/v1/notices/{code}/needs", json=NEEDS)).status_code == status
    for client, status in ((browser(app), 401), (owner, 403), (auditor, 403)):
        answer = await client.post(f"/api/v1/notices/{code}/registration", json={"declared": True})
        assert answer.status_code == status
        assert (await client.get("/api/v1/registrations")).status_code == status


async def test_a_draft_and_an_unknown_number_are_not_found(app: Market, place: Place) -> None:
    code = await place.a_draft()

    for unknown in (code, "YH-20260101-000000"):
        answer = await browser(app).get(f"/api/v1/notices/{unknown}")
        assert (answer.status_code, answer.json()["code"]) == (404, "notice_not_found")
