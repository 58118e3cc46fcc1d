"""Fixtures of every test that needs PostgreSQL: one throwaway server for the run."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Name the one event loop of the run: a connection pool cannot cross loops."""
    return "asyncio"


@pytest.fixture
def scratch() -> Iterator[Path]:
    """Return an empty folder that every account may pass, unlike pytest's own under root."""
    folder = Path(tempfile.mkdtemp(prefix="market-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
