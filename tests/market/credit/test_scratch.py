"""The copy of the record a night is computed on stays nowhere: not after the night, nor after a killed process."""

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from market.credit import scratch

DIES = """
import os, signal
from market.credit import scratch
with scratch.folder() as folder:
    (folder / "agencies.csv").write_text("x")
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_empty_private_and_gone_afterwards() -> None:
    with scratch.folder() as folder:
        assert list(folder.iterdir()) == []
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "agencies.csv").write_text("x")

    assert not folder.exists()


def test_what_a_killed_process_left_is_removed_before_the_next_night(temporary: Path) -> None:
    env = {**os.environ, "TMPDIR": str(temporary)}
    said = subprocess.run([sys.executable, "-c", DIES], env=env, capture_output=True, text=True, check=False)
    left = Path(said.stdout.strip())
    assert (left / "agencies.csv").exists()

    with scratch.folder():
        assert not left.exists()


def test_what_a_living_process_uses_and_what_others_named_alike_stay(temporary: Path) -> None:
    with scratch.folder() as mine:
        others = [temporary / f"market-credit-{name}" for name in (f"{os.getppid()}-x", "notes-x", "1-x")]
        for each in others:
            each.mkdir()

        assert scratch.sweep() == 0
        assert all(each.exists() for each in (mine, *others))
