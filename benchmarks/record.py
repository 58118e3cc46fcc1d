"""
The record of a made-up market of any size, as the files the nightly run reads: what `market.credit.records` copies.

Shaped like the sample city, one prefecture for every 8,000 notices, so that a bigger market has more markets of the
same size and not larger ones. Nobody in it exists, and its luck, its reviews and its delays come from one seed.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import csv

from scoring.frames import DIMENSIONS, RATES

AS_OF: Final = date(2026, 9, 30)
ITEMS: Final = 60
FAMILIES: Final = 14
FREE_ITEMS: Final = 29  # ask for no qualification, so that every agency is admitted for them
DIVISIONS: Final = 9
PER_PREFECTURE: Final = 8_000
OUTCOMES: Final = ("listed",) * 34 + ("mandatory",) * 8 + ("government_paid",) * 10 + ("abolished",) * 8
METHODS: Final = ("random_draw", "lowest_quote", "plan_merit", "direct")
METHOD_SHARES: Final = (0.6, 0.2, 0.14, 0.06)
END: Final = np.datetime64("2026-09-30T12:00:00")
DAYS: Final = 730

Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything there is."""

    agencies: int
    notices: int
    registrations: int

    @property
    def owners(self) -> int:
        """Return how many owners there are: three for every four agencies, as in the sample city."""
        return self.agencies * 3 // 4

    @property
    def prefectures(self) -> int:
        """Return how many prefectures share the notices."""
        return -(-self.notices // PER_PREFECTURE)


class Record:
    """Makes the files one after another from one stream of chance."""

    def __init__(self, size: Size, seed: int = 1) -> None:
        """Begin with what all files share."""
        self.size = size
        self.chance = np.random.default_rng(seed)
        self.home = np.arange(size.agencies) * size.prefectures // size.agencies
        self.family = np.arange(ITEMS) % FAMILIES
        self.files: dict[str, Columns] = {}

    def made(self) -> Mapping[str, Columns]:
        """Return the columns of every file."""
        self._parties()
        self._catalogue()
        self._notices()
        self._contracts()
        self._approvals()
        return self.files

    def _parties(self) -> None:
        size, chance = self.size, self.chance
        controlled = chance.random(size.agencies) < 0.14
        groups = coded("9199000M", chance.integers(max(4, size.agencies // 20), size=size.agencies))
        self.files["agencies"] = {
            "agency": coded("91990000", np.arange(size.agencies)),
            "state": np.where(chance.random(size.agencies) < 0.97, "admitted", "left"),
            "admitted_at": moments(chance.uniform(DAYS, DAYS + 90, size.agencies)),
            "controller": some(groups, controlled),
            "legal_representative": none(size.agencies),
        }
        self.files["owners"] = {"owner": coded("12990000", np.arange(size.owners)), "controller": none(size.owners)}
        agency, item = np.nonzero(chance.random((size.agencies, ITEMS)) < np.where(self._qualified(), 0.13, 1.0))
        self.files["admissions"] = {
            "agency": coded("91990000", agency),
            "item": items(item),
            "item_family": families(self.family[item]),
            "admitted_at": moments(chance.uniform(0, DAYS, len(agency))),
        }
        levels = chance.random(size.agencies) < 0.5
        self.files["public_credit"] = {
            "agency": coded("91990000", np.flatnonzero(levels)),
            "level": chance.choice(list("ABCD"), size=int(levels.sum()), p=(0.5, 0.35, 0.12, 0.03)),
            "recorded_at": moments(chance.uniform(0, 300, int(levels.sum()))),
        }

    def _qualified(self) -> Any:
        """Say which items ask for a qualification."""
        return (np.arange(ITEMS) >= FREE_ITEMS)[None, :]

    def _catalogue(self) -> None:
        chance, outcomes = self.chance, np.array(OUTCOMES)
        based = np.isin(outcomes, ["mandatory", "government_paid"])
        self.files["items"] = {
            "item": items(np.arange(ITEMS)),
            "item_family": families(self.family),
            "outcome": outcomes,
            "legal_basis": some(np.full(ITEMS, "示例条例第八条"), based),
            "read_on": some(np.full(ITEMS, "2024-01-05"), based),
            "basis_from": some(np.full(ITEMS, "2020-01-01"), based),
            "basis_until": none(ITEMS),
            "published_at": moments(np.full(ITEMS, DAYS + 100.0)),
            "abolished_at": some(moments(np.full(ITEMS, 60.0)), outcomes == "abolished"),
        }
        count = self.size.agencies * 6
        self.files["guides"] = {
            "guide": numbers("G", np.arange(count)),
            "agency": coded("91990000", np.arange(count) // 6),
            "item": items(chance.integers(ITEMS, size=count)),
            "most_fen": 87_000_00 + chance.integers(9_000_00, size=count),
            "published_at": moments(chance.uniform(DAYS, DAYS + 80, count)),
            "ended_at": none(count),
        }

    def _notices(self) -> None:
        size, chance = self.size, self.chance
        count = size.notices
        # A few owners ask for very much, as large ones do.
        self.owner = (chance.random(count) ** 3 * size.owners).astype(np.int64) * 7_919 % size.owners
        self.prefecture = self.owner * size.prefectures // size.owners
        self.item = chance.integers(ITEMS, size=count)
        self.ago = np.sort(chance.uniform(8, DAYS, count))[::-1]
        method = chance.choice(METHODS, size=count, p=METHOD_SHARES)
        self.direct, free = method == "direct", method != "random_draw"
        self.project = self.owner * 40 + chance.integers(40, size=count)
        self._pools(free)
        won = chance.random(count) < 0.9
        self.won = np.flatnonzero(won)
        self.files["notices"] = {
            "notice": numbers("N", np.arange(count)),
            "owner": coded("12990000", self.owner),
            "item": items(self.item),
            "published_at": moments(self.ago),
            "item_family": families(self.family[self.item]),
            "region": self._division(self.prefecture, self.owner),
            "project": numbers("P", self.project),
            "method": method,
            "winner": some(coded("91990000", self.winner), won),
            "selected_at": some(moments(self.ago - 7), won),
        }

    def _pools(self, free: Any) -> None:
        """Let agencies at home register, and choose winners."""
        size, chance = self.size, self.chance
        asked = ~self.direct
        counts = np.zeros(size.notices, dtype=np.int64)
        counts[asked] = 1 + chance.poisson(size.registrations / asked.sum() - 1, int(asked.sum()))
        notice = np.repeat(np.arange(size.notices), counts)
        per_home = -(-size.agencies // size.prefectures)
        agency = self._at_home(self.prefecture[notice], per_home)
        pairs = np.unique(notice * size.agencies + agency)
        notice, agency = pairs // size.agencies, pairs % size.agencies
        first = np.searchsorted(notice, np.arange(size.notices))
        after = np.searchsorted(notice, np.arange(size.notices), side="right")
        chosen = first + (chance.random(size.notices) * (after - first)).astype(np.int64)
        at_home = self._at_home(self.prefecture, per_home)
        winner = np.where(asked, agency[np.minimum(chosen, len(agency) - 1)], at_home)
        # What owners may choose freely they often give to the same agency.
        usual = self.prefecture * size.agencies // size.prefectures + self.owner * 31 % per_home
        self.winner = np.where(free & (chance.random(size.notices) < 0.1), usual, winner) % size.agencies
        self.files["pools"] = {
            "notice": numbers("N", notice),
            "agency": coded("91990000", agency),
            "eligible": (agency == self.winner[notice]) | (chance.random(len(notice)) < 0.98),
        }

    def _at_home(self, prefecture: Any, per_home: int) -> Any:
        """Return an agency of each prefecture; a few register far more often than others."""
        place = (self.chance.random(len(prefecture)) ** 1.5 * per_home).astype(np.int64)
        start = prefecture * self.size.agencies // self.size.prefectures
        return np.minimum(start + place, self.size.agencies - 1)

    def _division(self, prefecture: Any, owner: Any) -> Any:
        return (990_000 + prefecture * 100 + 1 + owner % DIVISIONS).astype(str)

    def _contracts(self) -> None:
        chance, of = self.chance, self.won[self.ago[self.won] > 60]
        count, ended = len(of), self.ago[of] - 50
        late, price = chance.random(count) < 0.1, 8_000_00 + chance.integers(80_000_00, size=count)
        billed = np.where(chance.random(count) < 0.02, price + 500_00, price)
        number, guide = numbers("C", of), numbers("G", self.winner[of] * 6)
        shared: Columns = {
            "contract_id": number,
            "agency": coded("91990000", self.winner[of]),
            "owner": coded("12990000", self.owner[of]),
            "item_family": families(self.family[self.item[of]]),
        }
        self.files["contracts"] = {
            **shared,
            "item": items(self.item[of]),
            "region": self._division(self.prefecture[of], self.owner[of]),
            "recorded_at": moments(ended),
            **{name: days(ended + ago) for name, ago in (("sign_by", 35), ("signed_on", 36), ("agreed_on", 6))},
            "delivered_on": days(ended + np.where(late, 2, 8)),
            "returns": (chance.random(count) < 0.15).astype(np.int64),
            "accepted_on": days(ended + 1),
            "guide_most_fen": price + 100_00,
            "contract_fen": price,
            "billed_fen": billed,
            "ended_on": days(ended),
            "abandoned": chance.random(count) < 0.01,
            **{f"excused_{rate}": chance.random(count) < 0.02 for rate in RATES},
        }
        self.files["fees"] = {
            **{name: shared[name] for name in ("contract_id", "agency")},
            "notice": numbers("N", of),
            "guide": guide,
            "quote_fen": price,
            "signed_fen": price,
            "billed_fen": billed,
            "recorded_at": moments(ended),
        }
        self._said(shared, ended)

    def _said(self, shared: Columns, ended: Any) -> None:
        """Add what owners, regulators and the record say about contracts."""
        chance, count = self.chance, len(ended)
        stars = {name: np.minimum(5, 2 + chance.binomial(4, 0.6, count)) for name in DIMENSIONS}
        said = {
            "review_id": numbers("R", np.arange(count)),
            **{name: shared[name] for name in ("contract_id", "agency", "owner", "item_family")},
            "revealed_at": moments(ended - 1),
            "state": np.full(count, "revealed"),
            **stars,
        }
        self.files["reviews"] = {name: held[: count * 19 // 20] for name, held in said.items()}
        checked, noted = np.flatnonzero(chance.random(count) < 0.1), np.flatnonzero(chance.random(count) < 0.02)
        self.files["checks"] = {
            "check_id": numbers("K", checked),
            "agency": shared["agency"][checked],
            "kind": np.full(len(checked), "regulator"),
            "passed": chance.random(len(checked)) < 0.9,
            "recorded_at": moments(ended[checked]),
        }
        self.files["entries"] = {
            "entry_id": numbers("E", noted),
            "agency": shared["agency"][noted],
            "kind": chance.choice(("minor", "general", "commendation"), size=len(noted)),
            "fact": numbers("F", noted),
            "recorded_at": moments(ended[noted]),
            "ends_on": none(len(noted)),
            "state": np.full(len(noted), "in_force"),
            "contract_id": none(len(noted)),
            "rate": none(len(noted)),
        }

    def _approvals(self) -> None:
        """Let half the selections be shown to an authority, a third of them with one more item of the same agency."""
        chance = self.chance
        shown = self.won[chance.random(len(self.won)) < 0.5]
        beside = shown[chance.random(len(shown)) < 0.3]
        number = numbers("D", np.r_[shown, beside + self.size.notices])
        item = np.r_[self.item[shown], beside % (ITEMS // 2)]
        shown = np.r_[shown, beside]
        authority = self.prefecture[shown] * DIVISIONS + self.owner[shown] % DIVISIONS
        self.files["approvals"] = {
            "approval_id": number,
            "authority": coded("11990000", authority),
            "owner": coded("12990000", self.owner[shown]),
            "project": numbers("P", self.project[shown]),
            "item": items(item),
            "region": self._division(self.prefecture[shown], self.owner[shown]),
            "agency": coded("91990000", self.winner[shown]),
            "demanded": chance.random(len(shown)) < 0.02,
            "decided_at": moments(self.ago[shown] - 7.5),
        }


def write(folder: Path, size: Size, seed: int = 1) -> None:
    """Write the files of a market."""
    for name, columns in Record(size, seed).made().items():
        csv.write_csv(pa.table(columns), folder / f"{name}.csv", csv.WriteOptions(quoting_style="none"))


def main(words: list[str]) -> None:
    """Write a record: its folder, and how many agencies, notices and registrations."""
    folder, *sizes = words
    write(Path(folder), Size(*map(int, sizes)))


def coded(kind: str, numbers_: Any) -> Any:
    """Return fictional codes of eighteen signs; their check digits are not made to hold."""
    return np.char.add(kind, np.char.zfill(numbers_.astype(str), 10))


def numbers(letter: str, values: Any) -> Any:
    """Return identifiers."""
    return np.char.add(letter, np.char.zfill(values.astype(str), 7))


def items(values: Any) -> Any:
    """Return codes of items."""
    return np.char.add("ZJ", np.char.zfill(values.astype(str), 3))


def families(values: Any) -> Any:
    """Return codes of item families."""
    return np.char.add("family", values.astype(str))


def moments(days_ago: Any) -> Any:
    """Return moments so many days before the end."""
    seconds = (np.asarray(days_ago) * 86_400).astype(np.int64)
    return np.char.add(np.datetime_as_string(END - seconds.astype("timedelta64[s]"), unit="s"), "Z")


def days(days_ago: Any) -> Any:
    """Return days so many before the end."""
    return np.datetime_as_string(END - np.asarray(days_ago).astype(np.int64).astype("timedelta64[D]"), unit="D")


def some(values: Any, here: Any) -> Any:
    """Return the values where they are *here*, and nothing elsewhere."""
    return pa.array(values, mask=~here)


def none(count: int) -> Any:
    """Return no value, so many times."""
    return pa.nulls(count, pa.string())


if __name__ == "__main__":
    main(sys.argv[1:])
