"""The Jinja environment of every page, the filters it knows, and the hashed files it refers to.

There is one environment for each language, with the language as a global, so that macros can be imported without
context and stay cached. Never import them with context: that runs the whole file of macros again for every page.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import Literal, NamedTuple, Protocol
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from market import translations
from market.kernel import money, terms, times
from market.kernel.errors import Reason, Refusal
from market.kernel.terms import Language

HERE = Path(__file__).parent
TEMPLATES = HERE / "_templates" if (HERE / "_templates").is_dir() else HERE.parent / "templates"
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
Shape = Literal["short", "long", "seconds"]


class PageSettings(Protocol):
    """What the pages ask of the settings."""

    @property
    def debug(self) -> bool:
        """Say whether changed templates are read again without a restart."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file under /assets, ready to be sent."""

    body: bytes
    content_type: str
    gzipped: bytes


class Remaining(NamedTuple):
    """The time left until a deadline, in the parts a countdown shows."""

    days: int
    hours: int
    minutes: int
    seconds: int
    over: bool
    soon: bool


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed and what was refused, so that a refused page gives back every word."""

    typed: Mapping[str, tuple[str, ...]]
    refused_fields: Mapping[str, tuple[str, ...]]
    labels: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        values: Mapping[str, object] | None = None,
        reasons: Iterable[tuple[str, str]] = (),
    ) -> Form:
        """Build a form from values (one or a list for each name) and pairs of (field, text); "" is the whole form."""
        refused: dict[str, tuple[str, ...]] = {}
        for name, text in reasons:
            refused[name] = (*refused.get(name, ()), text)
        return cls({name: _texts(value) for name, value in (values or {}).items()}, refused)

    @classmethod
    def refused_by(cls, values: Mapping[str, object], refusal: Refusal, lang: Language = "zh") -> Form:
        """Build the form of a refused page: every reason, in words, at its field."""
        return cls.of(values, [(reason.field or "", told(reason, lang)) for reason in refusal.reasons])

    def value(self, name: str) -> str:
        """Return the first value typed, or nothing."""
        return next(iter(self.typed.get(name, ())), "")

    def values(self, name: str) -> tuple[str, ...]:
        """Return every value typed under a name."""
        return self.typed.get(name, ())

    def reasons(self, name: str) -> tuple[str, ...]:
        """Return why a field was refused, all reasons at once."""
        return self.refused_fields.get(name, ())

    def named(self, name: str, label: str) -> str:
        """Note the label a page gives a field, for the summary of errors; show nothing."""
        self.labels[name] = label
        return ""

    @property
    def refused(self) -> bool:
        """Say whether anything was refused."""
        return bool(self.refused_fields)

    @property
    def summary(self) -> list[tuple[str, str]]:
        """List every reason with its field, in the order the rules gave them."""
        return [(name, text) for name, texts in self.refused_fields.items() for text in texts]


@dataclass(frozen=True, slots=True)
class Pager:
    """One page of a numbered list, and the addresses of its neighbours."""

    page: int
    size: int
    total: int
    address: Callable[[int], str]

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """Return the number of the first row shown."""
        return (self.page - 1) * self.size + 1

    @property
    def last(self) -> int:
        """Return the number of the last row shown."""
        return min(self.page * self.size, self.total)

    @property
    def window(self) -> list[int | None]:
        """List the page numbers worth a link; None stands for a gap."""
        near = {1, self.pages, *range(max(1, self.page - 2), min(self.pages, self.page + 2) + 1)}
        shown: list[int | None] = []
        for number in sorted(near):
            if shown and shown[-1] is not None and number > shown[-1] + 1:
                shown.append(None)
            shown.append(number)
        return shown


@cache
def environment(settings: PageSettings | None = None, lang: Language = "zh") -> Environment:
    """Build the environment of one language, once in a process: a template is compiled at its first use and stays."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=settings is not None and settings.debug,
        cache_size=-1,
    )
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    if lang == "en":
        env.globals["_"] = translations.speaker(translations.catalogue(TEMPLATES / "locale" / "en.po"))
    env.globals.update(lang=lang, asset=asset, url=url, remaining=remaining)
    env.filters.update(
        wan=money.wan if lang == "zh" else cny,
        yuan=money.yuan if lang == "zh" else cny,
        points=points,
        number=number,
        percent=percent,
        short_hash=short_hash,
        rfc3339=times.rfc3339,
        shown=partial(shown, lang=lang),
        day=partial(day, lang=lang),
        word=partial(_word, lang=lang),
        told=partial(told, lang=lang),
    )
    return env


def cny(fen: int) -> str:
    """Show fen as English pages do: always in yuan, with fen only where there are some."""
    return money.yuan(fen).removesuffix(".00")


def points(hundredths: int) -> str:
    """Show hundredths of a point: 9012 is 90.12."""
    sign = "-" if hundredths < 0 else ""
    whole, part = divmod(abs(hundredths), 100)
    return f"{sign}{whole}.{part:02d}"


def percent(ten_thousandths: int) -> str:
    """Show a rate held in 10,000ths with one decimal: 1290 is 12.9%."""
    tenths = money.half_up(ten_thousandths, 10)
    sign = "-" if tenths < 0 else ""
    whole, part = divmod(abs(tenths), 10)
    return f"{sign}{whole:,}.{part}%"


def number(value: int) -> str:
    """Show a whole number with separators: 12860 is 12,860."""
    return f"{value:,}"


def short_hash(value: str | bytes) -> str:
    """Show the ends of a fingerprint, enough to compare two of them by eye."""
    digits = value.hex() if isinstance(value, bytes) else value
    return digits if len(digits) <= 16 else f"{digits[:8]}…{digits[-8:]}"


def shown(moment: datetime, shape: Shape = "short", *, lang: Language = "zh") -> str:
    """Write a moment for people: short for tables, long for prose, seconds where order matters."""
    there = times.local(moment)
    if shape == "seconds":
        return f"{there:%Y-%m-%d %H:%M:%S}"
    if shape == "long" and lang == "en":
        return f"{day(there, shape, lang=lang)}, {there:%H:%M} China time"
    return f"{day(there, shape, lang=lang)} {there:%H:%M}"


def day(moment: date, shape: Shape = "short", *, lang: Language = "zh") -> str:
    """Write a date, or the Beijing date of a moment."""
    there = times.local(moment).date() if isinstance(moment, datetime) else moment
    if shape != "long":
        return there.isoformat()
    return f"{there.day} {there:%B %Y}" if lang == "en" else times.told_day(there)


def remaining(deadline: datetime, now: datetime) -> Remaining:
    """Split the time left; soon means less than an hour, over means that the deadline itself has come."""
    whole = max(0, int((deadline - now).total_seconds()))
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return Remaining(days, hours, minutes, seconds, now >= deadline, whole < 3600)


def url(path: str, **query: object) -> str:
    """Join a path and a query; None, empty text and empty lists leave no trace in the address."""
    pairs = [(name, text) for name, value in query.items() for text in _texts(value) if text]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def asset(name: str) -> str:
    """Return the immutable address of a file in templates/assets."""
    return f"/assets/{_hashed_names()[name]}"


@cache
def asset_routes() -> Mapping[str, Asset]:
    """Map each hashed name to its file; the application serves them for a year."""
    return _load(TEMPLATES / "assets")[1]


@cache
def _hashed_names() -> Mapping[str, str]:
    """Map each plain name to its hashed one."""
    return _load(TEMPLATES / "assets")[0]


@cache
def _load(folder: Path) -> tuple[Mapping[str, str], Mapping[str, Asset]]:
    """Read every asset; stylesheets last, because they name hashed pictures."""
    names: dict[str, str] = {}
    files: dict[str, Asset] = {}
    found = [path for path in folder.rglob("*") if path.suffix in CONTENT_TYPES]
    for path in sorted(found, key=lambda path: (path.suffix == ".css", path.name)):
        body = path.read_bytes()
        if path.suffix == ".css":
            body = re.sub(rb'url\("([\w.-]+)"\)', lambda match: b'url("%s")' % names[match[1].decode()].encode(), body)
        name = f"{path.stem}-{hashlib.sha256(body).hexdigest()[:12]}{path.suffix}"
        names[path.name] = name
        files[name] = Asset(body, CONTENT_TYPES[path.suffix], gzip.compress(body, 9, mtime=0))
    return names, files


def told(reason: Reason, lang: Language = "zh") -> str:
    """Say what is wrong and what to do now, in one line."""
    words = terms.reason_text(reason, lang)
    return f"{words.text}{' ' if lang == 'en' else ''}{words.next_step}"


def _word(code: str, kind: str | None = None, *, lang: Language) -> str:
    """Say a code in the reader's language; the member of an enum knows its kind by itself."""
    if kind is None and isinstance(code, StrEnum):
        return terms.word_of(code, lang)
    return terms.word(kind or "", str(code), lang)


def _texts(value: object) -> tuple[str, ...]:
    """Turn one value or a sequence of them into texts."""
    if value is None:
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(str(each) for each in value)
    return (str(value),)
