"""
The pages of the indicators (信号指标), rendered from the documents that also go with the source.

The document of each indicator is held against its module by a test; its Chinese
twin lies beside it in ``zh``. What both share, such as numbers and data of the
example, is read from the first alone, so that the two cannot drift apart.

Basis: DESIGN §6 (one module and one page each).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

from market.kernel.terms import Language
from market.pages import HERE

_SHIPPED: Final = HERE / "_indicators"
FOLDER: Final = _SHIPPED if _SHIPPED.is_dir() else HERE.parent / "docs" / "indicators"
_HEADING: Final = re.compile(r"^## (.+)$", re.M)
_ELSEWHERE: Final = re.compile(r"\[([^\]]+)\]\(\.\./[^)]+\)")
_ROW: Final = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.M)
_MEANING: Final = re.compile(r"^- `(\w+)`：(.+)$", re.M)
_DATA: Final = re.compile(r"^```json\n.+?^```$", re.M | re.S)
_CHINESE: Final = re.compile(r"[\u3400-\u9fff](?:[\u3400-\u9fff〔〕、]|(?<=〔)\d+|\d+(?=号))*")
_TOO_FEW: Final = "样本不足"
# Of these the Chinese twin has its own words, under these headings.
_TWINS: Final[Mapping[str, str]] = {
    "Method": "方法", "Worked example": "算例", "Why it matters": "为什么重要", "Guards and exclusions": "门槛与排除",
}  # fmt: skip
SECTIONS: Final = (
    "Question", "Condition", "Method", "Worked example", "Why it matters", "Other explanations",
    "Guards and exclusions",
)  # fmt: skip
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of an indicator, and what it counts."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """The page of an indicator in one language: its sections in order, and its numbers."""

    code: str
    version: str
    sections: tuple[tuple[str, Markup], ...]
    parameters: tuple[Parameter, ...]


@cache
def codes() -> tuple[str, ...]:
    """List the indicators that have a page."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.md") if path.stem != "README"))


@cache
def page_of(code: str, lang: Language) -> Indicator:
    """Render the page of an indicator that has one."""
    common, twin = _parts(FOLDER / f"{code}.md"), _parts(FOLDER / "zh" / f"{code}.md")
    texts = {name: _text(name, common, twin, lang) for name in SECTIONS}
    rendered = tuple((name, _rendered(text, lang)) for name, text in texts.items())
    meanings = dict(_MEANING.findall(twin["参数"])) if lang == "zh" else {}
    parameters = tuple(
        Parameter(name, value, meanings[name] if meanings else _told(unit, note))
        for name, value, unit, _source, note in _ROW.findall(common["Parameters"])
    )
    version = common["Parameters"].partition("`")[2].partition("`")[0]
    return Indicator(code, version, rendered, parameters)


def _rendered(text: str, lang: Language) -> Markup:
    """Render a section; what is Chinese on an English page, as the names of laws are, is marked as that."""
    html = _MARKDOWN.render(text)
    marked = _CHINESE.sub(r'<span lang="zh-CN">\g<0></span>', html) if lang == "en" else html
    return Markup(marked)  # noqa: S704 - the renderer lets no HTML of the document through


def _text(name: str, common: Mapping[str, str], twin: Mapping[str, str], lang: Language) -> str:
    text = _ELSEWHERE.sub(r"\1", common[name])
    if name in ("Question", "Condition"):
        chinese, _, english = text.partition("\n\n")
        return chinese if lang == "zh" else english
    if name == "Other explanations":
        lines = (line.removeprefix("- ").partition(" · ") for line in text.splitlines())
        return "\n".join(f"- {chinese if lang == 'zh' else english}" for chinese, _, english in lines)
    if lang == "en":
        return text.replace(_TOO_FEW, "insufficient sample")
    return "\n\n".join([twin[_TWINS[name]], *_DATA.findall(text)])


def _told(unit: str, note: str) -> str:
    return unit if note == "–" else f"{unit}; {note.replace(_TOO_FEW, 'insufficient sample')}"


def _parts(path: Path) -> dict[str, str]:
    """Cut a document at its headings."""
    parts = _HEADING.split(path.read_text(encoding="utf-8"))
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}
