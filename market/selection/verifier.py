"""
An offline check of one draw, in one file of standard-library Python (3.8 or newer), for anyone to download and read.
(In the market's source, JSON and signatures are in ``offline`` beside it; the program to download holds both.)

    python verifier.py FILE [--checkpoint URL|FILE] [--policy FILE] [--arithmetic]

FILE is ``draw.json`` = {notice, lists, secrets, beacons, result, result_hash}, and for the method lowest_quote also
{opening, selection}: the opened quotes with the salts of their commitments, and the order by price, ties as drawn. Or
it is ``draw.zip`` with three stored members: ``draw.json``; ``checkpoint``, a signed note (origin, size, root) of the
log; ``entries.json``, a list of {"index", "body", "path"} ascending by index, where body is the exact text of a log
entry and path its inclusion proof (hex) in the tree of that checkpoint. A body is canonical JSON
{"d":"event","v":1,"type","at","notice",…}; of the types notice.published, notice.amended {version, hash}; pool.frozen
{hash, pool, quotes}; inputs.frozen {hash, secrets}; quotes.opened {hash, opening}; beacon.missed {kind, event};
beacon.published {kind, event, value}; draw.result {hash, result, selection}. ``hash`` is the notice's hash, ``quotes``
that of the commitments to the sealed quotes.

1 Arithmetic: the result follows from the inputs. 2 Trace: these inputs were in the log, in the right order, under a
checkpoint trusted from outside the file: ``--policy`` holds lines ``log <vkey>`` from a newspaper or a regulator,
``--checkpoint`` is one you noted (``draw.zip?size=N`` for size N). Look up the beacons yourself.
Exit: 0 both hold; 1 one fails; 2 unusable file; 3 only arithmetic was checked (0 with --arithmetic).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import io
import re
import sys
import time
import urllib.request
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from market.selection.offline import L, Unusable, canonical, ed25519, hashed, parse  # noqa: F401 (L is for tests)

NAMES = {"lists": ("lists", "label"), "secrets": ("commits", "by"), "beacons": ("beacons", "kind")}
DIFFERS = "与重算不符 differs from what was recomputed"
SHAPE = "缺少、多余或不合格式 missing, unknown or malformed"
RANKS = {"notice.published": 0, "notice.amended": 1, "pool.frozen": 2, "inputs.frozen": 3,
         "quotes.opened": 4, "beacon.missed": 4, "beacon.published": 4, "draw.result": 5}  # fmt: skip
VALUES = {"drand-quicknet": r"[0-9a-f]{96}", "practice": r"[0-9a-f]{64}", "ceremony": r"([0-9]{1,9}\.)+",
          "cwl-kl8": r"([1-9][0-9]?\.){20}", "cwl-ssq": r"([1-9][0-9]?\.){6}/[1-9][0-9]?\."}  # fmt: skip

# The form of everything: a text is a pattern (null reads as empty), "int" an integer 1…2^31, "count" one from 0, "fen"
# an amount or null, [x] a list of x; a key that ends in "?" may be absent; "*" allows further keys, hashed too.
ANY, HEX, LABEL, ID = r"[\s\S]+", "[0-9a-f]{64}", "[a-z][a-z0-9_-]{0,31}", "[0-9A-Z][0-9A-Z.-]{0,63}"
TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?\+08:00"
BEACON = {"kind": "|".join(VALUES), "event": ANY, "else?": [ANY], "at?": TIME, "*": ""}
NOTICE = {"d": "fair-draw/1 notice", "suite": "sha256|sm3", "id": ANY, "beacons": [BEACON], "*": ""}
NOTICE.update(lists=[{"label": LABEL, "take": "int", "*": ""}], commits=[{"by": ANY, "commit": HEX, "*": ""}])
NOTICE.update(opens_at=TIME, closes_at=TIME, reveal_by=TIME)
ORDER = {"label": LABEL, "order": [ID], "selected": [ID]}
RESULT = {"d": "fair-draw/1 result", "notice": HEX, "pool": HEX, "seed": HEX, "orders": [ORDER]}
QUOTE = {"agency": ID, "commit": f"|{HEX}", "fen": "fen", "salt": f"|{HEX}", "excluded": "|unopenable|out_of_range"}
OPENING = {"d": "selection/1 opening", "notice": HEX, "pool": HEX, "quotes": [QUOTE]}
SELECTION: Any = {"d": "selection/1 result", "notice": HEX, "pool": HEX, "method": "lowest_quote", "draw": HEX}
SELECTION.update(opening=HEX, ranking=[{"agency": ID, "fen": "fen"}])
QUOTED = (("pool.frozen", "sealed", "quotes"), ("quotes.opened", "opening", "opening"),
          ("draw.result", "selection", "selection"))  # fmt: skip
BUNDLE = {"notice": NOTICE, "lists": [{"label": LABEL, "entries": [{"id": ID, "w": "int"}]}], "result": RESULT}
BUNDLE.update(secrets=[{"by": ANY, "secret": f"|{HEX}"}], beacons=[{"kind": ANY, "event": ANY, "value": ANY}],
              result_hash=HEX)  # fmt: skip
BUNDLE.update({"opening?": OPENING, "selection?": SELECTION})
ENTRIES = [{"index": "count", "body": ANY, "path": [HEX]}]
BODY = {"d": "event", "v": "int", "type": "|".join(RANKS), "at": TIME, "notice": ANY, "*": ""}


class Failed(Exception):
    """A check that fails: the verdict, the field it fails at, and why."""


class Verdict(NamedTuple):
    """Whether a check holds (None: it was not made), the field it fails at, and why."""

    ok: bool | None
    field: str
    text: str


def need(holds: object, field: str, text: str = SHAPE, verdict: bool | None = False) -> None:
    """Fail at *field* unless *holds*; without a *verdict* the check could not be made."""
    if not holds:
        raise Failed(verdict, field.lstrip(".") or "(file)", text)


def check_shape(value: Any, form: Any, path: str = "") -> None:
    """Fail where *value* has not the form laid down above."""
    if isinstance(form, dict):
        need(isinstance(value, dict), path)
        for key in sorted({key.rstrip("?") for key in form if key != "*"} | set(value)):
            part = form.get(key, form.get(key + "?"))
            need((part or "*" in form) and (key in value or key not in form), f"{path}.{key}")
            if part and key in value:
                check_shape(value[key], part, f"{path}.{key}")
    elif isinstance(form, list):
        need(isinstance(value, list), path)
        for place, part in enumerate(value):
            check_shape(part, form[0], f"{path}[{place}]")
    elif form in ("int", "count"):
        need(type(value) is int and (form == "int") <= value <= 2**31, path)
    elif form == "fen":
        need(value is None or (type(value) is int and value >= 0), path)
    else:
        need((value is None or isinstance(value, str)) and re.fullmatch(form, value or ""), path)


def check_arithmetic(bundle: Any) -> None:
    """Recompute the draw from the inputs in *bundle* and compare every field."""
    notice, suite = bundle["notice"], bundle["notice"]["suite"]
    for given, (announced, name) in NAMES.items():
        names = [part[name] for part in notice[announced]]
        once = given == "beacons" or len(set(names)) == len(names)
        need(names and once, f"notice.{announced}", "空或重复 none or twice")
        need([part[name] for part in bundle[given]] == names, given, "与公告不符 not as announced")
    for at, entered in enumerate(bundle["lists"]):
        ids = [entry["id"] for entry in entered["entries"]]
        for row in range(1, len(ids)):
            need(ids[row - 1] < ids[row], f"lists[{at}].entries[{row}].id", "未按编号升序 not in ascending order")
    for at, part in enumerate(bundle["secrets"]):
        opened = hashed({"d": "fair-draw/1 commit", "notice": notice["id"], **part}, suite)
        holds = part["secret"] is None or opened == notice["commits"][at]["commit"]
        need(holds, f"secrets[{at}].secret", "与承诺值不符 differs from its commitment")
    for at, part in enumerate(bundle["beacons"]):
        events = [notice["beacons"][at]["event"], *notice["beacons"][at].get("else", [])]
        need(part["event"] in events, f"beacons[{at}].event", "不是公告的期次 not an announced event")
        need(re.fullmatch(VALUES[part["kind"]], part["value"]), f"beacons[{at}].value")
    _compare_result(bundle, *input_hashes(bundle)[:2])
    _check_quotes(bundle, is_quoted(bundle))


def input_hashes(bundle: Any) -> list[str]:
    """Return the hashes of notice, pool and secrets as they stand in the file."""
    suite, noticed = bundle["notice"]["suite"], hashed(bundle["notice"], bundle["notice"]["suite"])
    tags = (("pool", "lists"), ("secrets", "secrets"))
    return [noticed] + [hashed({"d": f"fair-draw/1 {d}", "notice": noticed, k: bundle[k]}, suite) for d, k in tags]


def _compare_result(bundle: Any, noticed: str, pooled: str) -> None:
    suite, found = bundle["notice"]["suite"], bundle["result"]
    drawn = {"d": "fair-draw/1 draw", "notice": noticed, "pool": pooled}
    seed = hashed({**drawn, "secrets": bundle["secrets"], "beacons": bundle["beacons"]}, suite)
    for key, value in (("notice", noticed), ("pool", pooled), ("seed", seed)):
        need(found[key] == value, f"result.{key}", DIFFERS)
    need(len(found["orders"]) == len(bundle["lists"]), "result.orders", DIFFERS)
    for at, announced in enumerate(bundle["notice"]["lists"]):
        path, given = f"result.orders[{at}]", found["orders"][at]
        order = order_of(bytes.fromhex(seed), announced["label"], bundle["lists"][at]["entries"], suite)
        need(given["label"] == announced["label"], f"{path}.label", DIFFERS)
        for key, ids in (("order", order), ("selected", order[: announced["take"]])):
            for place, one in enumerate(ids):
                need(given[key][place : place + 1] == [one], f"{path}.{key}[{place}]", DIFFERS)
            need(len(given[key]) == len(ids), f"{path}.{key}", DIFFERS)
    need(bundle["result_hash"] == hashed(found, suite), "result_hash", DIFFERS)


def is_quoted(bundle: Any) -> bool:
    """Tell whether quotes decide and the draw only breaks ties."""
    return bool(bundle["notice"].get("method") == "lowest_quote")


def _check_quotes(bundle: Any, quoted: bool) -> None:
    """Check the opened quotes against their commitments and the order by price, ties as drawn."""
    for key in ("opening", "selection"):
        need((key in bundle) == quoted, key)
    if not quoted:
        return
    notice, log, (noticed, pooled, _) = bundle["notice"], bundle["opening"], input_hashes(bundle)
    suite, floor, ceiling = notice["suite"], notice.get("floor") or {"fen": 1}, notice.get("ceiling_fen")
    need(isinstance(floor, dict) and type(floor.get("fen")) is int and type(ceiling) is int, "notice.ceiling_fen")
    entered, fens = [entry["id"] for entry in bundle["lists"][0]["entries"]], {}
    need([part["agency"] for part in log["quotes"]] == entered, "opening.quotes", "与名单不符 not those of the pool")
    for at, part in enumerate(log["quotes"]):
        fen, said = part["fen"], {key: part[key] for key in ("agency", "fen", "salt")}
        opened = hashed({"d": "selection/1 quote", "notice": notice["id"], **said}, suite) == part["commit"]
        holds = opened if fen is not None else part["salt"] is None
        need(holds, f"opening.quotes[{at}].fen", "与承诺值不符 differs from its commitment")
        counts = fen is not None and max(floor["fen"], 1) <= fen <= ceiling
        why = None if counts else "unopenable" if fen is None else "out_of_range"
        need(part["excluded"] == why, f"opening.quotes[{at}].excluded", DIFFERS)
        fens.update({part["agency"]: fen} if counts else {})
    drawn = {one: place for place, one in enumerate(bundle["result"]["orders"][0]["order"])}
    ranking = [{"agency": one, "fen": fens[one]} for one in sorted(fens, key=lambda one: (fens[one], drawn[one]))]
    right = {"notice": noticed, "pool": pooled, "draw": bundle["result_hash"], "opening": hashed(log, suite)}
    for key, value in {**right, "ranking": ranking}.items():
        need(log.get(key, value) == value, f"opening.{key}", DIFFERS)
        need(bundle["selection"][key] == value, f"selection.{key}", DIFFERS)


def order_of(seed: bytes, label: str, entries: list[Any], suite: str) -> list[str]:
    """Take a number below the sum of weights, walk to it from the front, remove that entry; repeat."""
    words: list[int] = []
    number, order, left = 0, [], [(entry["id"], entry["w"]) for entry in entries]
    total = sum(weight for _, weight in left)
    while left:
        u, bits = 0 if total == 1 else total, (total - 1).bit_length()
        while u >= total:
            if not words:
                text = f"fair-draw/1 block\0{label}\0".encode() + number.to_bytes(8, "big")
                block, number = hmac.new(seed, text, suite).digest(), number + 1
                words = [int.from_bytes(block[at : at + 8], "big") for at in (24, 16, 8, 0)]
            u = words.pop() >> (64 - bits)
        place = u if total == len(left) else 0  # if all weights are 1: number u of those left
        while total > len(left) and u >= left[place][1]:
            u, place = u - left[place][1], place + 1
        name, weight = left.pop(place)
        order.append(name)
        total -= weight
    return order


def check_trace(bundle: Any, members: dict[str, str], checkpoint: str | None, policy: str | None) -> None:
    """Check that the log under a trusted checkpoint holds this very draw, in the right order."""
    entries, (size, root) = parse(members["entries.json"]), open_checkpoint(members["checkpoint"], policy)
    given = (size, root) if checkpoint is None else open_checkpoint(checkpoint, policy)
    need(given[0] == size, "checkpoint", f"大小不同，请下载 download draw.zip?size={given[0]}", None)
    need(given == (size, root), "checkpoint", "不是所给的检查点 is not the checkpoint you gave")
    check_shape(entries, ENTRIES, "entries")
    logged = [_included(entry, f"entries[{at}]", size, root) for at, entry in enumerate(entries)]
    ranks, times = [RANKS[body["type"]] for body in logged], [body["at"][:-6] for body in logged]
    for at, body in enumerate(logged):
        need(body["notice"] == bundle["notice"]["id"], "notice.id", f"entries[{at}] 属于别的公告 is of another notice")
        rises = at == 0 or (entries[at - 1]["index"] < entries[at]["index"] and ranks[at - 1] <= ranks[at])
        need(rises and times[max(at - 1, 0)] <= times[at], f"entries[{at}]", "次序不对 in the wrong order")
    types, quoted = [body["type"] for body in logged], is_quoted(bundle)
    need(not quoted or {"opening", "selection"} <= set(bundle), "opening")
    for name, rank in RANKS.items():
        once = types.count(name) == (1 if quoted or name != "quotes.opened" else 0)
        need(once or rank == 1 or name[:6] == "beacon", "entries", f"应恰有一条 there must be exactly one {name}")
    noticed, pooled, revealed = input_hashes(bundle)
    final = ranks.index(2) - 1  # the last version of the notice is the one that counts
    drawn = hashed(bundle["result"], bundle["notice"]["suite"])
    facts = {"pool.frozen": [("lists", "pool", pooled)], "inputs.frozen": [("secrets", "secrets", revealed)]}
    facts["draw.result"] = [("result", "result", drawn)]
    if quoted:
        sealed = [{key: part[key] for key in ("agency", "commit")} for part in bundle["opening"]["quotes"]]
        bundle = {**bundle, "sealed": {"d": "selection/1 sealed quotes", "notice": noticed, "quotes": sealed}}
        for name, field, key in QUOTED:
            facts.setdefault(name, []).append((field, key, hashed(bundle[field], bundle["notice"]["suite"])))
    for at, body in enumerate(logged):
        claims = facts.get(types[at], [])
        for field, key, value in ([("notice", "hash", noticed)] if claims or at == final else []) + claims:
            need(body.get(key) == value, field, f"与存证不符 differs from the log at entries[{at}].body.{key}")
    _check_moments(bundle, logged, times[0], times[ranks.index(2)], times[ranks.index(3)])


def _included(entry: Any, path: str, size: int, root: bytes) -> Any:
    """Return the body of a log entry once RFC 6962 proves it to be in the tree."""
    at, last, value = entry["index"], size - 1, hashlib.sha256(b"\0" + entry["body"].encode()).digest()
    need(at <= last, f"{path}.index")
    for step in map(bytes.fromhex, entry["path"]):
        need(last > 0, f"{path}.path")
        left = at & 1 or at == last
        value = hashlib.sha256(b"\1" + (step + value if left else value + step)).digest()
        while left and not at & 1 and at:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    need(last == 0 and value == root, path, "不在该检查点的存证树中 not in the tree of the checkpoint")
    body = parse(entry["body"])
    check_shape(body, BODY, f"{path}.body")
    need(canonical(body).decode() == entry["body"] and body["v"] == 1, f"{path}.body")
    return body


def _check_moments(bundle: Any, logged: list[Any], published: str, frozen: str, inputs: str) -> None:
    notice, skipped = bundle["notice"], any(part["secret"] is None for part in bundle["secrets"])
    need(published <= notice["opens_at"][:-6], "notice.opens_at", "开始后才公告 published after opening")
    need(frozen >= notice["closes_at"][:-6], "notice.closes_at", "截止前冻结 pool frozen before the deadline")
    need(not skipped or inputs >= notice["reveal_by"][:-6], "notice.reveal_by", "提前跳过密值 skipped too early")
    for place, (part, announced) in enumerate(zip(bundle["beacons"], notice["beacons"])):  # noqa: B905 (Python 3.8)
        kind, event, path = part["kind"], part["event"], f"beacons[{place}]"
        for other in [announced["event"], *announced.get("else", [])]:
            seen = [body for body in logged if body.get("kind") == kind and body.get("event") == other]
            if other == event:
                break
            missed = any(body["type"] == "beacon.missed" for body in seen)
            need(missed, f"{path}.event", f"没有 {other} 未开出的记载 no entry says that {other} was missed")
        values = [body for body in seen if body["type"] == "beacon.published"]
        need(all(body.get("value") == part["value"] for body in values), f"{path}.value", "与存证不符 not as logged")
        at = announced.get("at", "")[:-6]
        if kind == "practice":
            need(values and values[0]["at"][:-6] >= at, f"{path}.value", "没有或过早公布 not published, or too early")
        elif kind == "drand-quicknet" and re.fullmatch("[0-9]{1,10}", event):
            at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1692803367 + 3 * (int(event) - 1) + 8 * 3600))
        need(kind == "practice" or not at or inputs < at, f"{path}.event", "早于输入冻结 older than the frozen inputs")


def open_checkpoint(text: str, policy: str | None) -> tuple[int, bytes]:
    """Return size and root of a checkpoint, signed by a log of *policy* unless that is None."""
    (body, gap, signatures), signed = text.rpartition("\n\n"), policy is None
    lines = body.split("\n")
    proper = gap and len(lines) >= 3 and re.fullmatch("0|[1-9][0-9]{0,15}", lines[1])
    need(proper and re.fullmatch("[A-Za-z0-9+/]{43}=", lines[2]), "checkpoint")
    for line in re.findall(r"(?m)^(?![ \t\r]*(?:#|$)).+$", policy or ""):
        match = re.fullmatch(r"log ([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})", line.strip())
        key = base64.b64decode(match.group(3)) if match else b""
        if not match or hashlib.sha256(f"{match.group(1)}\n".encode() + key).hexdigest()[:8] != match.group(2):
            raise Unusable(f"无法采用的公钥 not a usable line of the policy: {line}")
        for one in signatures.split("\n"):
            prefix, _, value = one.rpartition(" ")
            blob = base64.b64decode(value) if re.fullmatch("[A-Za-z0-9+/]{91}=", value) else b""
            mine = prefix == f"— {lines[0]}" and lines[0] == match.group(1) and blob[:4].hex() == match.group(2)
            signed = signed or (mine and key[0] == 1 and ed25519(key[1:], f"{body}\n".encode(), blob[4:]))
    need(signed, "checkpoint", "没有可信的签名 not signed by a trusted log")
    return int(lines[1]), base64.b64decode(lines[2])


def verify(data: bytes, checkpoint: str | None = None, policy: str | None = None) -> tuple[Verdict, Verdict, list[str]]:
    """Return the verdicts on arithmetic and trace, and the beacons to look up."""
    members = _members(data)
    bundle = parse(members["draw.json"])
    shape = _verdict(check_shape, bundle, BUNDLE)
    if not shape.ok:
        return shape, shape, []
    lookups = [f"{part['kind']} {part['event']} = {part['value']}" for part in bundle["beacons"]]
    trace = Verdict(None, "", "只验证了算术：没有外来的检查点或公钥 only arithmetic: no checkpoint or policy was given")
    if "entries.json" not in members:
        trace = Verdict(None, "", "只验证了算术：请用 draw.zip only arithmetic: this file has no proofs, use draw.zip")
    elif checkpoint is not None or policy is not None:
        trace = _verdict(check_trace, bundle, members, checkpoint, policy)
    return _verdict(check_arithmetic, bundle), trace, lookups


def _verdict(check: Any, *inputs: Any) -> Verdict:
    try:
        check(*inputs)
    except Failed as failed:
        return Verdict(*failed.args)
    return Verdict(True, "", "")


def _members(data: bytes) -> dict[str, str]:
    try:
        if data[:2] != b"PK":
            return {"draw.json": data.decode()}
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = [info.filename for info in package.infolist() if not info.compress_type]
            if sorted(names) != ["checkpoint", "draw.json", "entries.json"]:
                raise Unusable("压缩包内容不符 not the members of a draw.zip")
            return {name: package.read(name).decode() for name in names}
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, RuntimeError) as error:
        raise Unusable(str(error)) from error


def _read(place: str) -> bytes:
    if place.startswith(("https://", "http://")):
        return bytes(urllib.request.urlopen(place, timeout=30).read(1 << 26))  # noqa: S310 (the scheme was checked)
    return Path(place).read_bytes()


def main(argv: list[str]) -> int:
    """Print the two verdicts on a file and return the exit code."""
    parser = argparse.ArgumentParser("verify", description="验证一次抽取 check one draw, offline")
    parser.add_argument("file", metavar="FILE", help="draw.json / draw.zip")
    parser.add_argument("--checkpoint", metavar="URL|FILE", help="自己留存的检查点 a checkpoint you noted yourself")
    parser.add_argument("--policy", metavar="FILE", help="可信公钥 lines `log <vkey>`")
    parser.add_argument("--arithmetic", action="store_true", help="只验证算术 accept arithmetic alone")
    options = parser.parse_args(argv)
    try:
        outside = (_read(place).decode() if place else None for place in (options.checkpoint, options.policy))
        arithmetic, trace, lookups = verify(_read(options.file), *outside)
    except (Unusable, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"无法读取 unusable: {error}\n")
        return 2
    states = {True: "成立 HOLDS", False: "不成立 FAILS", None: "未验证 NOT CHECKED"}
    for title, verdict in (("① 算术 Arithmetic", arithmetic), ("② 留痕 Trace", trace)):
        sys.stdout.write(f"{title}: {states[verdict.ok]} {verdict.field} {verdict.text}".rstrip() + "\n")
    sys.stdout.writelines(f"LOOK UP 请自行查对: {beacon}\n" for beacon in lookups)
    if not arithmetic.ok or (trace.ok is False and not options.arithmetic):
        return 1
    return 3 if trace.ok is None and not options.arithmetic else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
