"""
Fixtures of every test that needs PostgreSQL.

One server for the run, one migrated template; `database` is one copy that is emptied after each test. A module whose
tests only read may take `module_database` instead, one copy for all of them; the two cannot be mixed in a module.
"""

import gc
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest
import structlog
from argon2 import PasswordHasher

from market import db
from market.accounts import service as accounts
from market.localdb import SUPERUSER, LocalPostgres
from market.migrate import migrate
from tests.server import Database, Spare, TestServer

ROOT: Final = Path(__file__).parent


# What takes longest begins first, lest one process work on it alone at the end. `make test` tells xdist not to sort
# files itself: it would begin with those of the most tests, and the longest have few.
LONGEST: Final = (
    "flows/test_story.py",
    "market/test_supervisor.py",
    "market/credit/test_evaluation.py",
    "races/test_exactly_once.py",
    "market/selection/test_quotes.py",
    "market/test_localdb.py",
    "market/credit/test_objections.py",
    "market/demo",
    "scoring",
    "market/selection",
    "market/accounts",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files; within a file the order stays."""

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(ROOT).as_posix()
        return next((place for place, start in enumerate(LONGEST) if path.startswith(start)), len(LONGEST))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Search for garbage seldom: each test makes an application anew, and everything imported is here to stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Name the one event loop of the run: a connection pool cannot cross loops."""
    return "asyncio"


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """Put logging back after a test that ran a program of ours in this process, lest every later test write its log."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    if structlog.is_configured():
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def own_hasher() -> Iterator[PasswordHasher]:
    """Hash the passwords of tests with a hundredth of the work; return what the market hashes with."""
    with pytest.MonkeyPatch.context() as patch:
        own = accounts._hasher
        patch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=1_024, parallelism=1))
        yield own


@pytest.fixture
def scratch() -> Iterator[Path]:
    """Return an empty folder that every account may pass, unlike pytest's own under root."""
    with _passable_folder() as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def admin_url() -> Iterator[str]:
    """Return the administrator's address of the server of this run."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with _passable_folder() as folder:
        local = LocalPostgres(Path(folder) / "pg", throwaway=True).start()
        yield local.url(SUPERUSER, "postgres")
        local.stop()
        shutil.rmtree(local.home, ignore_errors=True)


@pytest.fixture(scope="session")
async def server(anyio_backend: str, admin_url: str) -> AsyncIterator[TestServer]:
    """Return the server, with the three roles."""
    server = TestServer(admin_url)
    await server.open()
    yield server
    await server.admin.close()


@pytest.fixture(scope="session")
async def template(server: TestServer) -> AsyncIterator[str]:
    """Return the name of a database with every migration applied, to copy."""
    name = await server.create()
    await migrate(server.url("market_owner", name))
    yield name
    await server.drop(name)


@pytest.fixture
async def empty_database(server: TestServer) -> AsyncIterator[Database]:
    """Return a database without any table, and leave `market.db` alone."""
    name = await server.create()
    yield Database(server, name)
    await server.drop(name)


@pytest.fixture(scope="session")
async def spare(server: TestServer, template: str) -> AsyncIterator[Spare]:
    """Keep the one database that tests use in turn."""
    found = Spare(server, template)
    yield found
    await found.drop()


@pytest.fixture
async def database(server: TestServer, spare: Spare) -> AsyncIterator[Database]:
    """Return a database as the migrations left it, with `market.db` connected as `market_app`."""
    name = await spare.take()
    await db.connect(server.url("market_app", name))
    yield Database(server, name)
    await db.close()
    await spare.give_back()


@pytest.fixture(scope="module")
async def module_database(server: TestServer, template: str) -> AsyncIterator[Database]:
    """Return one copy for a whole module whose tests do not write."""
    name = await server.create(template)
    await db.connect(server.url("market_app", name))
    yield Database(server, name)
    await db.close()
    await server.drop(name)


def _passable_folder() -> "tempfile.TemporaryDirectory[str]":
    folder = tempfile.TemporaryDirectory(prefix="market-test-", ignore_cleanup_errors=True)
    Path(folder.name).chmod(0o755)
    return folder
