"""Every page there is, as whoever it is for sees it: accessible, within the screen, legible, and without complaints."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.addresses import every_get_route, role_of
from tests.browser.looking import Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Site

pytestmark = pytest.mark.browser
ROUTES = every_get_route()
# One page of every make: words are longer in English, the rest is the same.
IN_ENGLISH = (
    "/", "/notices", "/notices/{code:str}", "/notices/{code:str}/register", "/guides/{uscc:str}/{item_code:str}",
    "/agencies/{uscc:str}", "/contracts/{number:str}", "/credit/{slot:str}", "/services", "/log", "/help/{slug:str}",
    "/owner", "/owner/notices/{code:str}/conditions", "/agency", "/agency/join/{step:int}", "/regulator",
    "/regulator/cases/{number:str}", "/regulator/leads/{key:int}", "/credit/measures/{number:str}",
    "/help/indicators/{code:str}",
)  # fmt: skip
FILES = {
    "csv": "text/csv", "zip": "application/zip", "py": "text/x-python",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


@pytest.fixture(scope="module")
def window(chromium: "Browser") -> Iterator[Window]:
    context = chromium.new_context()
    yield Window(context.new_page())
    context.close()


@pytest.mark.parametrize("path", sorted(ROUTES))
def test_a_route_has_an_example_that_answers_and_a_page_without_faults(window: Window, site: "Site", path: str) -> None:
    examples = site.examples.get(path, ((path, None),))
    assert examples, "no row of the sample city fits this route"
    faults = {}
    for address, who in examples:
        assert "{" not in address, "this route needs an example"
        whoever = who or role_of(path, ROUTES[path])
        session = site.cookie(whoever)
        headers = {"Cookie": f"sid={session}"}
        if whoever and path.startswith("/api/"):
            headers = {"Authorization": f"Bearer {site.token(whoever)}"}
        answer = window.page.context.request.get(site.url + address, headers=headers)
        kind = answer.headers.get("content-type", "").partition(";")[0]
        assert answer.status == 200, address
        assert kind == FILES.get(path.rpartition(".")[2], kind), address
        if kind == "text/html" and answer.url == site.url + address:  # where a redirect leads has its own turn
            assert window.open(site.url + address, session) == 200
            faults[address] = window.faults()

    assert {address: found for address, found in faults.items() if found} == {}


@pytest.mark.parametrize("path", IN_ENGLISH)
def test_an_english_page_has_no_faults(window: Window, site: "Site", path: str) -> None:
    address, who = site.examples.get(path, ((path, None),))[0]
    session = site.cookie(who or role_of(path, ROUTES[path]))

    assert window.open(f"{site.url}/en{address}", session) == 200
    assert window.faults() == []
