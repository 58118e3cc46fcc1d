"""Rules of JCS-I: one byte form, everything else refused with its path."""

import json
import unicodedata

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from market.kernel.canonical import LARGEST, NotCanonical, SuiteUnavailable, canonical, digest, parse

TEXT = st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: unicodedata.normalize("NFC", text))
KEYS = st.text(st.characters(max_codepoint=127))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_the_bytes_equal_those_of_an_independent_implementation(value):
    assert canonical(value) == rfc8785.dumps(value)


@given(VALUES)
def test_what_is_written_is_read_back_and_written_the_same(value):
    assert parse(canonical(value)) == value
    assert parse(json.dumps(value, indent=2)) == value


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (1.0, "(top)"),
        ({"a": [1, {"b": 0.5}]}, "a[1].b"),
        ({"a": 2**53}, "a"),
        ({"a": -(2**53)}, "a"),
        ({"甲": 1}, "(top)"),
        ({"a": {1: 2}}, "a"),
        (["e\u0301"], "[0]"),
        ({"a": "\ud800"}, "a"),
        ({"a": b"bytes"}, "a"),
        ({"a": {1, 2}}, "a"),
    ],
)
def test_a_value_outside_the_subset_is_refused_with_its_path(value, path):
    with pytest.raises(NotCanonical) as refused:
        canonical(value)
    assert str(refused.value).startswith(f"{path}:")


def test_the_largest_integer_is_allowed_and_the_next_is_not():
    assert canonical([LARGEST, -LARGEST]) == b"[9007199254740991,-9007199254740991]"
    with pytest.raises(NotCanonical):
        canonical(LARGEST + 1)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"x":{"a":1,"b":2,"a":3}}',
        "1.0",
        "1e3",
        "NaN",
        "[Infinity]",
        "-Infinity",
        "9007199254740992",
        '"\\ud800"',
        '"e\\u0301"',
        '{"\\u7532":1}',
        "{} {}",
        "",
        "[1,]",
        "\ufeff{}",
        "[" * 100_000,
        "1" * 5000,
    ],
)
def test_text_outside_the_subset_cannot_be_read(text):
    with pytest.raises(NotCanonical):
        parse(text)


def test_bytes_that_are_not_utf_8_cannot_be_read():
    with pytest.raises(NotCanonical):
        parse(b'"\xff"')


def test_control_characters_are_escaped_as_rfc_8785_says():
    assert canonical('\x00\x1f\x7f\b\t\n\f\r"\\/') == b'"\\u0000\\u001f\x7f\\b\\t\\n\\f\\r\\"\\\\/"'


def test_the_two_suites_give_their_known_hashes():
    assert digest("") == "12ae32cb1ec02d01eda3581b127c1fee3b0dc53572ed6baf239721a03d82e126"
    assert digest([], "sm3") != digest([], "sha256")
    assert len(digest([], "sm3")) == 64


def test_an_unknown_suite_is_named():
    with pytest.raises(SuiteUnavailable, match="md5"):
        digest({}, "md5")


def test_a_suite_that_openssl_lacks_is_named(monkeypatch):
    def absent(*_):
        raise ValueError("unsupported hash type")

    monkeypatch.setattr("market.kernel.canonical.hashlib.new", absent)
    with pytest.raises(SuiteUnavailable, match="sm3"):
        digest({}, "sm3")
