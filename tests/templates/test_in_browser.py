"""What only a browser can tell: accessibility by axe, overflow, the content security policy, the script.

Pages are handed to Chromium without a server, under the policy the application sends; the clock stands still.
"""

from collections.abc import Iterator
from datetime import timedelta
from shutil import which
from types import SimpleNamespace

import pytest

from market.pages import asset_routes, environment
from tests.templates import sample

pytest.importorskip("axe_playwright_python")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, sync_playwright

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1280, 390, 320)


class Window:
    """One browser page, with what it complained about and how often it was loaded."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.html = ""
        self.loads = 0
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.route("**/*", self._answer)

    def show(self, html: str, width: int = 1280) -> None:
        """Open a page at a width."""
        self.html = html
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.goto("https://market.example/")

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix("https://market.example/")
        if path.startswith("assets/"):
            asset = asset_routes()[path.removeprefix("assets/")]
            route.fulfill(body=asset.body, content_type=asset.content_type)
            return
        self.loads += 1
        policy = {"Content-Security-Policy": POLICY}
        route.fulfill(body=self.html, content_type="text/html; charset=utf-8", headers=policy)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser.new_page()
        browser.close()


@pytest.fixture
def window(page: Page) -> Iterator[Window]:
    page.clock.set_fixed_time(sample.NOW)
    yield Window(page)
    page.unroute_all()


def pages() -> dict[str, str]:
    """Render the pages to look at."""
    large = SimpleNamespace(text="large", contrast="high")
    officer = SimpleNamespace(role="regulator", name="示例监管员", organisation="云湖市示例政务服务中心")
    desk = '{% extends "layout/desk.html" %}{% block title %}x{% endblock %}{% block desk %}<h1>x</h1>{% endblock %}'
    error = environment().get_template("errors/error.html")
    return {
        "refused": sample.kitchen_sink(refused=True),
        "accepted": sample.kitchen_sink(refused=False),
        "large": sample.kitchen_sink(refused=True, prefs=large),
        "desk": sample.render(desk, actor=officer, nav="regulator/desk", tasks={"leads": 17}),
        "error": error.render(sample.context(status=409, reference="8F3A", nav="", reasons=["原因甲"])),
    }


@pytest.mark.parametrize("name", ["refused", "accepted", "large", "desk", "error"])
def test_a_page_is_accessible_fits_and_obeys_the_policy(window: Window, name: str) -> None:
    html = pages()[name]
    for width in WIDTHS:
        window.show(html, width)
        overflow = window.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{name} at {width}"
    for width in WIDTHS[:2]:
        window.show(html, width)
        found = Axe().run(window.page, options={"runOnly": RULES}).response
        assert [each["id"] for each in found["violations"]] == []
        assert len(found["passes"]) > 20
    assert window.complaints == []


def test_the_browser_refuses_an_inline_style_and_axe_sees_a_bad_page(window: Window) -> None:
    window.show(sample.kitchen_sink().replace("</main>", '<p style="color:red">x</p><img src="x"></main>'))
    violations = [each["id"] for each in Axe().run(window.page, options={"runOnly": RULES}).response["violations"]]
    assert "image-alt" in violations
    assert any("Content Security Policy" in each for each in window.complaints)


def test_a_refused_page_starts_at_its_error_summary(window: Window) -> None:
    window.show(sample.kitchen_sink(refused=True))
    assert window.page.evaluate("document.activeElement.className") == "esum"


def test_icons_and_marks_are_drawn(window: Window) -> None:
    window.show(sample.kitchen_sink())
    box = window.page.evaluate("document.querySelector('.util use').getBBox().width")
    assert box > 0


def test_a_countdown_shows_seconds_only_in_its_last_hour(window: Window) -> None:
    window.show(sample.kitchen_sink())
    timers = window.page.locator("[role=timer]")
    assert timers.nth(0).inner_text().split() == ["3", "天", "05", "小时", "41", "分"]
    assert timers.nth(1).inner_text().split() == ["12", "分", "00", "秒"]


def test_a_page_that_waits_for_its_moment_loads_again_then_every_five_seconds(window: Window) -> None:
    window.page.clock.install(time=sample.NOW + timedelta(minutes=11, seconds=58))
    window.show(sample.kitchen_sink(refused=False))
    window.page.clock.run_for(1_000)
    assert window.loads == 1
    window.page.clock.run_for(2_500)
    window.page.wait_for_function("performance.timeOrigin > 0")
    window.page.wait_for_timeout(300)
    assert window.loads == 2
    window.page.clock.run_for(4_000)
    assert window.loads == 2
    window.page.clock.run_for(2_000)
    window.page.wait_for_timeout(300)
    assert window.loads == 3
