"""Rules of the English catalogue: every marked string has a translation with the same places, and none is in vain."""

import re

import pytest

from market.pages import environment
from market.translations import Counted
from tests import strings

KNOWN = strings.catalogue()
HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
# The switch to Chinese names the language to those who read it.
IN_CHINESE = {"中文"}


def test_every_marked_string_is_translated() -> None:
    assert strings.missing() == {}


def test_no_translation_is_of_a_string_that_no_page_says() -> None:
    assert strings.unused() == []


def test_a_translation_has_the_places_of_its_string() -> None:
    assert {text: KNOWN[text] for text in KNOWN if strings.places(text) != strings.places(KNOWN[text])} == {}


def test_a_place_has_a_name_and_a_percent_sign_is_doubled() -> None:
    texts = [*strings.marked(), *KNOWN.values()]
    assert [text for text in texts if not all(name.isidentifier() for name in strings.places(text))] == []
    for text in texts:
        _ = text % Counted(dict.fromkeys(strings.places(text), "1"))


def test_english_is_in_english() -> None:
    assert [text for text in KNOWN if HAN.search(KNOWN[text]) and text not in IN_CHINESE] == []


def test_english_has_no_contraction_and_no_exclamation_mark() -> None:
    assert [text for text in KNOWN.values() if re.search(r"\w[’'](?:t|re|ll|ve|m|d)\b|!", text)] == []


@pytest.mark.parametrize("lone", ["提高 5% 以上", "100%", "%s 家", "%(n)d 家"])
def test_a_lone_percent_sign_is_noticed(lone: str) -> None:
    assert not all(name.isidentifier() for name in strings.places(lone))


@pytest.mark.parametrize("source", ['{{ _("甲" ~ "乙") }}', "{{ _(name) }}", '{{ ngettext("甲", "乙", 2) }}'])
def test_a_string_that_no_catalogue_can_hold_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="whole string"):
        list(strings.calls(environment().parse(source), "x.html"))
