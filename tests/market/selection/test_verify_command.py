"""Rules of the command that judges a draw, and of the package it reads."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from market.ledger import note, tree
from market.selection import verifier
from market.selection.web.draws import one_file
from tests.market.selection.bundles import KEY, ORIGIN, POLICY, made


@pytest.fixture
def folder(tmp_path):
    """Return a folder with one draw in both forms, a policy and the checkpoint."""
    case = made(3)
    entries, checkpoint = case.proved()
    assert len(entries) == len(case.events)
    (tmp_path / "draw.json").write_text(json.dumps(case.draw))
    (tmp_path / "draw.zip").write_bytes(case.pack())
    (tmp_path / "policy").write_text(POLICY)
    (tmp_path / "checkpoint").write_text(checkpoint)
    (tmp_path / "forked").write_text(note.sign_checkpoint(ORIGIN, int(checkpoint.split("\n")[1]), tree.EMPTY_ROOT, KEY))
    (tmp_path / "later").write_text(note.sign_checkpoint(ORIGIN, 99, tree.EMPTY_ROOT, KEY))
    (tmp_path / "strange").write_text("log nobody\n")
    tampered = case.pack().replace(b"2026-03-05T17:00:00", b"2026-03-04T17:00:00")
    (tmp_path / "bad.json").write_text(json.dumps({**case.draw, "result_hash": "0" * 64}))
    (tmp_path / "broken.zip").write_bytes(tampered)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["draw.zip", "--policy", "policy"], 0),
        (["draw.zip", "--checkpoint", "checkpoint"], 0),
        (["draw.zip", "--checkpoint", "checkpoint", "--policy", "policy"], 0),
        (["draw.zip", "--checkpoint", "later"], 3),
        (["draw.zip", "--checkpoint", "later", "--policy", "policy"], 3),
        (["draw.zip", "--checkpoint", "forked", "--policy", "policy"], 1),
        (["draw.zip"], 3),
        (["draw.zip", "--arithmetic"], 0),
        (["draw.json"], 3),
        (["draw.json", "--policy", "policy"], 3),
        (["draw.json", "--checkpoint", "checkpoint"], 3),
        (["draw.json", "--arithmetic"], 0),
        (["bad.json", "--arithmetic"], 1),
        (["bad.json"], 1),
        (["broken.zip", "--policy", "policy"], 2),
        (["draw.zip", "--policy", "strange"], 2),
        (["draw.zip", "--policy", "absent"], 2),
        (["absent"], 2),
        (["policy"], 2),
    ],
)
def test_the_exit_code_says_what_was_checked(folder, monkeypatch, capsys, arguments, code):
    monkeypatch.chdir(folder)
    assert verifier.main(arguments) == code
    out, err = capsys.readouterr()
    assert bool(err) is (code == 2)
    assert ("LOOK UP" in out) is (code != 2)
    assert ("FAILS" in out) is (code == 1)


def test_the_output_names_the_field_that_fails(folder, capsys):
    assert verifier.main([str(folder / "bad.json")]) == 1
    out = capsys.readouterr().out
    assert "① 算术 Arithmetic: 不成立 FAILS result_hash" in out
    assert "② 留痕 Trace: 未验证 NOT CHECKED" in out


def test_a_checkpoint_is_fetched_from_an_address(folder, monkeypatch):
    asked = []

    class Answer:
        def read(self, most):
            return (folder / "checkpoint").read_bytes()[:most]

    monkeypatch.setattr(verifier.urllib.request, "urlopen", lambda place, timeout: asked.append(place) or Answer())
    assert verifier.main([str(folder / "draw.zip"), "--checkpoint", "https://mirror.example/checkpoint"]) == 0
    assert asked == ["https://mirror.example/checkpoint"]


def test_the_file_runs_alone_without_anything_installed(folder):
    """Outsiders download one file: it may import nothing but the standard library."""
    copy = folder / "verifier.py"
    copy.write_bytes(one_file())
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(copy), "draw.zip", "--policy", "policy"],
        cwd=folder,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert "② 留痕 Trace: 成立 HOLDS" in done.stdout.decode()
    assert len(copy.read_text().splitlines()) <= 480


def test_the_package_has_the_same_bytes_each_time_and_is_not_compressed(folder):
    assert made(3).pack() == (folder / "draw.zip").read_bytes()
    with zipfile.ZipFile(folder / "draw.zip") as archive:
        assert archive.namelist() == ["draw.json", "checkpoint", "entries.json"]
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
