"""Pages of notices: an owner's way from project to notice, what the public sees, and who may not come in."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from market import db
from market.accounts import sessions
from market.app import Market
from market.kernel.roles import Actor, Role
from market.kernel.times import shown
from market.notices import service
from market.notices.rules.publication import KEEPERS
from market.registrations import service as registrations
from tests.build_notices import Place, a_place
from tests.server import Database
from tests.web import browser, csrf, market, signed_in


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


async def as_actor(app: Market, actor: Actor) -> httpx.AsyncClient:
    """Return the browser of somebody the city made."""
    assert actor.person_id is not None
    assert actor.organisation_id is not None
    await db.execute(
        "insert into membership (person, organisation, manager, created_at) values ($1, $2, true, now())"
        " on conflict do nothing",
        actor.person_id,
        actor.organisation_id,
    )
    now = await db.value("select clock_timestamp()")
    async with db.writing():
        token = await sessions.open_session(actor.person_id, actor.organisation_id, now=now, replaces=None)
    client = browser(app)
    client.cookies.set("sid", token)
    return client


async def sent(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Send a form with the token of the browser's own pages."""
    return await client.post(path, data={**fields, "_csrf": csrf(client)})


NEEDS = {
    "title": "示例水库造价咨询",
    "scope": "编制工程量清单。",
    "ceiling": "38.60",
    "time_limit_days": "３０",
    "method": "random_draw",
}


async def test_an_owner_goes_from_project_to_published_notice(app: Market, place: Place) -> None:
    owner = await as_actor(app, place.owner)
    project = {
        "name": "示例水库", "project_code": "2026-990102-48-01-900001", "division": "990102",
        "share_fiscal_funds": "60", "share_private": "40", "approving_authority": "示例局",
        "approval_document": "示例 1 号",
    }  # fmt: skip

    added = await sent(owner, "/owner/projects/new", **project)
    assert added.status_code == 303, added.text
    known = added.headers["Location"].partition("project=")[2]
    begun = await sent(owner, "/owner/notices/new", project=known, item="ZJ-001")
    code = begun.headers["Location"].split("/")[3]
    assert (await owner.get(f"/owner/notices/{code}/needs")).status_code == 200
    assert (await sent(owner, f"/owner/notices/{code}/needs", **NEEDS)).headers["Location"].endswith("/conditions")
    closes_at = shown(place.now + timedelta(minutes=10))
    conditions = {
        "qualifications": "COST_A",
        "closes_at": closes_at,
        "contact_name": "张",
        "contact_phone": "0516-00000001",
    }
    assert (await sent(owner, f"/owner/notices/{code}/conditions", **conditions)).headers["Location"].endswith("/check")
    early = await sent(owner, f"/owner/notices/{code}/check", declared="yes")
    assert early.status_code == 422
    assert "抽取的承诺正在生成" in early.text
    assert "还不能发布" not in early.text
    assert 'href="#f-declared"' in (await sent(owner, f"/owner/notices/{code}/check")).text
    draft = await service.draft_of(code, place.owner)
    for number, keeper in enumerate(KEEPERS):
        await service.commit(keeper, draft.id, f"{number:064x}", now=place.now)
    published = await sent(owner, f"/owner/notices/{code}/check", declared="yes")

    assert published.headers["Location"] == f"/notices/{code}"
    page = await browser(app).get(f"/notices/{code}")
    assert page.status_code == 200
    assert "示例水库造价咨询" in page.text
    assert "不足 3 家" in page.text
    again = await sent(owner, f"/owner/notices/{code}/check", declared="yes")
    assert again.status_code == 409


async def test_a_refused_step_keeps_everything_that_was_typed_and_tells_all_reasons(app: Market, place: Place) -> None:
    code = await place.a_draft()
    owner = await as_actor(app, place.owner)

    answer = await sent(
        owner,
        f"/owner/notices/{code}/needs",
        **{**NEEDS, "ceiling": "三十八万", "scope": "须在本市注册", "method": "x"},
    )

    assert answer.status_code == 422
    assert "三十八万" in answer.text
    assert "须在本市注册" in answer.text
    assert answer.text.count('class="err"') == 3
    assert "有错误：" in answer.text


async def test_the_desk_and_lists_of_an_owner_show_its_own_only(app: Market, place: Place) -> None:
    code = await place.an_open_notice()
    draft = await place.a_draft()
    owner, stranger = await as_actor(app, place.owner), await as_actor(app, await place.actor(Role.OWNER))

    for path in ("/owner", "/owner/notices"):
        mine, theirs = await owner.get(path), await stranger.get(path)
        assert code in mine.text
        assert draft in mine.text
        assert code not in theirs.text
    assert (await stranger.get(f"/owner/notices/{draft}/check")).status_code == 404
    assert (await browser(app).get(f"/notices/{draft}")).status_code == 404


async def test_names_of_registrants_are_hidden_until_the_list_is_frozen(app: Market, place: Place) -> None:
    agencies = [await place.an_agency() for _ in range(4)]
    code = await place.an_open_notice()
    for agency in agencies:
        await registrations.register(code, declared=True, actor=agency.actor, now=place.now)
    public, owner = browser(app), await as_actor(app, place.owner)
    rival = await as_actor(app, agencies[0].actor)

    for reader in (public, owner, rival):
        page = await reader.get(f"/notices/{code}")
        assert "3–5 家" in page.text
        assert page.text.count("/log/entry/") == 1
        assert not any(agency.uscc in page.text for agency in agencies)
    entries = await public.get(f"/notices/{code}/notice.json")
    assert not any(agency.uscc in entries.text for agency in agencies)
    await place.freeze(code, at=place.now + timedelta(minutes=5, seconds=10))

    page = await public.get(f"/notices/{code}")
    assert all(agency.uscc in page.text for agency in agencies)


async def test_the_telephone_is_whole_only_for_whoever_is_signed_in(app: Market, place: Place) -> None:
    code = await place.an_open_notice()

    public = await browser(app).get(f"/notices/{code}")
    owner = await (await as_actor(app, place.owner)).get(f"/notices/{code}")

    assert "0516-00000001" not in public.text
    assert "0516-00000001" in owner.text


async def test_the_published_notice_is_given_to_the_byte(app: Market, place: Place) -> None:
    code = await place.an_open_notice()
    version = await service.version((await service.notice(code)).id)

    answer = await browser(app).get(f"/notices/{code}/notice.json")

    assert version is not None
    assert answer.text == version[0]


async def test_the_list_filters_by_the_url_and_ignores_what_it_does_not_know(app: Market, place: Place) -> None:
    code = await place.an_open_notice()
    public = browser(app)

    found = [
        "/notices", "/notices?state=open", "/notices?q=河道", "/notices?item=ZJ-001&method=random_draw",
        "/notices?division=990100", "/notices?owner=示例单位", "/notices?sort=closing", "/notices?sort=amount",
        "/notices?state=nonsense&item=x&sort=y&page=-3&from=never", f"/notices?q={code}",
        f"/notices?from={place.now:%Y-%m-%d}",
    ]  # fmt: skip
    missing = [
        "/notices?state=awarded", "/notices?q=没有这样的词", "/notices?method=direct", "/notices?division=990103",
        "/notices?to=2020-01-01", "/notices?q=%25", "/notices?owner=_",
    ]  # fmt: skip
    for path in found:
        assert f"/notices/{code}" in (await public.get(path)).text, path
    for path in missing:
        answer = await public.get(path)
        assert answer.status_code == 200
        assert f"/notices/{code}" not in answer.text, path
    assert (await public.get("/notices?page=2")).status_code == 404


async def test_the_list_is_given_as_csv_xlsx_and_json_with_the_same_filter(app: Market, place: Place) -> None:
    code = await place.an_open_notice()
    public = browser(app)

    as_csv, as_json = await public.get("/notices.csv?state=open"), await public.get("/notices.json")
    as_xlsx = await public.get("/notices.xlsx")

    assert as_csv.content.startswith("\ufeff".encode())
    assert code in as_csv.text
    assert as_json.json()["rows"][0]["code"] == code
    assert as_xlsx.content[:2] == b"PK"
    assert (await public.get("/notices.json?state=failed")).json() == {"rows": [], "count": 0}


async def test_a_notice_past_its_deadline_is_shown_closed_even_while_no_worker_runs(app: Market, place: Place) -> None:
    code = await place.an_open_notice()
    await place.connection.execute("alter table notice disable trigger user")
    await place.connection.execute(
        "update notice set closes_at = now() - interval '1 second', opens_at = now() - interval '1 day'"
    )

    page = await browser(app).get(f"/notices/{code}")
    listed = await browser(app).get("/notices.json?state=closed")

    assert "我要报名" not in page.text
    assert [row["state"] for row in listed.json()["rows"]] == ["closed"]


async def test_withdrawal_has_a_page_of_its_own_and_publishes_its_reason(app: Market, place: Place) -> None:
    code = await place.an_open_notice()
    owner = await as_actor(app, place.owner)

    assert (await owner.get(f"/owner/notices/{code}/withdraw")).status_code == 200
    silent = await sent(owner, f"/owner/notices/{code}/withdraw", reason="")
    done = await sent(owner, f"/owner/notices/{code}/withdraw", reason="示例需求有变")
    twice = await sent(owner, f"/owner/notices/{code}/withdraw", reason="示例需求有变")

    assert (silent.status_code, done.status_code, twice.status_code) == (422, 303, 409)
    assert "示例需求有变" in (await browser(app).get(f"/notices/{code}")).text
    begun = await sent(owner, f"/owner/notices/{code}/again")
    assert re.fullmatch(r"/owner/notices/YH-\d{8}-\d{6}/needs", begun.headers["Location"])


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.PUBLIC, Role.SYSTEM, Role.OWNER)])
async def test_the_desk_of_an_owner_is_closed_to_other_roles(app: Market, place: Place, role: Role) -> None:
    client = await signed_in(app, role)

    for path in ("/owner", "/owner/projects", "/owner/projects/new", "/owner/notices", "/owner/notices/new"):
        assert (await client.get(path)).status_code == 403
    assert (await sent(client, "/owner/notices/new", project="1", item="ZJ-001")).status_code == 403


async def test_nobody_signed_in_is_led_to_the_sign_in_page(app: Market, place: Place) -> None:
    answer = await browser(app).get("/owner/notices")

    assert answer.status_code in (303, 401)


async def test_a_form_from_an_earlier_session_is_refused(app: Market, place: Place) -> None:
    owner = await as_actor(app, place.owner)

    answer = await owner.post("/owner/projects/new", data={"name": "x", "_csrf": "stale"})

    assert answer.status_code == 403
