"""
The folder in which a night is computed: it holds a copy of the record, with parties that no public file names.

Whoever ends in the ordinary way removes its own; what a killed process left is
removed before the next night is computed.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PREFIX: Final = "market-credit-"


@contextmanager
def folder() -> Iterator[Path]:
    """Give an empty folder that nobody else may read, after removing those of processes that are gone."""
    sweep()
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as made:
        yield Path(made)


def sweep() -> int:
    """Remove what processes left that are gone, and return how many folders that were."""
    left = [path for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*") if _is_left(path)]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return len(left)


def _is_left(path: Path) -> bool:
    number = path.name.removeprefix(_PREFIX).partition("-")[0]
    if not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):  # of somebody else, or of nobody we could ask
        return False
    return False
