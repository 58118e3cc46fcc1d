"""
Answers: pages, redirects after an act, and what was typed into a form.

Bad input is refused here, before any rule sees it: too large, not UTF-8, with
a NUL, or of the wrong kind. A refusal keeps everything that was typed.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from jinja2 import Environment
from litestar import MediaType, Request, Response
from litestar.exceptions import ClientException

from market import english, pages
from market.kernel import terms
from market.kernel.errors import Invalid, Reason, Refusal
from market.kernel.roles import Role
from market.visit import Visit

LARGEST_FORM = 1_000_000
MOST_FIELDS = 2_000
LONGEST_ECHO = 2_000  # of a query that a page repeats in its links


@dataclass(frozen=True, slots=True)
class Site:
    """What every page says of the market it belongs to."""

    name: str
    address: str
    demo: bool
    hotline: str
    host: str
    log_origin: str
    checkpoint: Any = None


@dataclass(frozen=True, slots=True)
class Reader:
    """The account menu's view of who is signed in."""

    role: str
    name: str
    organisation: str


@dataclass(slots=True)
class _Frame:
    """Set once at start by the application: how pages are made."""

    environment: Environment
    site: Site


_frames: dict[terms.Language, _Frame] = {}


def frame(lang: terms.Language, environment: Environment, site: Site) -> None:
    """Say once for each language, at start, which environment and site its pages are made with."""
    _frames[lang] = _Frame(environment, site)


def render(visit: Visit, template: str, /, *, nav: str = "", **context: Any) -> str:
    """Render a template with what every page gets."""
    made = _frames[visit.lang]
    signed_in = visit.actor.role is not Role.PUBLIC
    reader = Reader(visit.actor.role.value, visit.actor.name, visit.organisation) if signed_in else None
    common = {
        "site": made.site,
        "actor": reader,
        "csrf": visit.csrf,
        "lang": visit.lang,
        "path": visit.path,
        "query_string": visit.query if len(visit.query) <= LONGEST_ECHO else "",
        "prefs": visit.prefs,
        "now": visit.now,
        "reference": visit.reference,
        "features": {"search": True, "english": True},
        "tasks": visit.tasks,
        "nav": nav,
    }
    found = made.environment.get_template(template)
    text = found.render(common | context)
    form = context.get("form")
    if isinstance(form, pages.Form) and form.refused:
        # The summary of errors stands above the fields whose labels it repeats; only the first making tells them.
        text = found.render(common | context)
    return english.told(text) if visit.lang == "en" else text


def page(visit: Visit, template: str, /, *, nav: str = "", status: int = 200, **context: Any) -> Response[str]:
    """Answer with a page."""
    body = render(visit, template, nav=nav, **{"status": status, **context})
    private = visit.actor.role is not Role.PUBLIC
    headers = {"Cache-Control": "private, no-store" if private else "no-cache", "Vary": "Cookie"}
    return Response(body, media_type=MediaType.HTML, status_code=status, headers=headers)


def unavailable(reference: str, lang: terms.Language = "zh") -> bytes:
    """Return the page of last resort, which needs neither a visit nor a database."""
    return _frames[lang].environment.get_template("errors/plain.html").render(reference=reference).encode()


def see(path: str) -> Response[Any]:
    """Send the reader on after an act, so that reloading repeats nothing."""
    # A header holds no Chinese; what is escaped already stays as it is.
    location = quote(path, safe="/%?=&;:+,@~!$'()*#-._[]")
    headers = {"Location": location, "Cache-Control": "no-store"}
    return Response(b"", status_code=303, media_type=MediaType.TEXT, headers=headers)


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a submitted form, each a tuple of NFC texts without control characters."""

    fields: Mapping[str, tuple[str, ...]]

    def one(self, name: str) -> str:
        """Return the first value of a field without surrounding space, or nothing."""
        return next(iter(self.fields.get(name, ())), "").strip()

    def many(self, name: str) -> tuple[str, ...]:
        """Return every value of a field that is not empty."""
        return tuple(text.strip() for text in self.fields.get(name, ()) if text.strip())

    def as_form(self, refusal: Refusal | None = None, lang: terms.Language = "zh") -> pages.Form:
        """Give everything typed back to the page, with every reason at its field."""
        return pages.Form.of(
            {name: values for name, values in self.fields.items() if name != "_csrf"},
            [] if refusal is None else [(reason.field or "", reason_words(reason, lang)) for reason in refusal.reasons],
        )


def sent(values: Mapping[str, Any]) -> Typed:
    """Take what a program sent as if it had been typed, so that one parser answers both."""
    fields = {
        name: value if isinstance(value, list | tuple) else (value,)
        for name, value in values.items()
        if value is not None and value is not False
    }
    return Typed(
        {
            name: tuple("yes" if each is True else clean(str(each), name) for each in given)
            for name, given in fields.items()
        }
    )


def reason_words(reason: Reason, lang: terms.Language = "zh") -> str:
    """Say a reason and what to do next, in one text."""
    told = terms.reason_text(reason, lang)
    return f"{told.text}{told.next_step}" if lang == "zh" else f"{told.text} {told.next_step}"


async def read_form(request: Request[Any, Any, Any]) -> Typed:
    """Read an urlencoded form, or refuse it whole."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if len(body) > LARGEST_FORM:
        raise ClientException(status_code=413)
    if body and kind != "application/x-www-form-urlencoded":
        raise ClientException(status_code=415)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise Invalid("bad_encoding") from error
    fields: dict[str, list[str]] = {}
    for name, text in pairs:
        fields.setdefault(name, []).append(clean(text, name))
    return Typed({name: tuple(texts) for name, texts in fields.items()})


async def refuse_other_encodings(request: Request[Any, Any, Any]) -> None:
    """Refuse a body that is not UTF-8 before a JSON reader stumbles over it."""
    try:
        (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise Invalid("bad_encoding") from error


def clean(text: str, field: str | None = None) -> str:
    """Return *text* in NFC with plain line ends, or refuse what no text may hold."""
    plain = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in plain) or "\x7f" in plain:
        raise Invalid("control_characters", field=field)
    return plain
