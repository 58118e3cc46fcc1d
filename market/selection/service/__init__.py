"""
The acts of a selection, from the frozen pool to the confirmed award.

Each step is one transaction that begins with the lock of the notice's row and ends with the lock of the ledger's head.
A step that finds another state than its own does nothing: the worker may call it twice, late, or after a crash of
another, and what is stored is always the same function of the rows before it.

Basis: DESIGN §4 and §5; reference paper on trust, sections 1.6 and 2.5.
"""

from market.selection.service.advancing import advance, back_off, next_due
from market.selection.service.awarding import Decline, decline, finish_standstill
from market.selection.service.drawing import draw, miss_beacon, publish_beacon
from market.selection.service.freezing import freeze
from market.selection.service.opening import open_quotes
from market.selection.service.reading import Panel, award_of, awards_of, bundle, opening_log, package, panel, results
from market.selection.service.revealing import freeze_inputs, reveal
from market.selection.tables.shown import ResultQuery

__all__ = [
    "Decline",
    "Panel",
    "ResultQuery",
    "advance",
    "award_of",
    "awards_of",
    "back_off",
    "bundle",
    "decline",
    "draw",
    "finish_standstill",
    "freeze",
    "freeze_inputs",
    "miss_beacon",
    "next_due",
    "open_quotes",
    "opening_log",
    "package",
    "panel",
    "publish_beacon",
    "results",
    "reveal",
]
