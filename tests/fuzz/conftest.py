"""The summary of the fuzz at the end of a run: how often each kind of request met each status."""

from collections import Counter

import pytest

COUNTS = pytest.StashKey[dict[str, Counter[int]]]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table, if the fuzz ran."""
    counts = config.stash.get(COUNTS, {})
    if counts:
        terminalreporter.section("every route, by kind of request: status x times")
    for kind, statuses in counts.items():
        told = "  ".join(f"{status} x {times}" for status, times in sorted(statuses.items()))
        terminalreporter.write_line(f"{kind:16} {told}")
