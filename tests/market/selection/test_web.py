"""Pages and files of selections, asked by everyone concerned and by nobody."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from market import db
from market.app import Market
from market.kernel.roles import Role
from market.ledger import service as ledger
from market.ledger.signer import Signer, sign_checkpoint
from market.selection import service, verifier
from tests.build_selection import BEACON, DRAW_AT, FREEZE, Built, City, a_city, drawn, opened
from tests.market.selection.browsing import KEYS, browser, csrf, member, running, somebody
from tests.server import Database


@pytest.fixture
async def city(database: Database) -> AsyncIterator[City]:
    async with a_city(database, agencies=4) as city:
        yield city


@pytest.fixture
async def app(city: City, database: Database) -> AsyncIterator[Market]:
    async with running(database) as app:
        yield app


async def published(city: City) -> Built:
    """Return a notice whose publication is in the log, as it would be."""
    notice = await city.notice()
    hashed = await db.value("select hash from notice_version where notice = $1", notice.id)
    fields = {"notice": notice.code, "version": 1, "hash": hashed}
    at = await db.value("select published_at from notice where id = $1", notice.id)
    async with db.writing():
        await ledger.append("notice.published", at=at, subject=notice.code, fields=fields)
    return notice


async def test_a_draw_is_refused_by_name_before_its_result(app: Market, city: City) -> None:
    notice = await city.notice()

    answer = await browser(app).get(f"/notices/{notice.code}/draw.json")

    assert answer.status_code == 409
    assert answer.json()["code"] == "draw_not_ready"


async def test_a_direct_selection_has_no_draw(app: Market, city: City) -> None:
    chosen = sorted(city.agencies)[0]
    notice = await city.notice([chosen], method="direct", least=1, direct=chosen)

    answer = await browser(app).get(f"/notices/{notice.code}/draw.json")

    assert answer.json()["code"] == "draw_not_used"


async def test_a_draft_has_no_draw_that_anyone_could_ask_for(app: Market, city: City) -> None:
    draft = await city.notice([], state="draft")

    assert (await browser(app).get(f"/notices/{draft.code}/draw.json")).status_code == 404


async def test_the_package_of_a_draw_passes_both_verdicts_of_the_offline_verifier(app: Market, city: City) -> None:
    notice = await drawn(await published(city))
    nobody = browser(app)
    early = await nobody.get(f"/notices/{notice.code}/draw.zip")
    signer = Signer.create(KEYS, "market.example/log")
    await sign_checkpoint(signer, now=DRAW_AT)

    package = await nobody.get(f"/notices/{notice.code}/draw.zip")

    assert early.status_code == 409
    arithmetic, trace, lookups = verifier.verify(package.content, policy=f"log {signer.vkey}\n")
    assert (arithmetic.ok, arithmetic.text) == (True, "")
    assert (trace.ok, trace.text) == (True, "")
    assert lookups == [f"practice {notice.event} = {'ab' * 32}"]
    bundle = (await nobody.get(f"/notices/{notice.code}/draw.json")).json()
    assert json.loads(zipfile.ZipFile(io.BytesIO(package.content)).read("draw.json")) == bundle


async def test_a_package_proves_against_the_checkpoint_somebody_noted(app: Market, city: City) -> None:
    notice = await drawn(await published(city))
    signer = Signer.create(KEYS, "market.example/log")
    await sign_checkpoint(signer, now=DRAW_AT)
    nobody = browser(app)
    noted = (await nobody.get("/log/checkpoint")).text
    size = int(noted.split("\n")[1])
    async with db.writing():
        await ledger.append("test.act", at=DRAW_AT, subject="x", fields={})
    await sign_checkpoint(signer, now=DRAW_AT)

    newest = await nobody.get(f"/notices/{notice.code}/draw.zip")
    proved = await nobody.get(f"/notices/{notice.code}/draw.zip?size={size}")

    _, apart, _ = verifier.verify(newest.content, noted, f"log {signer.vkey}\n")
    _, trace, _ = verifier.verify(proved.content, noted, f"log {signer.vkey}\n")
    assert (apart.ok, f"size={size}" in apart.text) == (None, True)
    assert trace.ok is True
    assert (await nobody.get(f"/notices/{notice.code}/draw.zip?size=3")).status_code == 409


async def test_the_verifier_and_its_page_are_given_to_everyone(app: Market) -> None:
    program = await browser(app).get("/verify/gongxuan-verify.py")
    page = await browser(app).get("/verify")

    assert b"from market" not in program.content
    assert program.content.startswith(Path(verifier.__file__).read_bytes()[:500])
    assert page.status_code == 200
    assert all(f'id="{name}"' in page.text for name in ("verify-run", "verify-file", "verify-out", "verify-policy"))


async def test_results_are_a_page_and_three_files_of_the_same_list(app: Market, city: City) -> None:
    notice = await drawn(await city.notice())
    nobody = browser(app)

    page = await nobody.get("/results")
    files = {form: await nobody.get(f"/results.{form}") for form in ("csv", "xlsx", "json")}

    assert notice.code in page.text
    assert notice.code in files["csv"].text
    assert files["json"].json()["rows"][0]["amount_fen"] == 50_000
    assert files["xlsx"].content[:2] == b"PK"


@pytest.mark.parametrize(
    ("query", "found"),
    [("state=proposed", 1), ("state=confirmed", 0), ("method=direct", 0), ("state=nonsense", 1), ("q=nothing", 0)],
)
async def test_results_are_filtered_and_an_unknown_filter_is_ignored(
    app: Market, city: City, query: str, found: int
) -> None:
    await drawn(await city.notice())

    answer = await browser(app).get(f"/results.json?{query}")

    assert answer.json()["count"] == found
    assert (await browser(app).get(f"/results?{query}")).status_code == 200


async def test_a_page_of_results_beyond_the_end_does_not_exist(app: Market) -> None:
    assert (await browser(app).get("/results?page=2")).status_code == 404
    assert (await browser(app).get("/results?page=0")).status_code == 404


async def test_the_log_shows_its_size_and_proves_its_entries(app: Market, city: City) -> None:
    await drawn(await published(city))
    signer = Signer.create(KEYS, "market.example/log")
    await sign_checkpoint(signer, now=DRAW_AT)
    nobody = browser(app)

    page = await nobody.get("/log")
    note = await nobody.get("/log/checkpoint")
    entry = (await nobody.get("/log/entry/1")).json()
    proof = (await nobody.get(f"/log/proof?first=2&second={entry['size']}")).json()

    assert page.status_code == 200
    assert note.text == (await nobody.get(f"/log/checkpoint/{entry['size']}")).text
    assert json.loads(entry["body"])["type"] == "pool.frozen"
    leaf, path = bytes.fromhex(entry["leaf"]), [bytes.fromhex(step) for step in entry["path"]]
    root = bytes.fromhex(entry["root"])
    assert ledger.tree.verify_inclusion(leaf, 1, entry["size"], path, root)
    steps = [bytes.fromhex(step) for step in proof["path"]]
    assert ledger.tree.verify_consistency(2, entry["size"], await ledger.root_at(2), root, steps)


@pytest.mark.parametrize(
    "path", ["/log/entry/99", "/log/checkpoint/99", "/log/checkpoint", "/log/proof?first=1&second=99"]
)
async def test_what_the_log_does_not_have_is_not_found(app: Market, path: str) -> None:
    assert (await browser(app).get(path)).status_code == 404


async def test_a_winner_declines_on_its_own_page_and_only_once(app: Market, city: City) -> None:
    notice = await drawn(await city.notice())
    await city.connection.execute("update award set standstill_ends_at = now() + interval '1 day'")
    award = await db.row("select w.id, a.organisation from award w join agency a on a.id = w.agency")
    assert award is not None
    client = await member(app, city, award["organisation"])
    address = f"/agency/awards/{award['id']}/decline"

    assert address in (await client.get("/agency/awards")).text
    assert (await client.get(address)).status_code == 200
    empty = await client.post(address, data={"_csrf": csrf(client), "reason": ""})
    done = await client.post(address, data={"_csrf": csrf(client), "reason": "人员不足"})
    again = await client.post(address, data={"_csrf": csrf(client), "reason": "人员不足"})

    assert (empty.status_code, done.status_code, again.status_code) == (422, 303, 409)
    assert await db.value("select count(*) from award where notice = $1", notice.id) == 2


async def test_another_agencys_award_is_not_found(app: Market, city: City) -> None:
    await drawn(await city.notice())
    award = await db.row("select w.id, a.organisation from award w join agency a on a.id = w.agency")
    assert award is not None
    stranger = next(each for each in city.organisations.values() if each != award["organisation"])
    client = await member(app, city, stranger)

    answer = await client.post(f"/agency/awards/{award['id']}/decline", data={"_csrf": csrf(client), "reason": "x"})

    assert answer.status_code == 404
    assert await db.value("select state from award") == "proposed"


@pytest.mark.parametrize("role", [Role.OWNER, Role.REGULATOR, Role.OPERATOR, Role.AUDITOR, Role.AUTHORITY])
async def test_only_agencies_have_awards_to_decline(app: Market, city: City, role: Role) -> None:
    client = await somebody(app, city, role)

    assert (await client.get("/agency/awards")).status_code == 403
    assert (await client.post("/agency/awards/1/decline", data={"_csrf": csrf(client)})).status_code == 403


async def test_nobody_is_sent_to_sign_in_first(app: Market) -> None:
    assert (await browser(app).get("/agency/awards")).status_code in (302, 303, 401)


@pytest.mark.parametrize("until", ["open", "closed", "failed", "standstill"])
async def test_the_page_of_a_notice_shows_the_steps_and_no_name_before_the_freeze(
    app: Market, city: City, until: str
) -> None:
    notice = await city.notice(least=9 if until == "failed" else 3)
    if until in ("closed", "failed"):
        await service.freeze(notice.id, now=FREEZE)
    if until == "standstill":
        await drawn(notice)

    page = (await browser(app).get(f"/notices/{notice.code}")).text

    frozen = await db.value("select hash from pool")
    assert (frozen is not None and frozen in page) == (until != "open")
    assert (f"/notices/{notice.code}/draw.zip" in page) == (until == "standstill")
    assert any(f"示例{uscc}" in page for uscc in city.agencies) == (until != "open")


async def test_a_place_passed_by_rule_is_shown_with_its_reason(app: Market, city: City) -> None:
    notice = await opened(await city.notice())
    await city.connection.execute("update agency set state = 'suspended' where id <> (select max(id) from agency)")
    await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT)
    await service.draw(notice.id, now=DRAW_AT)

    page = (await browser(app).get(f"/notices/{notice.code}")).text

    passed = await db.value("select count(*) from registration where state = 'skipped'")
    assert page.count("依规跳过（被暂停）") == passed


async def test_the_api_tells_the_same_as_the_pages(app: Market, city: City) -> None:
    notice = await drawn(await city.notice())
    nobody = browser(app)

    listed = (await nobody.get("/api/v1/results")).json()
    bundle = (await nobody.get(f"/api/v1/notices/{notice.code}/draw")).json()

    assert [each["code"] for each in listed["rows"]] == [notice.code]
    assert bundle == (await nobody.get(f"/notices/{notice.code}/draw.json")).json()
    assert (await nobody.get("/api/v1/notices/nothing/draw")).json()["code"] == "notice_not_found"
