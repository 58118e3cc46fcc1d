"""Imports point down: the contracts of ``pyproject.toml`` hold, and would notice if they did not."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(LINT, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def a_small_market(folder: Path, module: str, text: str) -> Path:
    """Make an empty market in *folder* in which one module says *text*."""
    for package in ("market", "market/kernel", "market/notices", "market/selection", "market/credit", "scoring"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
    (folder / "market/demo").mkdir()
    for name in ("__init__.py", "truth.py"):
        (folder / "market/demo" / name).touch()
    (folder / module).write_text(text)
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def test_imports_point_down() -> None:
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("market/notices/service.py", "import market.selection\n"),
        ("market/kernel/money.py", "import market.notices\n"),
        ("market/kernel/money.py", "import piccolo\n"),
        ("scoring/frames.py", "import market.kernel\n"),
        ("market/notices/rules.py", "import scoring\n"),
        ("market/pages.py", "import market.notices\n"),
        ("market/demo/history.py", "import market.demo.truth\n"),
    ],
)
def test_an_import_that_points_up_is_noticed(tmp_path: Path, module: str, text: str) -> None:
    result = lint(a_small_market(tmp_path, module, text))

    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout


def test_a_module_without_a_place_among_the_layers_is_noticed(tmp_path: Path) -> None:
    result = lint(a_small_market(tmp_path, "market/newcomer.py", ""))

    assert result.returncode == 1, result.stdout + result.stderr
    assert "newcomer" in result.stdout + result.stderr


def test_credit_may_import_scoring_and_be_imported_from_above(tmp_path: Path) -> None:
    folder = a_small_market(tmp_path, "market/credit/frames.py", "import scoring\n")
    (folder / "market/app.py").write_text("import market.credit.frames\n")

    result = lint(folder)

    assert result.returncode == 0, result.stdout + result.stderr
