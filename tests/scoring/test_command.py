"""The command line: the same bytes anywhere, and a message for whatever is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scoring.__main__ import main
from scoring.frames import DIMENSIONS, Export
from scoring.package import digest, write
from tests.scoring.build import OWNERS, A, B, frames

VECTOR = Path(__file__).parent / "vectors" / "s6_city_small.json"
ROOT = Path(__file__).resolve().parents[2]


def a_folder(folder: Path, *, export: Export = Export.PUBLIC, parquet: bool = False, turned: bool = False) -> Path:
    """Write the package of a small city; *turned* writes the same rows in the opposite order."""
    built = frames(
        admissions=[{"agency": A}, {"agency": B}],
        contracts=[{"agency": (A, B)[n % 2], "owner": OWNERS[n % 4], "returns": n % 3 // 2} for n in range(30)],
        reviews=[
            {"agency": (A, B)[n % 2], "owner": OWNERS[n % 4], **dict.fromkeys(DIMENSIONS, n % 5 + 1)} for n in range(50)
        ],
        checks=[{}, {"agency": B, "passed": False}],
        public_credit=[{}, {"agency": B, "level": "C"}],
        entries=[{"agency": B, "kind": "general"}],
    )
    folder.mkdir()
    for name, data in write(built, export=export, parquet=parquet).items():
        header, *rows = data.splitlines(keepends=True) if turned and name.endswith(".csv") else [data]
        (folder / name).write_bytes(b"".join([header, *reversed(rows)]))
    return folder


def run(folder: Path, out: Path, **environment: str) -> dict[str, bytes]:
    """Run the command in a process of its own and return what it wrote."""
    command = [sys.executable, "-m", "scoring", folder, "--as-of", "2026-09-30", "--out", out]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True, timeout=120)
    return {path.name: path.read_bytes() for path in out.iterdir()}


def test_neither_hash_seed_nor_time_zone_nor_row_order_changes_a_byte(tmp_path: Path) -> None:
    here = run(a_folder(tmp_path / "a"), tmp_path / "1", PYTHONHASHSEED="1", TZ="Asia/Shanghai")
    there = run(a_folder(tmp_path / "b", turned=True), tmp_path / "2", PYTHONHASHSEED="2", TZ="America/New_York")

    assert set(here) == {
        "ranking.csv", "scores.csv", "lines.csv", "selection.csv", "parameters.json", "manifest.json",
    }  # fmt: skip
    assert here.keys() == there.keys()
    assert {name for name in here if here[name] != there[name]} == {"manifest.json"}  # it tells the inputs' hashes
    assert json.loads(here["manifest.json"])["results"] == json.loads(there["manifest.json"])["results"]


@pytest.mark.parametrize(("export", "parquet"), [(Export.FULL, False), (Export.PUBLIC, True)])
def test_either_export_in_either_format_gives_the_same_results(tmp_path: Path, export: Export, parquet: bool) -> None:
    plain, other = a_folder(tmp_path / "a"), a_folder(tmp_path / "b", export=export, parquet=parquet)

    for folder, out in ((plain, "1"), (other, "2")):
        assert main([str(folder), "--as-of", "2026-09-30", "--out", str(tmp_path / out)]) == 0

    for name in ("ranking.csv", "scores.csv", "lines.csv", "selection.csv", "parameters.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_results_written_into_the_package_are_not_taken_for_inputs(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "a")
    inputs = {path.name for path in folder.iterdir()}

    first, second = (run(folder, folder) for _ in range(2))

    assert first == second
    assert set(json.loads(second["manifest.json"])["inputs"]) == inputs


def test_the_manifest_names_the_hash_of_every_file(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "a")

    main([str(folder), "--as-of", "2026-09-30", "--out", str(tmp_path / "1")])

    manifest = json.loads((tmp_path / "1" / "manifest.json").read_bytes())
    assert manifest["inputs"] == {path.name: digest(path.read_bytes()) for path in sorted(folder.iterdir())}
    assert manifest["version"] == "credit-score/1"
    assert all(digest((tmp_path / "1" / name).read_bytes()) == value for name, value in manifest["results"].items())


def test_a_folder_without_rows_gives_empty_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name, data in write(frames(agencies=[]), export=Export.PUBLIC).items():
        (tmp_path / "a" / name).write_bytes(data)

    assert main([str(tmp_path / "a"), "--as-of", "2026-09-30", "--out", str(tmp_path / "1")]) == 0
    assert (tmp_path / "1" / "ranking.csv").read_bytes() == b"place,agency,total,grade\n"


def test_a_case_is_printed_as_the_vectors_have_it() -> None:
    found = subprocess.run([sys.executable, "-m", "scoring", "case", VECTOR], cwd=ROOT, capture_output=True, check=True)

    assert json.loads(found.stdout) == json.loads(VECTOR.read_bytes())["expected"]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("checks.csv", b"check_id,agency\n", "checks, column kind: the column is missing"),
        ("datapackage.json", b"", "datapackage.json, column *: not a JSON object"),
    ],
)
def test_wrong_input_ends_with_a_message_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes, words: str
) -> None:
    folder = a_folder(tmp_path / "a")
    (folder / name).write_bytes(data)

    assert main([str(folder), "--as-of", "2026-09-30", "--out", str(tmp_path / "1")]) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "1").exists()


def test_a_folder_that_is_not_there_ends_with_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none"), "--as-of", "2026-09-30", "--out", str(tmp_path)]) == 1
    assert "not a folder" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"case": {"agencies": ["A"]}}'])
def test_a_file_that_is_no_case_ends_with_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "case.json").write_text(text)

    assert main(["case", str(tmp_path / "case.json")]) == 1
    assert "case.json, column *: not a case" in capsys.readouterr().err
