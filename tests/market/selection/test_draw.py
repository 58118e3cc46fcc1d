"""Rules of the draw, against the published vectors and RFC 3797."""

import hashlib
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.selection import draw as d
from market.selection.draw import DrawFault, NotDrawable, commitment, draw, order_of

RESULTS = {
    "V1": "042d25b25a32394099918fded4f1fd285d95ccba6e0c37c4fc97e4c37f9db657",
    "V2_one": "33f66217a62ffcc025766e6e11f00b54023b3b07e05c13b792a0250bb7bb5470",
    "V3_weights": "ec1e0255bbb1265d795fefc507027e065c94f9abd7fc5abde13f52b16c28c605",
    "V4_skip": "6918fdadcdcdd1a760d64bc33e0dc0caa7b866e3d57b3961ea30070efa56a271",
}


def vector(name):
    return json.loads((Path(__file__).parent / "vectors" / f"vec_{name}.json").read_text())


def drawn(bundle):
    return draw(bundle["notice"], bundle["lists"], bundle["secrets"], bundle["beacons"])


@pytest.mark.parametrize("name", RESULTS)
def test_a_published_vector_is_reproduced(name):
    bundle = vector(name)
    found = drawn(bundle)
    assert found.result == bundle["result"]
    assert found.result_hash == bundle["result_hash"] == RESULTS[name]


def test_the_hand_checked_vector_is_reproduced_step_by_step():
    bundle = vector("V1")
    found = drawn(bundle)
    assert found.notice_hash == "385b91f9d20c7deecf1dcdab9ed611bd4fdf9734cd5b23fe97452931605e5619"
    assert found.pool_hash == "641bc7e3fc55f8afa6eeb8626b1077ed09f26859816e8be135aa2fca5db75a02"
    assert found.seed == "9b7cf1a6360284fc2ad9cb07093493934d98545a30ef2404b9f9ead100c7f791"
    words = d._words(bytes.fromhex(found.seed), "agency", "sha256")
    top = [next(words) >> 56 for _ in range(12)]
    assert top == [0xEE, 0x72, 0x61, 0xBE, 0x33, 0xF9, 0xD9, 0xD0, 0xDF, 0xFD, 0xAC, 0xDA]
    words = d._words(bytes.fromhex(found.seed), "agency", "sha256")
    assert [d._uniform(words, left) for left in (7, 6, 5, 4, 3, 2, 1)] == [3, 3, 1, 3, 2, 1, 0]
    assert [one[-2:] for one in found.orders()["agency"]] == ["04", "05", "02", "07", "06", "03", "01"]


def test_the_weighted_vector_selects_three():
    selected = drawn(vector("V3_weights")).result["orders"][0]["selected"]
    assert [one[-2:] for one in selected] == ["0C", "16", "0B"]


def test_the_order_has_the_shape_of_rfc_3797():
    """Taking "number u of those left" with RFC 3797's own numbers gives RFC 3797's own names (its section 6)."""
    key = b"9319./2.5.8.10.12./9.18.26.34.41.45./"
    chances, picked = d._Chances([1] * 25), []
    for turn in range(16):
        frame = turn.to_bytes(2, "big")
        hashed = hashlib.md5(frame + key + frame, usedforsecurity=False).hexdigest()
        if turn in (0, 15):
            assert (
                hashed.upper() == {0: "990DD0A5692A029A98B5E01AA28F3459", 15: "3269E6CE559ABD57E2BA6AAB495EB9BD"}[turn]
            )
        picked.append(chances.take(int(hashed, 16) % chances.total) + 1)
    assert picked == [17, 7, 2, 16, 25, 23, 8, 24, 19, 13, 22, 5, 18, 9, 1, 4]


def slow_order(seed, label, entries, suite):
    """Do literally what the specification says: walk from the front subtracting."""
    words, left, order = d._words(seed, label, suite), list(entries), []
    while left:
        u = d._uniform(words, sum(entry["w"] for entry in left))
        place = 0
        while u >= left[place]["w"]:
            u -= left[place]["w"]
            place += 1
        order.append(left.pop(place)["id"])
    return order


WEIGHTS = st.lists(st.integers(1, 2**31) | st.integers(1, 3), max_size=40)


@given(st.binary(min_size=32, max_size=32), WEIGHTS, st.sampled_from(["sha256", "sm3"]))
def test_the_order_is_a_permutation_and_equals_the_literal_walk(seed, weights, suite):
    entries = [{"id": f"A{n:04}", "w": weight} for n, weight in enumerate(weights)]
    order = order_of(seed, "agency", entries, suite)
    assert sorted(order) == [entry["id"] for entry in entries]
    assert order == slow_order(seed, "agency", entries, suite)


@given(st.permutations(range(7)))
def test_entries_in_any_other_order_are_refused(places):
    bundle = vector("V1")
    entries = bundle["lists"][0]["entries"]
    bundle["lists"][0]["entries"] = [entries[place] for place in places]
    if places == sorted(places):
        assert drawn(bundle).result_hash == RESULTS["V1"]
    else:
        with pytest.raises(NotDrawable) as refused:
            drawn(bundle)
        assert refused.value.fault == DrawFault.ENTRY_ORDER


def test_two_lists_have_orders_of_their_own():
    bundle = vector("V1")
    bundle["notice"]["lists"].append({"label": "pct", "take": 1})
    bundle["lists"].append({"label": "pct", "entries": [{"id": str(n), "w": 1} for n in (95, 96, 97, 98)]})
    orders = drawn(bundle).orders()
    assert sorted(orders["pct"]) == ["95", "96", "97", "98"]
    assert len(orders["agency"]) == 7


def test_the_sm3_suite_gives_another_order_and_its_own_commitments():
    bundle = vector("V1")
    bundle["notice"]["suite"] = "sm3"
    with pytest.raises(NotDrawable) as refused:
        drawn(bundle)
    assert refused.value.fault == DrawFault.SECRET_MISMATCH
    for part, revealed in zip(bundle["notice"]["commits"], bundle["secrets"], strict=True):
        part["commit"] = commitment("XZ-2026-000001", part["by"], revealed["secret"], "sm3")
    found = drawn(bundle)
    assert found.seed != vector("V1")["result"]["seed"]
    assert found.result_hash != RESULTS["V1"]
    assert sorted(found.orders()["agency"]) == sorted(drawn(vector("V1")).orders()["agency"])


def change(bundle, path, value):
    *way, last = path
    for part in way:
        bundle = bundle[part]
    bundle[last] = value


ENTRY = ("lists", 0, "entries", 0)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("notice", "d"), "fair-draw/2 notice", DrawFault.NOTICE_FORM),
        (("notice", "id"), 7, DrawFault.NOTICE_FORM),
        (("notice", "suite"), "md5", DrawFault.SUITE),
        (("notice", "lists"), [], DrawFault.NOTICE_FORM),
        (("notice", "lists", 0, "take"), 0, DrawFault.NOTICE_FORM),
        (("notice", "lists", 0, "take"), True, DrawFault.NOTICE_FORM),
        (("notice", "lists", 0, "label"), "a\0b", DrawFault.NOTICE_FORM),
        (("notice", "beacons"), [], DrawFault.NOTICE_FORM),
        (("notice", "commits", 1, "by"), "operator", DrawFault.NOTICE_FORM),
        (("notice", "beacons", 0, "else"), "2026055", DrawFault.NOTICE_FORM),
        (("lists",), [], DrawFault.LISTS_DIFFER),
        (("lists", 0, "label"), "pct", DrawFault.LISTS_DIFFER),
        (("lists", 0, "note"), "unhashed", DrawFault.LISTS_DIFFER),
        ((*ENTRY, "id"), "a", DrawFault.ENTRY_ID),
        ((*ENTRY, "id"), "91320300MA00000001\n", DrawFault.ENTRY_ID),
        ((*ENTRY, "id"), "A" * 65, DrawFault.ENTRY_ID),
        ((*ENTRY, "id"), "91320300MA00000002", DrawFault.ENTRY_ORDER),
        ((*ENTRY, "w"), 0, DrawFault.ENTRY_WEIGHT),
        ((*ENTRY, "w"), 2**31 + 1, DrawFault.ENTRY_WEIGHT),
        ((*ENTRY, "w"), True, DrawFault.ENTRY_WEIGHT),
        ((*ENTRY, "name"), "unhashed", DrawFault.ENTRY_FORM),
        (("secrets",), [], DrawFault.SECRETS_DIFFER),
        (("secrets", 0, "by"), "owner", DrawFault.SECRETS_DIFFER),
        (("secrets", 0, "secret"), "00", DrawFault.SECRET_FORM),
        (("secrets", 0, "secret"), "0" * 64, DrawFault.SECRET_MISMATCH),
        (("beacons", 0, "kind"), "practice", DrawFault.BEACONS_DIFFER),
        (("beacons", 0, "event"), "2026055", DrawFault.BEACON_EVENT),
        (("beacons", 0, "value"), "1.2.3.", DrawFault.BEACON_VALUE),
        (("beacons", 1, "value"), "B7" * 48, DrawFault.BEACON_VALUE),
    ],
)
def test_inputs_that_are_wrong_are_refused_by_name(path, value, fault):
    bundle = vector("V1")
    change(bundle, path, value)
    with pytest.raises(NotDrawable) as refused:
        drawn(bundle)
    assert refused.value.fault == fault
    assert refused.value.path.startswith(path[0])


def test_the_heaviest_weight_is_allowed():
    bundle = vector("V1")
    bundle["lists"][0]["entries"][0]["w"] = 2**31
    assert drawn(bundle).orders()["agency"]


def test_an_announced_alternative_of_a_beacon_is_accepted_and_another_is_not():
    bundle = vector("V1")
    bundle["notice"]["beacons"][0]["else"] = ["2026055", "2026056"]
    for event in ("2026054", "2026055", "2026056"):
        bundle["beacons"][0]["event"] = event
        assert drawn(bundle).seed
    bundle["beacons"][0]["event"] = "2026057"
    with pytest.raises(NotDrawable) as refused:
        drawn(bundle)
    assert refused.value.fault == DrawFault.BEACON_EVENT


@pytest.mark.parametrize(
    ("kind", "value", "accepted"),
    [
        ("cwl-ssq", "1.2.3.4.5.33./16.", True),
        ("cwl-ssq", "1.2.3.4.5.34./16.", False),
        ("cwl-ssq", "1.2.3.4.5.6./17.", False),
        ("cwl-ssq", "1.2.3.4.5.6.", False),
        ("ceremony", "0.3.3.12.", True),
        ("ceremony", "3.0.", False),
        ("ceremony", "03.", False),
        ("practice", "a" * 64, True),
        ("practice", "A" * 64, False),
        ("practice", "a" * 64 + "\n", False),
        ("cwl-kl8", "".join(f"{n}." for n in range(61, 81)), True),
        ("cwl-kl8", "".join(f"{n}." for n in range(62, 82)), False),
        ("cwl-kl8", 20, False),
        ("stock-index", "3000.", False),
    ],
)
def test_a_beacon_value_has_the_form_of_its_kind(kind, value, accepted):
    assert d.is_beacon_value(kind, value) is accepted


def test_the_hash_of_frozen_inputs_tells_skipped_from_revealed():
    revealed, skipped = vector("V1")["secrets"], vector("V4_skip")["secrets"]
    assert d.secrets_hash("00", revealed) != d.secrets_hash("00", skipped)
    assert len(d.secrets_hash("00", skipped)) == 64


@pytest.mark.parametrize("weight", [lambda n: 1, lambda n: n * 7919 % 2**31 + 1])
def test_ten_thousand_entrants_are_drawn_in_time(weight):
    bundle = vector("V1")
    bundle["lists"][0]["entries"] = [{"id": f"91320300MA{n:08}", "w": weight(n)} for n in range(10_000)]
    spent = []
    for _ in range(3):
        begin = time.process_time()
        order = drawn(bundle).orders()["agency"]
        spent.append(time.process_time() - begin)
    assert len(set(order)) == 10_000
    assert min(spent) <= 0.2, "the target is 0.1 s on a quiet machine; this bound leaves room for a busy one"


@settings(max_examples=50)
@given(st.binary(min_size=32, max_size=32), st.integers(2, 2**40))
def test_a_uniform_number_is_below_its_bound(seed, bound):
    words = d._words(seed, "agency", "sha256")
    assert all(d._uniform(words, bound) < bound for _ in range(20))
