"""What a person does in a browser without a script, without a network, and without a mouse."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from market.kernel.roles import Role
from market.kernel.uscc import with_check_digit
from tests.browser.looking import Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browser.conftest import Site

pytestmark = pytest.mark.browser
PASSWORD = "a long enough password"


@pytest.fixture
def plain(chromium: "Browser") -> Iterator["Page"]:
    """Return a page of a browser that runs no script."""
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


@pytest.fixture
def context(chromium: "Browser") -> Iterator["BrowserContext"]:
    found = chromium.new_context(accept_downloads=True)
    yield found
    found.close()


def as_somebody(page: "Page", site: "Site", who: Role | int) -> None:
    page.context.add_cookies([{"name": "sid", "value": site.cookie(who), "url": site.url}])


def sign_up(page: "Page", site: "Site", login: str, number: int) -> None:
    page.goto(f"{site.url}/sign-up?role=agency")
    page.check("input[name=role][value=agency]")
    for name, text in (
        ("organisation", f"云湖示例无脚本咨询{number}有限公司"), ("uscc", with_check_digit(f"91990000MB{number:07d}")),
        ("name", "示例人"), ("login", login), ("phone", "000-0000"), ("password", PASSWORD),
    ):  # fmt: skip
        page.fill(f"[name={name}]", text)
    page.select_option("[name=division]", index=1)
    page.click("main form button[type=submit]")


def test_an_agency_signs_up_and_begins_its_application_without_a_script(plain: "Page", site: "Site") -> None:
    sign_up(plain, site, "plain@market.example", 1)

    assert plain.url == f"{site.url}/agency/join/1"
    for name in ("legal_representative", "contact_name", "contact_phone", "introduction"):
        plain.fill(f"[name={name}]", "示例说明" if name != "contact_phone" else "0516-00000001")
    plain.click(".desk-main form button[type=submit]")
    assert plain.url == f"{site.url}/agency/join/2"


def test_a_refused_sign_up_keeps_what_was_typed_without_a_script(plain: "Page", site: "Site") -> None:
    plain.goto(f"{site.url}/sign-up")
    plain.fill("[name=organisation]", "云湖示例有限公司")
    plain.click("main form button[type=submit]")

    assert plain.locator(".esum a").count() > 3
    assert plain.input_value("[name=organisation]") == "云湖示例有限公司"
    assert plain.title().startswith("有错误")


def test_an_agency_registers_and_keeps_a_receipt_without_a_script(plain: "Page", site: "Site") -> None:
    examples = site.examples["/notices/{code:str}/register"]
    ((address, who),) = [each for each in examples if site.staged.open in each[0]]
    assert who is not None
    as_somebody(plain, site, who)
    plain.goto(site.url + address)
    plain.check("[name=declared]")
    plain.click(".desk-main form button[type=submit]")

    assert plain.url.startswith(f"{site.url}/agency/receipts/")
    assert site.staged.open in plain.content()


@pytest.mark.parametrize("path", ["/", "/notices", "/results", "/guides", "/agencies", "/services", "/verify", "/log"])
def test_a_public_page_is_complete_without_a_script(plain: "Page", site: "Site", path: str) -> None:
    plain.goto(site.url + path)

    assert plain.locator("h1").is_visible()
    assert [each for each in plain.locator("main [data-copy], main [data-print]").all() if each.is_visible()] == []
    assert all(each.is_visible() for each in plain.locator("main .filters button").all())


def test_the_verifier_works_without_a_network_and_names_what_was_changed(
    context: "BrowserContext", site: "Site", tmp_path: Path
) -> None:
    page = context.new_page()
    bundle = tmp_path / "draw.zip"
    bundle.write_bytes(context.request.get(f"{site.url}/notices/{site.staged.standstill}/draw.zip").body())
    key = "log " + (site.keys / "log.vkey").read_text()
    page.goto(f"{site.url}/verify")
    context.set_offline(True)

    assert "① 算术：成立\n\n② 留痕：成立" in verdict(page, bundle, key)
    told = verdict(page, tampered(bundle), key)
    assert "① 算术：不成立" in told
    assert "secrets" in told


def verdict(page: "Page", bundle: Path, key: str) -> str:
    page.set_input_files("#verify-file", bundle)
    page.fill("#verify-policy", key)
    page.evaluate("document.querySelector('#verify-out').textContent = ''")
    page.click("#verify-run")
    page.locator("#verify-out p").first.wait_for()
    return page.inner_text("#verify-out")


def tampered(bundle: Path) -> Path:
    """Return the bundle with one digit of a secret changed."""
    changed = bundle.with_name("changed.zip")
    with zipfile.ZipFile(bundle) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            body = before.read(name)
            if name == "draw.json":
                draw = json.loads(body)
                secret = draw["secrets"][0]["secret"]
                draw["secrets"][0]["secret"] = ("0" if secret[0] != "0" else "1") + secret[1:]
                body = json.dumps(draw, ensure_ascii=False).encode()
            after.writestr(name, body)
    return changed


def test_the_first_stop_of_the_keyboard_leads_past_the_navigation(context: "BrowserContext", site: "Site") -> None:
    page = context.new_page()
    page.goto(site.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_every_stop_of_the_keyboard_is_seen(context: "BrowserContext", site: "Site") -> None:
    page = context.new_page()
    page.goto(f"{site.url}/sign-in")
    stops = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        stops.add(page.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
        seen = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(f"document.activeElement === document.body || {seen} !== 'none'"), stops
    assert len(stops) > 20


def test_a_refused_form_puts_the_keyboard_on_its_summary(context: "BrowserContext", site: "Site") -> None:
    page = context.new_page()
    page.goto(f"{site.url}/sign-up")
    page.click("main form button[type=submit]")
    page.wait_for_selector(".esum:focus")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    field = page.evaluate("document.activeElement.getAttribute('name')")
    assert field


@pytest.mark.parametrize(
    ("path", "who", "status"),
    [
        ("/nothing-here", None, 404), ("/notices?page=9999", None, 404), ("/owner", Role.AGENCY, 403),
        ("/log/proof", None, 400), ("/owner", None, 401),
    ],
)  # fmt: skip
def test_a_refusal_is_a_page_like_any_other(
    context: "BrowserContext", site: "Site", path: str, who: Role | None, status: int
) -> None:
    window = Window(context.new_page())

    told = window.open(site.url + path, site.cookie(who))
    assert told == status or (status == 401 and "/sign-in" in window.page.url)
    assert window.faults() == []


def test_refused_forms_are_pages_like_any_other(context: "BrowserContext", site: "Site") -> None:
    window = Window(context.new_page())
    window.open(f"{site.url}/sign-up")
    window.page.click("main form button[type=submit]")
    window.page.wait_for_selector(".esum")
    assert window.faults() == []

    window.open(f"{site.url}/owner/projects/new", site.cookie(Role.OWNER))
    window.page.click(".desk-main form button[type=submit]")
    window.page.wait_for_selector(".esum")
    assert window.faults() == []
