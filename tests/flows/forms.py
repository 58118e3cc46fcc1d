"""A reader of the market's own pages that fills in forms as a browser without JavaScript does."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, what it holds already, and every name it has."""

    action: str
    holds: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.choosing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form" and told.get("method") == "post":
            self.forms.append(Form(told["action"]))
        elif tag == "option" and self.choosing and "selected" in told and self.forms:
            self.forms[-1].holds.append((self.choosing, told.get("value", "")))
        elif self.forms and told.get("name"):
            self.choosing = told["name"] if tag == "select" else ""
            self.forms[-1].names.add(told["name"])
            ticked = told.get("type") not in ("checkbox", "radio") or "checked" in told
            if tag == "input" and ticked:
                self.forms[-1].holds.append((told["name"], told.get("value", "")))


def forms_of(page: str) -> list[Form]:
    """Read the forms of a page that change something."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


async def fill(browser: httpx.AsyncClient, page: str, action: str, **typed: str) -> str:
    """Open a page, fill in its form for *action*, send it, and return where it leads."""
    shown = await browser.get(page)
    assert shown.status_code == 200, f"{page}: {shown.status_code}"
    (form,) = [each for each in forms_of(shown.text) if each.action.split("?")[0] == action]
    missing = set(typed) - form.names
    assert not missing, f"{page} has no field {missing}"
    sent = {name: value for name, value in form.holds if name not in typed} | typed
    answer = await browser.post(form.action, data=sent)
    assert answer.status_code == 303, f"{form.action}: {answer.status_code}\n{answer.text}"
    return answer.headers["location"]
