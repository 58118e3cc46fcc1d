"""
A draw with 10,000 entrants: computed in Python, and checked by the script of our own page in Node.

Node stands in for a browser: it runs the same script, and without Node the line says so.
"""

import json
import random
import shutil
import subprocess
import time
from typing import Any, Final

from benchmarks.lines import Line
from benchmarks.programs import ROOT
from market.selection import draw

ENTRANTS: Final = 10_000
_SCRIPT: Final = """
require(process.argv[1]);
const text = require("fs").readFileSync(0, "utf8"), begin = process.hrtime.bigint();
const found = gongxuanVerify(text, "");
console.log(JSON.stringify([found.arithmetic.ok, Number(process.hrtime.bigint() - begin) / 1e9]));
"""


def measure() -> list[Line]:
    """Return the two lines of the draw."""
    notice, lists, secrets, beacons = inputs(ENTRANTS)
    took = []
    for _ in range(7):
        begun = time.process_time()
        result = draw.draw(notice, lists, secrets, beacons)
        took.append(time.process_time() - begun)
    best = min(took) * 1000
    whole = {"notice": notice, "lists": lists, "secrets": secrets, "beacons": beacons}
    whole |= {"result": result.result, "result_hash": result.result_hash}
    what = f"draw with {ENTRANTS:,} entrants, CPU, best of {len(took)}"
    return [Line(what, f"{best:.0f} ms", "≤ 100 ms", best <= 100), _checked(whole)]


def inputs(entrants: int) -> tuple[dict[str, Any], list[Any], list[Any], list[Any]]:
    """Return the inputs of a weighted draw among made-up agencies."""
    rng = random.Random(1)
    secrets = [{"by": by, "secret": rng.randbytes(32).hex()} for by in ("operator", "owner", "witness")]
    notice: dict[str, Any] = {
        "d": "fair-draw/1 notice",
        "suite": "sha256",
        "id": "YH-2026-000001",
        "opens_at": "2026-03-02T09:00:00+08:00",
        "closes_at": "2026-03-05T17:00:00+08:00",
        "reveal_by": "2026-03-05T17:30:00+08:00",
        "lists": [{"label": "agency", "take": 3}],
    }
    notice["commits"] = [
        {"by": each["by"], "commit": draw.commitment(notice["id"], each["by"], each["secret"])} for each in secrets
    ]
    event = "YH-2026-000001.1"
    notice["beacons"] = [{"kind": "practice", "event": event, "at": "2026-03-05T17:40:00+08:00"}]
    entries = [{"id": f"9199{number:014}", "w": rng.randint(1, 1000)} for number in range(entrants)]
    beacons = [{"kind": "practice", "event": event, "value": rng.randbytes(32).hex()}]
    return notice, [{"label": "agency", "entries": entries}], secrets, beacons


def _checked(whole: dict[str, Any]) -> Line:
    what = "the same draw verified by verify.js in Node"
    node = shutil.which("node")
    if node is None:
        return Line(what, "not measured: Node is not installed", "≤ 1 s")
    done = subprocess.run(
        [node, "-e", _SCRIPT, str(ROOT / "templates/assets/verify.js")],
        input=json.dumps(whole),
        capture_output=True,
        text=True,
        check=True,
    )
    holds, seconds = json.loads(done.stdout)
    if holds is not True:
        raise RuntimeError(f"the browser's check does not confirm the draw: {done.stdout}")
    return Line(what, f"{seconds:.2f} s", "≤ 1 s", seconds <= 1)
