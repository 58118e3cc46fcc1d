"""The pages of the indicators: each in both languages, from its document, and nothing left out of either."""

import re

import pytest

from market.app import Market
from market.desk import indicators
from tests.server import Database
from tests.web import browser, market

MARKED = re.compile(r'<span lang="zh-CN">([^<]*)</span>')


@pytest.mark.parametrize("code", indicators.codes())
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_has_every_section_and_every_number_in_its_language(code: str, lang: str) -> None:
    found = indicators.page_of(code, lang)  # type: ignore[arg-type]

    assert [name for name, _ in found.sections] == list(indicators.SECTIONS)
    assert all(len(html) > 20 for _, html in found.sections)
    assert found.parameters
    assert all(each.value and each.meaning for each in found.parameters)
    assert found.version == f"{code}/1"


@pytest.mark.parametrize("code", indicators.codes())
def test_the_twin_of_a_document_names_the_same_numbers(code: str) -> None:
    english, chinese = (indicators.page_of(code, lang) for lang in ("en", "zh"))

    numbers = [(each.name, each.value) for each in english.parameters]
    assert [(each.name, each.value) for each in chinese.parameters] == numbers
    data = [MARKED.sub(r"\1", str(dict(each.sections)["Worked example"])).partition("<pre>")[2]
            for each in (english, chinese)]  # fmt: skip
    assert data[0] == data[1] != ""


async def test_a_reader_finds_each_indicator_from_the_help_and_in_both_languages(database: Database) -> None:
    async with market(database) as app:
        await _read(app)


async def _read(app: Market) -> None:
    async with browser(app) as client:
        assert 'href="/help/indicators"' in (await client.get("/help")).text
        listed = (await client.get("/help/indicators")).text
        for code in indicators.codes():
            assert f'href="/help/indicators/{code}"' in listed
            for begin in ("", "/en"):
                assert (await client.get(f"{begin}/help/indicators/{code}")).status_code == 200
        shown = (await client.get("/help/indicators/T01")).text
        assert "捆绑提升" in shown
        assert "为什么重要" in shown
        assert "Worked example" in (await client.get("/en/help/indicators/T01")).text
        for unknown in ("README", "t01", "../T01", "zh", "T01.md", "T01%00"):
            assert (await client.get(f"/help/indicators/{unknown}")).status_code == 404, unknown


@pytest.mark.parametrize("code", indicators.codes())
def test_what_is_chinese_on_an_english_page_is_marked_as_that(code: str) -> None:
    whole = "".join(html for _, html in indicators.page_of(code, "en").sections)

    assert not re.search(r"[\u3400-\u9fff]", MARKED.sub("", whole))
    assert MARKED.search(whole)
