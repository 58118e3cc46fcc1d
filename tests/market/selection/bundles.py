"""Draw packages built purely in memory: a real draw, a real tree, a real key."""

import random
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from market.kernel.canonical import canonical
from market.ledger import note, tree
from market.selection import draw as d
from market.selection.bundle import ProvedEntry, bundle_zip

ORIGIN = "yunhu.example/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
POLICY = f"# 可信公钥\nlog {note.key_of(ORIGIN, KEY)}\n"
KL8 = "3.7.11.12.19.24.28.31.33.40.42.47.50.55.58.61.66.70.74.79."


@dataclass
class Made:
    """A draw and the ledger it stands in, open to tampering before it is packed."""

    draw: dict[str, Any]
    events: list[dict[str, Any]]
    filler: int = 3
    key: Ed25519PrivateKey = KEY

    def log(self):
        """Return the log's entries: those of the draw with strangers' entries between them."""
        leaves, places = [], []
        for event in self.events:
            leaves += [b'{"d":"event","n":%d}' % n for n in range(self.filler)]
            places.append(len(leaves))
            leaves.append(canonical(event))
        return leaves, places

    def proved(self):
        """Return the entries with their proofs and the signed checkpoint."""
        leaves, places = self.log()
        nodes, frontier = {}, ()
        for size, leaf in enumerate(leaves):
            frontier, completed = tree.append(frontier, size, leaf)
            nodes |= {(level, index): value for level, index, value in completed}
        entries = [
            ProvedEntry(at, leaves[at], tree.inclusion_path(lambda *node: nodes[node], at, len(leaves)))
            for at in places
        ]
        root = tree.root_of_frontier(frontier)
        return entries, note.sign_checkpoint(ORIGIN, len(leaves), root, self.key)

    def pack(self):
        """Return draw.zip."""
        return bundle_zip(self.draw, *self.proved())


def moment(day, clock):
    return f"2026-03-{day:02}T{clock}+08:00"


def notice_of(rng, suite, secrets, entrants):
    notice = {
        "d": "fair-draw/1 notice",
        "suite": suite,
        "id": f"YH-2026-{rng.randrange(10**6):06}",
        "title": "示例项目选取公告",
        "practice": True,
        "opens_at": moment(2, "09:00:00"),
        "closes_at": moment(5, "17:00:00"),
        "reveal_by": moment(5, "17:30:00"),
        "lists": [{"label": "agency", "take": rng.randint(1, 3)}],
        "commits": [],
        "beacons": [],
    }
    notice["beacons"] = [
        {"kind": "practice", "event": f"{notice['id']}.1", "at": moment(5, "17:40:00")},
        {"kind": "cwl-kl8", "event": "2026054", "else": ["2026055", "2026056"], "at": moment(5, "21:30:00")},
    ]
    if entrants > 4:
        notice["lists"].append({"label": "pct", "take": 1})
    for by, secret in secrets.items():
        notice["commits"].append({"by": by, "commit": d.commitment(notice["id"], by, secret, suite)})
    return notice


def made(seed=0, entrants=None, missed=None):
    """Return a random draw that holds in every respect."""
    rng = random.Random(seed)
    entrants = rng.randint(1, 12) if entrants is None else entrants
    missed = rng.randrange(3) if missed is None else missed
    suite = rng.choice(("sha256", "sm3"))
    secrets = {by: rng.randbytes(32).hex() for by in ("operator", "owner", "witness")}
    notice = notice_of(rng, suite, secrets, entrants)
    weights = [rng.choice((1, 1, rng.randint(1, 2**31))) for _ in range(entrants)]
    lists = [{"label": "agency", "entries": [{"id": f"9199{n:014}", "w": w} for n, w in enumerate(weights)]}]
    if entrants > 4:
        lists.append({"label": "pct", "entries": [{"id": str(n), "w": 1} for n in (95, 96, 97, 98)]})
    skipped = rng.choice((None, "owner"))
    revealed = [{"by": by, "secret": None if by == skipped else secret} for by, secret in secrets.items()]
    kl8 = notice["beacons"][1]
    beacons = [
        {"kind": "practice", "event": notice["beacons"][0]["event"], "value": rng.randbytes(32).hex()},
        {"kind": "cwl-kl8", "event": [kl8["event"], *kl8["else"]][missed], "value": KL8},
    ]
    result = d.draw(notice, lists, revealed, beacons)
    whole = {"notice": notice, "lists": lists, "secrets": revealed, "beacons": beacons}
    whole |= {"result": result.result, "result_hash": result.result_hash}
    return Made(whole, events_of(whole, result), filler=rng.randrange(4))


def events_of(whole, result):
    """Return the ledger entries that a lawful draw leaves."""
    notice, suite = whole["notice"], whole["notice"]["suite"]
    about = {"d": "event", "v": 1, "notice": notice["id"]}
    noticed = {**about, "hash": result.notice_hash}
    kl8 = notice["beacons"][1]
    events = [
        {**about, "type": "notice.published", "at": moment(1, "10:00:00.5"), "version": 1, "hash": "0" * 64},
        {**noticed, "type": "notice.amended", "at": moment(3, "10:00:00.123456"), "version": 2},
        {**noticed, "type": "pool.frozen", "at": moment(5, "17:00:10"), "pool": result.pool_hash},
        {**noticed, "type": "inputs.frozen", "at": moment(5, "17:30:00")},
        {**about, "type": "beacon.published", "at": moment(5, "17:40:00"), **whole["beacons"][0]},
    ]
    events[3]["secrets"] = d.secrets_hash(result.notice_hash, whole["secrets"], suite)
    for event in [kl8["event"], *kl8["else"]]:
        if event == whole["beacons"][1]["event"]:
            break
        missed = {"type": "beacon.missed", "kind": "cwl-kl8", "event": event, "at": moment(6, "09:00:00")}
        events.append({**about, **missed})
    events.append({**about, "type": "beacon.published", "at": moment(9, "22:00:00"), **whole["beacons"][1]})
    events.append({**noticed, "type": "draw.result", "at": moment(9, "22:00:01"), "result": result.result_hash})
    return events
