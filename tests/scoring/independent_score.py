"""An independent reading of credit-score/1: the standard library, one agency at a time, nothing of the package."""

import json
import sys
from fractions import Fraction

AGE = [round(1000 * 2 ** (-m / 12)) for m in range(36)]
WEIGHTS = {"reviews": 4000, "performance": 3000, "supervision": 2000, "public_credit": 1000}
LEVELS = {"A": 10000, "B": 8000, "C": 5000, "D": 0}
ROWS = ("reviews", "contracts", "checks", "entries")


def mean(pairs):
    return (Fraction(sum(w * v for w, v in pairs), sum(w for w, _ in pairs)) + Fraction(1, 2)).__floor__()


def reviews(agency, rows):
    worth = [25 * sum(p * (n - 1) for p, n in zip((40, 20, 15, 15, 10), r["stars"], strict=True)) for r in rows]
    seen = [(r["agency"], r["owner"], r["family"], AGE[r["months"]], v) for r, v in zip(rows, worth, strict=True)]
    own, others = [r for r in seen if r[0] == agency], [r for r in seen if r[0] != agency]
    pools = [([r[3:] for r in others if r[2] == family], w) for _, _, family, w, _ in own]
    every = mean([r[3:] for r in others]) if len(others) >= 20 else 8000
    prior = mean([(w, mean(pool) if len(pool) >= 20 else every) for pool, w in pools])
    cap = (10000 + sum(r[3] for r in own)) // 5
    sums = {o: sum(r[3] for r in own if r[1] == o) for _, o, _, _, _ in own}
    return mean([(10000, prior), *((w * cap // sums[o] if sums[o] > cap else w, v) for _, o, _, w, v in own)])


def performance(agency, rows):
    rates = []
    for name in ("on_time", "signed_in_time", "billed_within", "accepted_first", "kept"):
        own = [r[name] for r in rows if r["agency"] == agency and r[name] is not None]
        others = [r[name] for r in rows if r["agency"] != agency and r[name] is not None]
        market = min(mean([(1, 10000 * x) for x in others]), 9500) if len(others) >= 20 else 9000
        rates.append(mean([(10, market), *((1, 10000 * x) for x in own)]))
    return mean([(1, rate) for rate in rates])


def score(agency, case):
    mine = {name: [r for r in rows if r["agency"] == agency] for name, rows in case.items() if name in ROWS}
    passed, points = [r["passed"] for r in mine["checks"]], [r["points"] for r in mine["entries"]]
    values = {"reviews": reviews(agency, case["reviews"])} if mine["reviews"] else {}
    values |= {"performance": performance(agency, case["contracts"])} if mine["contracts"] else {}
    values |= {"supervision": mean([(5, 9000), *((1, 10000 * x) for x in passed)])} if passed else {}
    values |= {"public_credit": LEVELS[case["public_credit"][agency]]} if agency in case["public_credit"] else {}
    whole = sum(WEIGHTS[name] for name in values)
    parts = {name: (2 * value * WEIGHTS[name] + whole) // (2 * whole) for name, value in values.items()}
    parts["entries"] = sum(p for p in points if p < 0) + min(500, sum(p for p in points if p > 0))
    parts["limit"] = min(max(sum(parts.values()), 0), 10000) - sum(parts.values())
    total, recent = sum(parts.values()), [r["owner"] for r in mine["contracts"] if r["ended_months"] < 24]
    low = "D" if len(recent) >= 8 and len(set(recent)) >= 3 else "C*"
    grade = "A" if total >= 9000 else "B" if total >= 7500 else "C" if total >= 6000 else low
    rated = values and len(recent) >= 3
    return {"agency": agency, "parts": parts, "total": total if values else None, "grade": grade if rated else "N"}


if __name__ == "__main__":
    held = json.load(sys.stdin)
    sys.stdout.write(json.dumps([score(agency, held) for agency in held["agencies"]], ensure_ascii=False) + "\n")
