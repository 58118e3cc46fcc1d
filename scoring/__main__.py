"""
The command line of the score: the only module here that reads or writes files.

``python -m scoring FOLDER --as-of DATE --out FOLDER`` scores an exported package; ``python -m scoring case FILE``
prints the result of a case as ``vectors/score`` has it. Exit 0, or a message on stderr and 1 (2 for wrong usage).
"""

import argparse
import json
import sys
from datetime import date
from pathlib import Path

from scoring import report
from scoring.package import is_ours
from scoring.spec import FrameError, Problem


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        return case(words[1:]) if words[:1] == ["case"] else folder(words)
    except (FrameError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1


def case(words: list[str]) -> int:
    """Print the result of a case file."""
    parser = argparse.ArgumentParser(prog="python -m scoring case", description="Print the result of a case file.")
    parser.add_argument("file", type=Path, help="a JSON file with a case, as in vectors/score")
    path = parser.parse_args(words).file
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        result = report.run_case(held.get("case", held))
    except (ValueError, KeyError, AttributeError) as problem:
        raise FrameError((Problem(path.name, "*", None, f"not a case: {problem!r}"),)) from problem
    sys.stdout.buffer.write(report.as_json(result))
    return 0


def folder(words: list[str]) -> int:
    """Score an exported package and write the results."""
    parser = argparse.ArgumentParser(
        prog="python -m scoring",
        description="Recompute the credit scores of an exported package. `case FILE` prints the result of a case.",
    )
    parser.add_argument("folder", type=Path, help="the package: CSV or Parquet files and datapackage.json")
    parser.add_argument("--as-of", type=date.fromisoformat, required=True, help="slot day, YYYY-MM-DD, Beijing time")
    parser.add_argument("--out", type=Path, required=True, help="where to write; made if it is not there")
    chosen = parser.parse_args(words)
    if not chosen.folder.is_dir():
        raise NotADirectoryError(f"{chosen.folder}: not a folder")
    files = {path.name: path.read_bytes() for path in sorted(chosen.folder.iterdir()) if is_ours(path.name)}
    results = report.run(files, chosen.as_of)
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, data in results.items():
        (chosen.out / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
