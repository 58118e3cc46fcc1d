"""Rules of the offline check: what holds is confirmed, whatever is changed is named."""

import copy
import io
import json
import random
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from market.kernel.canonical import digest
from market.ledger import note
from market.selection import draw as d
from market.selection import verifier
from tests.market.selection.bundles import KEY, ORIGIN, POLICY, events_of, made, moment


def leaves(value, path=()):
    """Return the path of every JSON value, containers included."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from leaves(inner, (*path, key))


def at(value, path):
    for part in path:
        value = value[part]
    return value


def other(value, rng):
    """Return a value of the same kind that differs."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if value is None:
        return rng.randbytes(32).hex()
    if isinstance(value, str):
        if value.isdigit() or len(value) == 64:
            place = rng.randrange(len(value))
            return value[:place] + ("1" if value[place] != "1" else "2") + value[place + 1 :]
        return value + rng.choice(("0", "a", "甲"))
    if isinstance(value, list):
        return value[:-1] if value else [rng.choice((0, "x"))]
    return {**value, "more": 1}


def changed(whole, path, value):
    whole = copy.deepcopy(whole)
    if not path:
        return value
    at(whole, path[:-1])[path[-1]] = value
    return whole


def zipped(**members):
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return package.getvalue()


def members(package):
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def judged(package, policy=POLICY, checkpoint=None):
    """Return both verdicts on a package."""
    return verifier.verify(package, checkpoint, policy)[:2]


def fields(verdicts):
    return [verdict.field for verdict in verdicts if verdict.ok is False]


@pytest.mark.parametrize("seed", range(50))
def test_every_changed_value_makes_a_verdict_fail_and_is_named(seed):
    case, rng = made(seed), random.Random(seed)
    parts = members(case.pack())
    assert [verdict.ok for verdict in judged(case.pack())] == [True, True]
    paths = list(leaves(case.draw))
    for path in rng.sample(paths, min(8, len(paths))) if seed else paths:
        tampered = changed(case.draw, path, other(at(case.draw, path), rng))
        named = fields(judged(zipped(**{**parts, "draw.json": json.dumps(tampered)})))
        assert named, path
        top = str(path[0]) if path else "more"
        close = [field for field in named if field.startswith(top)]
        assert close or (top == "beacons" and "result.seed" in named), (path, named)


@pytest.mark.parametrize("seed", range(0, 50, 10))
def test_every_changed_value_of_the_proofs_makes_the_trace_fail_and_is_named(seed):
    case, rng = made(seed), random.Random(seed)
    parts = members(case.pack())
    entries = json.loads(parts["entries.json"])
    for path in leaves(entries):
        tampered = json.dumps(changed(entries, path, other(at(entries, path), rng)))
        arithmetic, trace = judged(zipped(**{**parts, "entries.json": tampered}))
        assert arithmetic.ok
        assert trace.ok is False, path
        assert trace.field.startswith("entries"), (path, trace)


def test_every_changed_character_of_the_signed_text_makes_the_trace_fail():
    parts = members(made(1).pack())
    text = parts["checkpoint"]
    for place in range(0, text.rindex("\n\n"), 2):
        tampered = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        assert fields(judged(zipped(**{**parts, "checkpoint": tampered}))) == ["checkpoint"], place


@pytest.mark.parametrize("value", [None, 0, -1, True, "", "x", [], {}, [[]], [{}], {"a": 1}])
def test_a_value_of_any_other_kind_is_answered_and_never_crashes(value):
    case, rng = made(3), random.Random(repr(value))
    parts = members(case.pack())
    entries = json.loads(parts["entries.json"])
    for path in leaves(case.draw):
        if at(case.draw, path) != value:
            assert fields(judged(zipped(**{**parts, "draw.json": json.dumps(changed(case.draw, path, value))})))
    for path in rng.sample(list(leaves(entries)), 15):
        if at(entries, path) != value:
            assert fields(judged(zipped(**{**parts, "entries.json": json.dumps(changed(entries, path, value))})))


def test_a_wholly_invented_package_fails_the_trace():
    invented = made(7)
    invented.key = Ed25519PrivateKey.generate()
    arithmetic, trace = judged(invented.pack())
    assert arithmetic.ok
    assert (trace.ok, trace.field) == (False, "checkpoint")


def test_a_package_is_not_trusted_by_another_logs_name():
    renamed = POLICY.replace(str(note.key_of(ORIGIN, KEY)), str(note.key_of("other.example/log", KEY)))
    assert fields(judged(made(7).pack(), renamed)) == ["checkpoint"]


def redraw(case):
    """Recompute everything after a change, as a dishonest operator would."""
    whole = case.draw
    result = d.draw(whole["notice"], whole["lists"], whole["secrets"], whole["beacons"])
    whole |= {"result": result.result, "result_hash": result.result_hash}
    return result


def test_another_result_beside_the_logged_one_fails_the_trace():
    case = made(4)
    case.draw["beacons"][0]["value"] = "f" * 64
    redraw(case)
    arithmetic, trace = judged(case.pack())
    assert arithmetic.ok
    assert (trace.ok, trace.field) == (False, "result")


@pytest.mark.parametrize("key", ["order", "selected"])
def test_an_agency_added_to_the_result_fails_the_arithmetic_even_if_hashed_anew(key):
    case = made(4)
    case.draw["result"]["orders"][0][key].append("91990000000000")
    case.draw["result_hash"] = digest(case.draw["result"], case.draw["notice"]["suite"])
    assert fields(judged(case.pack())) == [f"result.orders[0].{key}", "result"]


def test_a_last_version_of_the_notice_other_than_the_hashed_one_fails_the_trace():
    case = made(4)
    case.events.insert(2, event(case, "notice.amended") | {"version": 3, "hash": "f" * 64})
    assert fields(judged(case.pack())) == ["notice"]


def test_a_second_result_in_the_log_fails_the_trace():
    case = made(4)
    case.events.append(case.events[-1] | {"result": "0" * 64})
    assert fields(judged(case.pack())) == ["entries"]


def event(case, kind):
    return next(one for one in case.events if one["type"] == kind)


def clock(kind, value):
    def tamper(case):
        event(case, kind)["at"] = value

    return tamper


def forget(kind):
    def tamper(case):
        case.events = [one for one in case.events if one["type"] != kind]

    return tamper


def swap(one, two):
    def tamper(case):
        first, second = event(case, one), event(case, two)
        first["at"] = second["at"] = moment(5, "17:40:00")
        a, b = case.events.index(first), case.events.index(second)
        case.events[a], case.events[b] = case.events[b], case.events[a]

    return tamper


def stranger(case):
    event(case, "pool.frozen")["notice"] = "YH-2026-XXXXXX"


@pytest.mark.parametrize(
    ("tamper", "field"),
    [
        (clock("notice.published", moment(2, "09:00:01")), "notice.opens_at"),
        (clock("pool.frozen", moment(5, "16:59:59")), "notice.closes_at"),
        (clock("inputs.frozen", moment(5, "17:29:59")), "notice.reveal_by"),
        (clock("inputs.frozen", moment(5, "17:40:01")), "entries[4]"),
        (forget("notice.published"), "entries"),
        (forget("pool.frozen"), "entries"),
        (forget("inputs.frozen"), "entries"),
        (forget("draw.result"), "entries"),
        (forget("beacon.published"), "beacons[0].value"),
        (forget("beacon.missed"), "beacons[1].event"),
        (swap("inputs.frozen", "beacon.published"), "entries[4]"),
        (swap("pool.frozen", "inputs.frozen"), "entries[3]"),
        (stranger, "notice.id"),
    ],
)
def test_a_log_that_shows_a_breach_of_order_fails_the_trace(tamper, field):
    case = next(case for case in (made(n, missed=2) for n in range(20)) if case.draw["secrets"][1]["secret"] is None)
    tamper(case)
    arithmetic, trace = judged(case.pack())
    assert arithmetic.ok
    assert (trace.ok, trace.field) == (False, field)


@pytest.mark.parametrize(
    ("tamper", "field"),
    [
        (clock("notice.published", moment(2, "09:00:00")), None),
        (clock("pool.frozen", moment(5, "17:00:00")), None),
        (clock("beacon.published", moment(5, "17:39:59")), "beacons[0].value"),
    ],
)
def test_the_boundaries_of_time_are_exact(tamper, field):
    case = made(2)
    tamper(case)
    assert fields(judged(case.pack())) == ([field] if field else [])


def lottery_only(case, beacon, value):
    """Replace the beacons of a case and log it anew."""
    whole = case.draw
    whole["notice"]["beacons"] = [copy.deepcopy(case.draw["notice"]["beacons"][0]), beacon]
    whole["beacons"][1] = {"kind": beacon["kind"], "event": beacon["event"], "value": value}
    case.events = events_of({**whole, "notice": {**whole["notice"]}}, redraw(case))
    return case


def test_inputs_frozen_after_the_lottery_fail_the_trace():
    for clock_of_draw, holds in (("17:30:00", False), ("17:30:01", True)):
        beacon = {"kind": "cwl-kl8", "event": "2026054", "else": [], "at": moment(5, clock_of_draw)}
        _, trace = judged(lottery_only(made(2, missed=0), beacon, "".join(f"{n}." for n in range(1, 21))).pack())
        assert trace.ok is holds
        assert holds or trace.field == "beacons[1].event"


def test_inputs_frozen_after_the_drand_round_fail_the_trace():
    frozen = 1772703000  # 2026-03-05 17:30:00 +08:00
    last = (frozen - 1692803367) // 3 + 1
    for round_, holds in ((last, False), (last + 1, True)):
        beacon = {"kind": "drand-quicknet", "event": str(round_), "else": []}
        _, trace = judged(lottery_only(made(2, missed=0), beacon, "a" * 96).pack())
        assert trace.ok is holds
        assert holds or trace.field == "beacons[1].event"


def test_a_policy_may_hold_comments_and_other_logs():
    stranger = note.key_of("other.example/log", Ed25519PrivateKey.generate())
    policy = f"\r\n# 省平台\r\nlog {stranger}\r\n  {POLICY.splitlines()[1]}\r\n"
    assert fields(judged(made(1).pack(), policy)) == []
    assert fields(judged(made(1).pack(), "# none\n")) == ["checkpoint"]


def test_a_policy_line_that_is_not_understood_is_refused_rather_than_ignored():
    for line in ("quorum 2", "log name+00000000+AAAA", POLICY.replace("+A", "+B").splitlines()[1]):
        with pytest.raises(verifier.Unusable, match="policy"):
            judged(made(1).pack(), f"{POLICY}{line}\n")


def test_the_signature_of_rfc_8032_holds_and_its_neighbours_do_not():
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    r = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    s = "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    signature = bytes.fromhex(r + s)
    assert verifier.ed25519(public, b"\x72", signature)
    assert not verifier.ed25519(public, b"\x73", signature)
    larger = (int.from_bytes(signature[32:], "little") + verifier.L).to_bytes(32, "little")
    assert not verifier.ed25519(public, b"\x72", signature[:32] + larger)
    assert not verifier.ed25519(public, b"\x72", signature + b"\0")


def test_the_verifier_draws_as_the_draw_does_though_it_shares_no_code():
    for seed in range(20):
        rng = random.Random(seed)
        entries = [{"id": f"A{n:05}", "w": rng.choice((1, rng.randint(1, 2**31)))} for n in range(rng.randrange(200))]
        for suite in ("sha256", "sm3"):
            key = rng.randbytes(32)
            assert verifier.order_of(key, "agency", entries, suite) == d.order_of(key, "agency", entries, suite)


def test_a_tree_of_its_own_draw_alone_is_enough():
    case = made(5)
    case.filler = 0
    assert fields(judged(case.pack())) == []
