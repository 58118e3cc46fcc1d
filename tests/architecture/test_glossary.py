"""One word per thing: identifiers and codes that are never right here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from market.kernel import terms
from tests.architecture.source import PRODUCT, python_files, tree, where

# OCDS has its own words; they live in one mapping table and nowhere else.
OCDS = Path("openness") / "ocds"
FORBIDDEN = {
    "supplier",
    "vendor",
    "bidder",
    "bidding",
    "buyer",
    "purchaser",
    "customer",
    "tender",
    "tenderer",
    "bid",
    "mall",
    "supermarket",
    "blacklist",
    "kick",
    "ban",
}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def forbidden_words(identifier: str) -> set[str]:
    """Name the forbidden words of an identifier, singular or plural, in any case."""
    words = {word.lower() for word in _WORD.findall(identifier)}
    return {word for word in words if word in FORBIDDEN or word.removesuffix("s") in FORBIDDEN}


def identifiers(path: Path) -> Iterator[tuple[str, int]]:
    """Give every name a file makes or uses, with its line."""
    yield path.stem, 1
    for node in ast.walk(tree(path)):
        line = getattr(node, "lineno", 1)
        for attribute in ("id", "attr", "arg", "name", "asname"):
            name = getattr(node, attribute, None)
            if isinstance(name, str):
                yield name, line


def test_no_identifier_contains_a_word_that_is_never_right_here() -> None:
    found = [
        f"{where(path, line)} {name}"
        for path in python_files(*PRODUCT)
        if str(OCDS) not in str(path)
        for name, line in identifiers(path)
        if forbidden_words(name)
    ]

    assert not found, "\n".join(found)


def test_no_code_contains_a_word_that_is_never_right_here() -> None:
    found = [f"{kind}.{code}" for kind in terms.kinds() for code in terms.codes(kind) if forbidden_words(code)]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ["bid", "list_bids", "BidderName", "bestBid", "BUYER_ID", "vendors"])
def test_a_forbidden_word_is_found_in_any_spelling(name: str) -> None:
    assert forbidden_words(name)


@pytest.mark.parametrize("name", ["forbidden", "small", "urban", "HTTPForbidden", "kickoff", "bandwidth", "morbid"])
def test_a_word_that_only_contains_one_is_left_alone(name: str) -> None:
    assert not forbidden_words(name)
