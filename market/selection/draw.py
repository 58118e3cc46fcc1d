"""
The draw ``fair-draw/1``: a pure function from published inputs to a full order, winner first.

Nothing here is random and nothing here decides. The notice fixes the commitments and the beacon, the pool is frozen,
the secrets are revealed or skipped, and only then does the beacon happen; the order follows from these bytes alone.
Repeating the function gives the same bytes, so a crash cannot make a second result. Do not "improve" a byte: outsiders
recompute it with programs we do not control, and our own ``verifier`` shares no line with this module on purpose.

A weight is a share of chances, not a place: with all weights 1 the rule is "take number u of those left".

Basis: reference paper on trust, sections 1.4 and 1.6; RFC 3797.
"""

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from market.kernel.canonical import SUITES, canonical, digest, hash_bytes

ENTRY_ID = re.compile(r"[0-9A-Z][0-9A-Z.-]{0,63}")
LABEL = re.compile(r"[a-z][a-z0-9_-]{0,31}")
HEX64 = re.compile(r"[0-9a-f]{64}")
MOST_WEIGHT = 2**31

Json = Mapping[str, Any]


class DrawFault(StrEnum):
    """What is wrong with the inputs of a draw."""

    NOTICE_FORM = "notice_form"
    SUITE = "suite"
    LISTS_DIFFER = "lists_differ"
    ENTRY_FORM = "entry_form"
    ENTRY_ID = "entry_id"
    ENTRY_ORDER = "entry_order"
    ENTRY_WEIGHT = "entry_weight"
    SECRETS_DIFFER = "secrets_differ"
    SECRET_FORM = "secret_form"  # noqa: S105 (a code, not a secret)
    SECRET_MISMATCH = "secret_mismatch"  # noqa: S105 (a code, not a secret)
    BEACONS_DIFFER = "beacons_differ"
    BEACON_EVENT = "beacon_event"
    BEACON_VALUE = "beacon_value"


class NotDrawable(ValueError):
    """Inputs from which nobody may compute a draw, with the fault and the field."""

    def __init__(self, fault: DrawFault, path: str) -> None:
        """Keep the fault and the path apart, so that a page can show both."""
        self.fault = fault
        self.path = path
        super().__init__(f"{path}: {fault}")


@dataclass(frozen=True, slots=True)
class DrawResult:
    """A finished draw: the published result object, its hash, and the hashes it rests on."""

    result: dict[str, Any]
    result_hash: str
    seed: str
    notice_hash: str
    pool_hash: str

    def orders(self) -> dict[str, tuple[str, ...]]:
        """Return the full order of each list, winner first."""
        return {order["label"]: tuple(order["order"]) for order in self.result["orders"]}


def commitment(notice_id: str, by: str, secret: str, suite: str = "sha256") -> str:
    """Return what a contributor publishes in the notice before it reveals *secret* (64 lower-case hex)."""
    if not HEX64.fullmatch(secret):
        raise NotDrawable(DrawFault.SECRET_FORM, "secret")
    return digest({"d": "fair-draw/1 commit", "notice": notice_id, "by": by, "secret": secret}, suite)


def notice_hash(notice: Json) -> str:
    """Return the hash of the notice, every field covered."""
    return digest(notice, _suite(notice))


def pool_hash(hash_of_notice: str, lists: Sequence[Json], suite: str = "sha256") -> str:
    """Return the hash of the frozen pool."""
    return digest({"d": "fair-draw/1 pool", "notice": hash_of_notice, "lists": list(lists)}, suite)


def secrets_hash(hash_of_notice: str, secrets: Sequence[Json], suite: str = "sha256") -> str:
    """Return the hash which the ledger entry ``inputs.frozen`` carries; a skipped secret counts as null."""
    return digest({"d": "fair-draw/1 secrets", "notice": hash_of_notice, "secrets": list(secrets)}, suite)


def draw(notice: Json, lists: Sequence[Json], secrets: Sequence[Json], beacons: Sequence[Json]) -> DrawResult:
    """Compute the order of every list of *notice*, or refuse the inputs by name."""
    check_notice(notice)
    check_lists(notice, lists)
    check_secrets(notice, secrets)
    check_beacons(notice, beacons)
    suite = notice["suite"]
    noticed = notice_hash(notice)
    pooled = pool_hash(noticed, lists, suite)
    transcript = {
        "d": "fair-draw/1 draw",
        "notice": noticed,
        "pool": pooled,
        "secrets": list(secrets),
        "beacons": list(beacons),
    }
    seed = hash_bytes(canonical(transcript), suite)
    orders = []
    for announced, entered in zip(notice["lists"], lists, strict=True):
        order = order_of(seed, announced["label"], entered["entries"], suite)
        orders.append({"label": announced["label"], "order": order, "selected": order[: announced["take"]]})
    result = {"d": "fair-draw/1 result", "notice": noticed, "pool": pooled, "seed": seed.hex(), "orders": orders}
    return DrawResult(result, digest(result, suite), seed.hex(), noticed, pooled)


def order_of(seed: bytes, label: str, entries: Sequence[Json], suite: str = "sha256") -> list[str]:
    """Return the ids of *entries* in the order drawn from *seed* for list *label*."""
    words = _words(seed, label, suite)
    chances = _Chances([entry["w"] for entry in entries])
    return [entries[chances.take(_uniform(words, chances.total))]["id"] for _ in entries]


def check_notice(notice: Json) -> None:
    """Refuse a notice that cannot carry a draw."""
    if notice.get("d") != "fair-draw/1 notice" or not isinstance(notice.get("id"), str):
        raise NotDrawable(DrawFault.NOTICE_FORM, "notice.d" if notice.get("d") != "fair-draw/1 notice" else "notice.id")
    _suite(notice)
    for field, name in (("lists", "label"), ("commits", "by"), ("beacons", "kind")):
        parts = notice.get(field)
        if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
            raise NotDrawable(DrawFault.NOTICE_FORM, f"notice.{field}")
        names = [part.get(name) for part in parts]
        if not all(isinstance(one, str) and one for one in names):
            raise NotDrawable(DrawFault.NOTICE_FORM, f"notice.{field}")
        if field != "beacons" and len(set(names)) != len(names):
            raise NotDrawable(DrawFault.NOTICE_FORM, f"notice.{field}")
    for place, beacon in enumerate(notice["beacons"]):
        if not isinstance(beacon.get("event"), str) or not isinstance(beacon.get("else", []), list):
            raise NotDrawable(DrawFault.NOTICE_FORM, f"notice.beacons[{place}]")
    for place, announced in enumerate(notice["lists"]):
        if not LABEL.fullmatch(announced["label"]) or not _whole(announced.get("take"), 1, MOST_WEIGHT):
            raise NotDrawable(DrawFault.NOTICE_FORM, f"notice.lists[{place}]")


def check_lists(notice: Json, lists: Sequence[Json]) -> None:
    """Refuse a pool that is not the notice's lists, each strictly ascending by id."""
    _same("lists", DrawFault.LISTS_DIFFER, [(part["label"],) for part in notice["lists"]], lists, ("label", "entries"))
    for place, entered in enumerate(lists):
        before = ""
        for row, entry in enumerate(entered["entries"]):
            fault = _entry_fault(entry, before)
            if fault:
                raise NotDrawable(fault, f"lists[{place}].entries[{row}]")
            before = entry["id"]


def check_secrets(notice: Json, secrets: Sequence[Json]) -> None:
    """Refuse secrets that were not committed to; null means not revealed in time."""
    _same("secrets", DrawFault.SECRETS_DIFFER, [(part["by"],) for part in notice["commits"]], secrets, ("by", "secret"))
    for place, (committed, revealed) in enumerate(zip(notice["commits"], secrets, strict=True)):
        secret, path = revealed["secret"], f"secrets[{place}].secret"
        if secret is None:
            continue
        if not isinstance(secret, str) or not HEX64.fullmatch(secret):
            raise NotDrawable(DrawFault.SECRET_FORM, path)
        if commitment(notice["id"], revealed["by"], secret, notice["suite"]) != committed.get("commit"):
            raise NotDrawable(DrawFault.SECRET_MISMATCH, path)


def check_beacons(notice: Json, beacons: Sequence[Json]) -> None:
    """Refuse beacons the notice did not announce; an event may be one of the announced alternatives."""
    names = [(part["kind"],) for part in notice["beacons"]]
    _same("beacons", DrawFault.BEACONS_DIFFER, names, beacons, ("kind", "event", "value"))
    for place, (announced, happened) in enumerate(zip(notice["beacons"], beacons, strict=True)):
        if happened["event"] not in (announced.get("event"), *announced.get("else", ())):
            raise NotDrawable(DrawFault.BEACON_EVENT, f"beacons[{place}].event")
        if not is_beacon_value(happened["kind"], happened["value"]):
            raise NotDrawable(DrawFault.BEACON_VALUE, f"beacons[{place}].value")


def is_beacon_value(kind: str, value: Any) -> bool:
    """Tell whether *value* has the published form of its *kind*; only a look-up can tell whether it is true."""
    if not isinstance(value, str):
        return False
    if kind == "cwl-kl8":
        return _ascending(value, 20, 80)
    if kind == "cwl-ssq":
        red, slash, blue = value.partition("/")
        return bool(slash) and _ascending(red, 6, 33) and _ascending(blue, 1, 16)
    forms = {"ceremony": r"(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8}))*\.", "drand-quicknet": r"[0-9a-f]{96}"}
    forms["practice"] = r"[0-9a-f]{64}"
    if kind not in forms or not re.fullmatch(forms[kind], value):
        return False
    numbers = [int(part) for part in value[:-1].split(".")] if kind == "ceremony" else []
    return numbers == sorted(numbers)


def _ascending(value: str, count: int, largest: int) -> bool:
    if not re.fullmatch(r"([1-9][0-9]?\.)+", value):
        return False
    numbers = [int(part) for part in value[:-1].split(".")]
    return len(numbers) == count and numbers == sorted(set(numbers)) and numbers[-1] <= largest


def _suite(notice: Json) -> str:
    suite = notice.get("suite")
    if suite not in SUITES:
        raise NotDrawable(DrawFault.SUITE, "notice.suite")
    return str(suite)


def _same(
    field: str, fault: DrawFault, names: Sequence[tuple[str]], parts: Sequence[Json], keys: tuple[str, ...]
) -> None:
    """Refuse *parts* that are not one per name, in the notice's order, with exactly *keys*."""
    if len(parts) != len(names):
        raise NotDrawable(fault, field)
    for place, ((name,), part) in enumerate(zip(names, parts, strict=True)):
        if not isinstance(part, dict) or set(part) != set(keys) or part[keys[0]] != name:
            raise NotDrawable(fault, f"{field}[{place}]")


def _entry_fault(entry: Json, before: str) -> DrawFault | None:
    if not isinstance(entry, dict) or len(entry) != 2 or "id" not in entry or "w" not in entry:
        return DrawFault.ENTRY_FORM
    if not isinstance(entry["id"], str) or not ENTRY_ID.fullmatch(entry["id"]):
        return DrawFault.ENTRY_ID
    if entry["id"] <= before:
        return DrawFault.ENTRY_ORDER
    return None if _whole(entry["w"], 1, MOST_WEIGHT) else DrawFault.ENTRY_WEIGHT


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _words(seed: bytes, label: str, suite: str) -> Iterator[int]:
    """Yield the stream of 64-bit words of one list: HMAC in counter mode, four words a block."""
    prefix = b"fair-draw/1 block\x00" + label.encode() + b"\x00"
    number = 0
    while True:
        block = hmac.digest(seed, prefix + number.to_bytes(8, "big"), suite)
        for begin in (0, 8, 16, 24):
            yield int.from_bytes(block[begin : begin + 8], "big")
        number += 1


def _uniform(words: Iterator[int], n: int) -> int:
    """Return a number below *n* without bias; for n = 1 no word is consumed."""
    bits = (n - 1).bit_length()
    if bits == 0:
        return 0
    while True:
        value = next(words) >> (64 - bits)
        if value < n:
            return value


class _Chances:
    """The weights of those left, as a Fenwick tree: walking from the front costs log n instead of n."""

    def __init__(self, weights: Sequence[int]) -> None:
        self.total = sum(weights)
        self._top = 1 << len(weights).bit_length() >> 1
        self._sums = [0, *weights]
        for place in range(1, len(self._sums)):
            parent = place + (place & -place)
            if parent < len(self._sums):
                self._sums[parent] += self._sums[place]
        self._weights = weights

    def take(self, u: int) -> int:
        """Remove the entry which *u* falls on when walking from the front, and return its place."""
        sums, place, step = self._sums, 0, self._top
        while step:
            ahead = place + step
            if ahead < len(sums) and sums[ahead] <= u:
                place, u = ahead, u - sums[ahead]
            step >>= 1
        weight, node = self._weights[place], place + 1
        self.total -= weight
        while node < len(sums):
            sums[node] -= weight
            node += node & -node
        return place
