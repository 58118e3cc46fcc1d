"""
The bridge to `scoring`: the record's files made into frames, packages, results and signals.

Runs as a process of its own (``python -m market.credit.frames FOLDER --as-of DAY``), because pandas must stay out of
the web and the worker. It scores the very package it publishes, by the command anyone runs on it, so that the two
cannot differ; signals come from the full frames and go into no package.

Who controls or represents an agency is told by a verified identifier and never by a name, and as it was declared at the
end of the day: a party without an identifier joins nobody to anybody. Owners declare no controller, so that two owners
under one parent count as two wherever unrelated owners are counted.
"""

import argparse
import io
import json
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd

from scoring import package, report
from scoring.frames import FRAMES, PACKAGE_VERSION
from scoring.spec import Export
from scoring.watch import watch

ARCHIVE: Final = "public.zip"
SIGNALS: Final = "signals.csv"
RESULTS: Final = "results"
_WRITTEN: Final = (2000, 1, 1, 0, 0, 0)


def frames_of(files: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    """Return the checked frames of the record's files, controllers and all."""
    told = {"name": package.NAMES[Export.FULL], "version": PACKAGE_VERSION}
    return package.read({**files, package.DESCRIPTOR: json.dumps(told).encode()})


def computed(files: Mapping[str, bytes], as_of: date) -> dict[str, bytes]:
    """Return what a run leaves: the results of the public package, the package itself with them, and the signals."""
    frames = frames_of(files)
    public = package.write(frames, export=Export.PUBLIC)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive, ThreadPoolExecutor(1) as beside:
        # Compressing needs a processor and no Python, so that it costs no time beside the scores.
        packed = beside.submit(_put, archive, public)
        results = report.run(public, as_of)
        signals = package.csv_bytes(watch(frames, as_of))
        packed.result()
        _put(archive, {f"{RESULTS}/{name}": data for name, data in results.items()})
    return {**results, ARCHIVE: held.getvalue(), SIGNALS: signals}


def _put(archive: zipfile.ZipFile, files: Mapping[str, bytes]) -> None:
    """Add files to an archive so that its bytes depend on nothing but them."""
    for name in sorted(files):
        entry = zipfile.ZipInfo(name, _WRITTEN)
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED)


def main(arguments: list[str] | None = None) -> None:
    """Compute one folder in place: the record's files in, the results beside them in ``out``."""
    parser = argparse.ArgumentParser(prog="python -m market.credit.frames", description="Score a folder of records.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    asked = parser.parse_args(arguments)
    files = {f"{frame.name}.csv": (asked.folder / f"{frame.name}.csv").read_bytes() for frame in FRAMES}
    out = asked.folder / "out"
    out.mkdir()
    for name, data in computed(files, asked.as_of).items():
        (out / name).write_bytes(data)


if __name__ == "__main__":
    main()
