"""Rules of the catalogue: read as it is written, counted where it counts, spaced as English is."""

import pytest
from jinja2 import Environment

from market.translations import parsed, speaker

PO = r"""
# A comment.
msgid ""
msgstr "Language: en\n"

#. notices/show.html
msgid "公告"
msgstr "Notice"

msgid "第一句。"
"第二句。"
msgstr ""
"The first. "
"The \"second\"."

msgid "没有译文"
msgstr ""
"""


def said(template: str, words: dict[str, str], **values: object) -> str:
    env = Environment(autoescape=True)
    env.globals["_"] = speaker(words)
    return env.from_string(template).render(values)


def test_a_catalogue_is_read_with_its_continued_lines_and_without_what_is_not_translated() -> None:
    assert parsed(PO) == {"公告": "Notice", "第一句。第二句。": 'The first. The "second".'}


@pytest.mark.parametrize("wrong", ['msgid "甲"\nmsgstr "a"\nmsgid "甲"\nmsgstr "b"', 'msgctxt "x"', "msgid 甲"])
def test_a_string_stated_twice_and_an_unknown_line_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="line"):
        parsed(wrong)


@pytest.mark.parametrize(
    ("n", "told"), [("0", "0 agencies"), ("1", "1 agency"), ("1,001", "1,001 agencies"), (1, "1 agency")]
)
def test_a_count_chooses_its_form(n: object, told: str) -> None:
    assert said('{{ _("%(n)s 家", n=n) }}', {"%(n)s 家": "%(n)s %(n:agency|agencies)s"}, n=n) == told


def test_a_value_is_escaped_and_a_translation_is_not() -> None:
    assert (
        said('{{ _("名称：%(x)s", x=x) }}', {"名称：%(x)s": "Name & title: %(x)s"}, x="<b>")
        == "Name & title: &lt;b&gt;"
    )


def test_a_string_without_a_translation_stays_as_it_is() -> None:
    assert said('{{ _("公告") }}', {}) == "公告"


def test_a_sentence_is_followed_by_a_space_and_a_word_is_not() -> None:
    words = {"有。": "Yes.", "没有。": "No. ", "有": "Yes"}
    assert said('{{ _("有。") }}{{ _("没有。") }}{{ _("有") }}|', words) == "Yes. No. Yes|"
