"""
One run of the indicators: facts in, the table of signals out.

Classical tests are computed at quarter close only, because testing the same
data every night makes false alarms certain; rules are computed every night.
A signal that also stood in the window before, or beside evidence that is no
statistic, says so: only such a one may become more than a hint.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pandas as pd

from scoring.facts import Facts, Window, facts_of, is_quarter_end
from scoring.indicator import Indicator, record
from scoring.registry import INDICATORS
from scoring.signals import Outcome, Result, typed


def watch(frames: Mapping[str, pd.DataFrame], as_of: date) -> pd.DataFrame:
    """Return the table of signals as at the end of *as_of*."""
    facts = facts_of(frames, as_of)
    quarter = is_quarter_end(as_of)
    records = []
    for indicator in INDICATORS:
        if quarter or not indicator.quarterly:
            window = Window(as_of, indicator.limits.months)
            records += [record(indicator, result, window) for result in results(indicator, facts, window)]
    return typed(records)


def results(indicator: Indicator, facts: Facts, window: Window) -> list[Result]:
    """Return the results of one indicator, those that repeat marked."""
    found = indicator.measure(facts, window)
    signals = {result.subject for result in found if result.outcome is Outcome.SIGNAL}
    if not indicator.quarterly or not signals:
        return found
    before = {
        result.subject for result in indicator.measure(facts, window.before()) if result.outcome is Outcome.SIGNAL
    }
    return [replace(result, repeated=result.subject in before & signals) for result in found]
