"""Rules every template keeps: structure, translation, contrast, weight.

The pages of the domains are tested with their domain; what is here holds for the shells, the macros and the error
pages, and for the source of every template there is.
"""

import gzip
import hashlib
import re
from types import SimpleNamespace

import pytest
from jinja2 import UndefinedError

from market.pages import TEMPLATES, asset_routes, environment
from tests.templates import sample
from tests.templates.reading import Tree, faults

SOURCES = sorted(TEMPLATES.rglob("*.html"))
STATUSES = (400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503)
ROLES = ("owner", "agency", "authority", "regulator", "operator", "auditor")
HAN = r"[\u3400-\u9fff]"
DESK = '{% extends "layout/desk.html" %}{% block title %}x{% endblock %}{% block desk %}<h1>x</h1>{% endblock %}'


def error_page(status: int, **changes: object) -> str:
    """Render the error page as the application would."""
    said = {"status": status, "reference": "8F3A-22C1", "nav": "", **changes}
    return environment().get_template("errors/error.html").render(sample.context(**said))


def desk_page(role: str, **changes: object) -> str:
    """Render an empty page of one role's desk."""
    actor = SimpleNamespace(role=role, name="示例人员", organisation=None)
    return sample.render(DESK, actor=actor, nav=f"{role}/desk", path=f"/{role}", **changes)


@pytest.mark.parametrize("refused", [True, False])
def test_a_page_with_every_macro_is_well_made(refused: bool) -> None:
    assert faults(sample.kitchen_sink(refused=refused)) == []


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ('<p style="color:red">', "<p> has style"),
        ('<p onclick="x()">', "<p> has onclick"),
        ('<i id="a"></i><i id="a"></i>', "id a twice"),
        ('<input name="q">', "<input name=q> has 0 labels"),
        ('<a href="/x"></a>', "<a> {'href': '/x'} has no text"),
        ("<img>", "<img> without alt"),
        ("<table><tr><th>x</th></tr></table>", "<th> x without scope"),
        ('<label for="a">x</label>', "<label> points at a"),
        ("<b><i></b></i>", "</b> closes <i>"),
        ("<h1>x</h1>", "2 first-level headings"),
        ("<main><h2>x</h2><h4>y</h4></main>", "h4 follows h2"),
    ],
)
def test_the_reader_of_pages_notices_a_broken_one(broken: str, fault: str) -> None:
    assert fault in faults("<h1>x</h1>" + broken)


@pytest.mark.parametrize("status", STATUSES)
def test_an_error_page_says_what_happened_its_number_and_whom_to_call(status: int) -> None:
    page = error_page(status, reasons=["原因甲", "原因乙"])
    assert faults(page) == []
    for words in ("8F3A-22C1", "演示热线 000-00000", "原因甲", "原因乙", 'href="/"'):
        assert words in page


def test_an_unknown_status_falls_back_to_its_family() -> None:
    assert "没有看懂这个请求" in error_page(418)
    assert "出了问题，没有办成" in error_page(502)


def test_the_plain_page_needs_nothing() -> None:
    assert faults(environment().get_template("errors/plain.html").render()) == []


@pytest.mark.parametrize("role", ROLES)
def test_each_desk_marks_where_one_is_and_counts_open_tasks(role: str) -> None:
    page = desk_page(role, tasks={"desk": 1_203})
    assert faults(page) == []
    assert page.count('aria-current="page"') == 1
    assert "1,203" in page


def test_a_signed_in_person_leaves_by_a_form_with_a_token() -> None:
    page = desk_page("owner")
    assert '<form method="post" action="/sign-out"><input type="hidden" name="_csrf" value="token">' in page
    assert "/sign-in" not in page


def test_search_is_offered_only_where_it_exists() -> None:
    assert 'action="/search"' in error_page(404)
    assert 'action="/search"' not in error_page(404, features={})


def test_english_is_offered_only_where_it_exists() -> None:
    assert 'href="/en/notices" lang="en"' in error_page(404, features={"english": True})
    assert "/en/" not in error_page(404)


def test_a_forgotten_value_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(UndefinedError):
        sample.render('{% extends "layout/base.html" %}{% block main %}{{ forgotten }}{% endblock %}')


def test_what_was_typed_comes_back_escaped_and_a_password_never() -> None:
    fields = '{{ field.textarea(form, "a", "b") }}{{ field.password(form, "p", "q") }}'
    source = '{% import "parts/form.html" as field %}' + fields
    form = sample.Form.of({"a": "</textarea><script>", "p": "secret"})
    page = sample.render(source, form=form)
    assert "&lt;/textarea&gt;&lt;script&gt;" in page
    assert "secret" not in page


def test_each_refused_field_is_linked_marked_and_described() -> None:
    nodes = Tree(sample.kitchen_sink(refused=True)).root.walk()
    ceiling = next(node for node in nodes if node.attrs.get("id") == "f-ceiling")
    assert ceiling.attrs["aria-invalid"] == "true"
    assert ceiling.attrs["aria-describedby"] == "f-ceiling-hint f-ceiling-error"
    assert ceiling.attrs["value"] == "三十八万"
    linked = [node.attrs["href"] for node in nodes if str(node.attrs.get("href")).startswith("#f-")]
    assert linked == ["#f-ceiling", "#f-method", "#f-materials", "#f-materials", "#f-pledge"]
    assert not [node for node in Tree(sample.kitchen_sink(refused=False)).root.walk() if "aria-invalid" in node.attrs]


def test_parts_of_a_card_table_name_their_roles() -> None:
    roles = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
    nodes = [node for node in Tree(sample.kitchen_sink()).root.walk() if node.tag in roles or node.tag == "th"]
    wrong = [node for node in nodes if node.tag != "th" and node.attrs.get("role") != roles[node.tag]]
    heads = {(node.attrs["scope"], node.attrs["role"]) for node in nodes if node.tag == "th"}
    assert wrong == []
    assert heads == {("col", "columnheader"), ("row", "rowheader")}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_chinese_stands_outside_a_translation(path: object) -> None:
    source = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    source = re.sub(r"\{#.*?#\}|\{%-?\+? *trans.*?endtrans *-?%\}", "", source, flags=re.S)
    source = re.sub(r"""\b(?:_|gettext|ngettext)\((?:\s*,?\s*(?:"[^"]*"|'[^']*'))+""", "", source)
    assert re.findall(f"[^\n]{{0,20}}{HAN}+", source) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_chinese_is_punctuated_in_full_width(path: object) -> None:
    source = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert re.findall(rf"{HAN}[,;:!?()]{HAN}", source) == []


def test_every_icon_named_is_in_the_sprite() -> None:
    held = set(re.findall(r'<symbol id="([^"]+)"', (TEMPLATES / "assets/icons.svg").read_text(encoding="utf-8")))
    literal = {
        name for path in SOURCES for name in re.findall(r'icon\("([a-z0-9-]+)"', path.read_text(encoding="utf-8"))
    }
    pages = [sample.kitchen_sink(), *(desk_page(role) for role in ROLES)]
    drawn = {name for page in pages for name in re.findall(r'icons-[0-9a-f]+\.svg#([a-z0-9-]+)"', page)}
    assert literal - held == set()
    assert drawn - held == set()
    assert len(drawn) > 30


def test_files_made_by_others_are_the_files_named() -> None:
    readme = (TEMPLATES / "assets/README.md").read_text(encoding="utf-8")
    for name in ("icons.svg", "vendor/htmx.min.js"):
        assert hashlib.sha256((TEMPLATES / "assets" / name).read_bytes()).hexdigest() in readme, name


def test_the_first_visit_weighs_at_most_60_kilobytes() -> None:
    page = sample.kitchen_sink()
    sent = [asset_routes()[name] for name in set(re.findall(r'/assets/([^"#]+)', page))]
    weight = len(gzip.compress(page.encode())) + sum(len(each.gzipped) for each in sent)
    assert len(sent) >= 5
    assert weight <= 60_000
    assert next(len(asset.gzipped) for name, asset in asset_routes().items() if name.startswith("icons-")) <= 4_096


@pytest.mark.parametrize(
    ("ink", "paper", "least"),
    [
        *(
            (ink, paper, 4.5)
            for ink in ("ink", "ink-2", "ink-3", "link", "red-700")
            for paper in ("surface", "bg", "surface-2")
        ),
        ("link", "blue-50", 4.5),
        ("#ffffff", "primary", 4.5),
        ("#ffffff", "primary-hover", 4.5),
        ("#ffffff", "blue-700", 4.5),
        ("#e9f1fb", "blue-900", 4.5),
        ("#c6d3e4", "blue-950", 4.5),
        ("#4f3000", "amber-100", 4.5),
        ("#0d4384", "blue-100", 4.5),
        ("#6a4000", "amber-100", 4.5),
        ("#8e1414", "red-100", 4.5),
        ("green-800", "green-100", 4.5),
        ("violet-700", "violet-100", 4.5),
        ("#36414e", "#e9edf2", 4.5),
        ("#d8e6f8", "#0f4c94", 4.5),
        ("red-700", "red-50", 4.5),
        ("line-control", "surface", 3.0),
        ("green-600", "surface", 4.5),
    ],
)
@pytest.mark.parametrize("contrast", ["normal", "high"])
def test_the_colours_can_be_read(contrast: str, ink: str, paper: str, least: float) -> None:
    css = (TEMPLATES / "assets/app.css").read_text(encoding="utf-8")
    blocks = [re.search(r":root \{(.*?)\n\}", css, re.S), re.search(r'\[data-contrast="high"\] \{(.*?)\}', css, re.S)]
    tokens: dict[str, str] = {}
    for block in blocks if contrast == "high" else blocks[:1]:
        assert block
        tokens |= dict(re.findall(r"--([\w-]+): ([^;]+);", block[1]))
    assert _contrast(_colour(ink, tokens), _colour(paper, tokens)) >= least


def _colour(name: str, tokens: dict[str, str]) -> str:
    """Follow a token to its colour."""
    value = name if name.startswith("#") else tokens[name]
    reference = re.fullmatch(r"var\(--([\w-]+)\)", value)
    return _colour(reference[1], tokens) if reference else value


def _contrast(one: str, other: str) -> float:
    """Return the contrast of two colours. Basis: WCAG 2.2, relative luminance."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance of #rgb or #rrggbb."""
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
