"""
Who could have won each selection, as numbers: registrants of its pool, or everybody then admitted for its item.

A direct selection had the whole market to choose from; who that was is kept once for an item, in the order of
admission, and never written out for every selection of it: in a large market that would not fit into memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.groups import grouped
from scoring.periods import Bools, Ints
from scoring.spec import among


@dataclass(frozen=True, slots=True)
class Candidates:
    """
    The groups that could have won selections, as places in *names*, which is sorted.

    *registered* holds one number for each member of a group, sorted, those of selection ``n`` from ``starts[n]`` on.
    *admitted* holds, for each item that was selected directly, who is admitted for it; *direct* says which of them a
    selection chose from, −1 if it had a pool, and *known* how many were admitted by then.
    """

    names: tuple[str, ...]
    winners: Ints
    registered: Ints
    starts: Ints
    admitted: tuple[Ints, ...]
    direct: Ints
    known: Ints

    def of(self, places: Ints) -> tuple[Ints, Ints]:
        """Return how many could have won each of some selections, and who, one selection after the other."""
        if (self.direct[places] >= 0).any():
            held = [self._one(place) for place in places.tolist()]
            return np.array([len(each) for each in held], dtype=np.int64), np.concatenate(held)
        sizes = self.starts[places + 1] - self.starts[places]
        ends = np.cumsum(sizes)
        return sizes, self.registered[np.repeat(self.starts[places] - ends + sizes, sizes) + np.arange(sizes.sum())]

    def _one(self, place: int) -> Ints:
        if self.direct[place] < 0:
            return self.registered[self.starts[place] : self.starts[place + 1]]
        could = np.sort(self.admitted[self.direct[place]][: self.known[place]])
        winner, at = self.winners[place], int(np.searchsorted(could, self.winners[place]))
        return could if at < len(could) and could[at] == winner else np.insert(could, at, winner)


def candidates_of(
    selections: pd.DataFrame, pools: pd.DataFrame, admissions: pd.DataFrame, agencies: Mapping[str, str]
) -> Candidates:
    """Return who could have won each selection; the winner always could."""
    directly = (selections["method"] == "direct").to_numpy(dtype=bool)
    kept = pools[pools["eligible"].astype(bool) & among(pools["notice"], selections.loc[~directly, "notice"])]
    registered = grouped(kept["agency"], agencies)
    names = pd.Index(pd.concat([registered, admissions["group"], selections["winner"]]).unique()).sort_values()
    winners, codes = (names.get_indexer(pd.Index(each)).astype(np.int64) for each in (selections["winner"], registered))
    notice = pd.Index(selections["notice"]).get_indexer(pd.Index(kept["notice"])).astype(np.int64)
    entered = _with_winners(notice * len(names) + codes, np.flatnonzero(~directly), winners, len(names))
    starts = np.searchsorted(entered, np.arange(len(selections) + 1) * len(names))
    return Candidates(
        tuple(names.tolist()),
        winners,
        entered % max(len(names), 1),
        starts.astype(np.int64),
        *_admitted(selections, directly, admissions, names),
    )


def _with_winners(entered: Ints, places: Ints, winners: Ints, size: int) -> Ints:
    """Add the winners that are not among those who entered."""
    won = places * size + winners[places]
    whole: Ints = np.sort(np.r_[entered, np.setdiff1d(won, entered)])
    return whole


def _admitted(
    selections: pd.DataFrame, directly: Bools, admissions: pd.DataFrame, names: pd.Index
) -> tuple[tuple[Ints, ...], Ints, Ints]:
    """Return who is admitted for each item selected directly, which item each selection is of, and how many then."""
    items = pd.Index(selections.loc[directly, "item"].unique()).sort_values()
    ordered = admissions[among(admissions["item"], items)].sort_values("admitted_at", kind="stable")
    codes = names.get_indexer(pd.Index(ordered["group"])).astype(np.int64)
    moments = ordered["admitted_at"].to_numpy(dtype="datetime64[us]")
    of_item = items.get_indexer(pd.Index(ordered["item"]))
    by_item = [np.flatnonzero(of_item == place) for place in range(len(items))]
    direct = np.where(directly, items.get_indexer(pd.Index(selections["item"])), -1).astype(np.int64)
    known = np.zeros(len(selections), dtype=np.int64)
    selected = selections["selected_at"].to_numpy(dtype="datetime64[us]")
    for place, rows in enumerate(by_item):
        mine = direct == place
        known[mine] = np.searchsorted(moments[rows], selected[mine], side="right")
    return tuple(codes[rows] for rows in by_item), direct, known
