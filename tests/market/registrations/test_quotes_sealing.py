"""Rules of sealing: it opens for exactly what it was sealed for, and shows nothing before, not even a length."""

from dataclasses import replace
from pathlib import Path

import pytest

from market.registrations.sealing import PUBLIC, Bound, Keys, KeyUnusable, Sealed, commitment, seal, unseal

BOUND = Bound("PX-2026-000001", "91990000MA00000001", "sha256")


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


@pytest.mark.parametrize("suite", ["sha256", "sm3"])
@pytest.mark.parametrize("fen", [0, 1, 38_600_000, 10**14])
def test_a_quote_opens_to_what_was_sealed(keys: Keys, fen: int, suite: str) -> None:
    public, bound = keys.create(), replace(BOUND, suite=suite)

    quote, sealed = seal(fen, bound, public)

    assert unseal(sealed, bound, keys.private(public)) == quote
    assert (quote.fen, commitment(quote, bound)) == (fen, sealed.commitment)


@pytest.mark.parametrize("other", [{"notice": "PX-2026-000002"}, {"agency": "91990000MA00000002"}, {"suite": "sm3"}])
def test_a_sealed_text_moved_to_another_notice_or_agency_does_not_open(keys: Keys, other: dict[str, str]) -> None:
    public = keys.create()
    _, sealed = seal(100, BOUND, public)

    assert unseal(sealed, replace(BOUND, **other), keys.private(public)) is None


def test_a_sealed_text_under_another_commitment_does_not_open(keys: Keys) -> None:
    public = keys.create()
    _, first = seal(100, BOUND, public)
    _, second = seal(100, BOUND, public)

    assert unseal(Sealed(second.commitment, first.text), BOUND, keys.private(public)) is None


def test_a_sealed_text_with_any_byte_changed_or_missing_does_not_open(keys: Keys) -> None:
    public = keys.create()
    private = keys.private(public)
    _, sealed = seal(100, BOUND, public)
    raw = bytes.fromhex(sealed.text)

    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert unseal(replace(sealed, text=changed.hex()), BOUND, private) is None
    for text in ("", raw[:-1].hex(), (raw + b"\0").hex()):
        assert unseal(replace(sealed, text=text), BOUND, private) is None


def test_the_length_tells_nothing_and_equal_quotes_look_different(keys: Keys) -> None:
    public = keys.create()

    texts = [seal(fen, BOUND, public)[1].text for fen in (1, 1, 10**14)]

    assert len({len(text) for text in texts}) == 1
    assert len(set(texts)) == 3


def test_a_quote_is_not_in_what_its_objects_say_of_themselves(keys: Keys) -> None:
    assert "98765" not in repr(seal(98_765, BOUND, keys.create()))


def test_a_key_is_made_once_and_only_its_owner_may_read_it(keys: Keys) -> None:
    public = keys.create()

    assert keys.create() == public
    private = keys.folder / f"quotes-{public}.key"
    assert (private.stat().st_mode & 0o777, (keys.folder / PUBLIC).read_text()) == (0o600, public + "\n")


@pytest.mark.parametrize("text", ["", "nonsense", "00", "11" * 32])
def test_a_missing_or_foreign_key_is_refused_by_name(keys: Keys, text: str) -> None:
    public = keys.create()
    (keys.folder / f"quotes-{public}.key").write_text(text)

    with pytest.raises(KeyUnusable, match=public):
        keys.private(public)
    with pytest.raises(KeyUnusable):
        keys.private("../../etc/passwd")
