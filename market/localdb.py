"""
A private PostgreSQL for the demo, for tests and for laptops; production sets ``DATABASE_URL`` and never comes here.

The first process that needs the database creates and starts it, the others share it, the last one to leave stops it.
Who is using it is a kernel lock, never a list of process numbers: a process that is killed drops its lock, so nothing
can be stale. Superuser is ``postgres_market``; the market itself only ever gets the three roles below.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import re
import shlex
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

from market.pgbinaries import (
    SHARED,
    LocalPostgresRefused,
    find_bindir,
    major_version,
    may_enter,
    owned_folder,
    reachable_bindir,
    run,
    service_account,
)

__all__ = ["ROLES", "SUPERUSER", "LocalPostgres", "LocalPostgresRefused", "create_roles_sql", "find_bindir"]

SUPERUSER = "postgres_market"
ROLES = ("market_owner", "market_app", "market_read")

_PORT = "5432"  # only names the socket: the server listens on no network address
_LONGEST_SOCKET_DIR = 85  # a socket's path may have 107 bytes
_PATIENCE_S = 60.0
# After an unclean stop PostgreSQL refuses to start until the last old process has left the shared memory.
_PASSING = ("pre-existing shared memory block", "is another postmaster", "lock file")


def create_roles_sql() -> str:
    """Return SQL that creates the market's three roles where they are missing; any number of times, by any admin."""
    create = """
DO $$ BEGIN
  CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;"""
    return "\n".join(create.format(role=role).strip() for role in ROLES)


@dataclass(slots=True, weakref_slot=True)
class LocalPostgres:
    """
    One private server, whose files are in *data* or, if its account cannot reach that, under ``/var/tmp``.

    *throwaway* gives up durability for speed: tests only.
    """

    data: Path
    throwaway: bool = False
    home: Path = field(init=False)
    bindir: Path = field(init=False)
    _use: IO[str] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.data = self.data.expanduser().resolve()
        self.bindir = reachable_bindir(find_bindir())
        self.home = self._home()

    def start(self) -> "LocalPostgres":
        """Create the server if there is none, start it if it does not run, and keep it running until `stop`."""
        # Under root the home belongs to root, and only the two folders within to the account that runs SQL:
        # it could otherwise replace our lock files with links to files of root.
        owned_folder(self.home, 0o711 if service_account() else 0o700)
        with self._exclusive():
            if self._use is None:
                self._use = self._open("users.lock")
                fcntl.flock(self._use, fcntl.LOCK_SH)
            atexit.register(self.stop)
            if not (self.cluster / "PG_VERSION").exists():
                self._create()
            if not self.running():
                self._stop_server()  # one whose socket somebody removed
                self._launch()
            self._await_answers()
            self._create_market()
        return self

    def stop(self) -> None:
        """Leave the server; the last one to leave stops it."""
        atexit.unregister(self.stop)
        if self._use is None:
            return
        use, self._use = self._use, None
        with self._exclusive(), use, contextlib.suppress(BlockingIOError):
            fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._stop_server()

    def running(self) -> bool:
        """Tell whether a server answers at the socket."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self.socket_dir / f".s.PGSQL.{_PORT}"))
            return True
        return False

    def url(self, role: str = "market_app", database: str = "market") -> str:
        """Return the address of *database* for *role*, over the unix socket."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket_dir))}&port={_PORT}"

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database that belongs to `market_owner`, empty or as a copy of *template*."""
        copied = f" TEMPLATE {_named(template)}" if template else ""
        self.sql(f"CREATE DATABASE {_named(name)} OWNER market_owner{copied}")

    def drop_database(self, name: str) -> None:
        """Drop a database, and whoever is connected to it; nothing happens if it is not there."""
        self.sql(f"DROP DATABASE IF EXISTS {_named(name)} WITH (FORCE)")

    def sql(self, text: str, database: str = "postgres") -> str:
        """Run SQL as the superuser and return its rows as plain lines."""
        psql: list[str | Path] = [
            self.bindir / "psql",
            "-XqAt",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            self.socket_dir,
            "-p",
            _PORT,
        ]
        return run([*psql, "-U", SUPERUSER, "-d", database, "-c", text]).strip()

    @property
    def cluster(self) -> Path:
        """Return the folder of PostgreSQL's own files."""
        return self.home / "cluster"

    @property
    def socket_dir(self) -> Path:
        """Return the folder of the socket: 0700, because who reaches it is trusted."""
        folder = self.home / "socket"
        if len(os.fsencode(folder)) <= _LONGEST_SOCKET_DIR:
            return folder
        return SHARED / f"gongxuan-socket-{_mark(self.data)}"

    def _home(self) -> Path:
        account = service_account()
        self.data.parent.mkdir(parents=True, exist_ok=True)
        if account is None or may_enter(self.data, account):
            return self.data
        return SHARED / f"gongxuan-{_mark(self.data)}"

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        with self._open("start.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _open(self, name: str) -> IO[str]:
        return open(os.open(self.home / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), "r+")

    def _create(self) -> None:
        account = service_account()
        half = self.home / "new"
        shutil.rmtree(half, ignore_errors=True)
        owned_folder(half, 0o700, account)
        # Chinese text needs a UTF-8 LC_CTYPE: with "C" no character of it counts as a letter.
        locale = ["--locale=C.UTF-8"]
        if major_version(self.bindir) >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        sync = ["--no-sync"] if self.throwaway else []
        names = ["-U", SUPERUSER, "-E", "UTF8", "-A", "trust", "--no-instructions"]
        run([self.bindir / "initdb", "-D", half, *names, *locale, *sync])
        half.rename(self.cluster)

    def _launch(self) -> None:
        owned_folder(self.socket_dir, 0o700, service_account())
        settings = {"listen_addresses": "", "port": _PORT, "unix_socket_directories": str(self.socket_dir)}
        settings |= {"max_connections": "100", "timezone": "Asia/Shanghai", "log_timezone": "Asia/Shanghai"}
        if self.throwaway:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = shlex.join(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))
        log = self.cluster / "server.log"
        give_up = time.monotonic() + _PATIENCE_S
        while True:
            seen = log.stat().st_size if log.exists() else 0
            try:
                self._pg_ctl("-o", options, "-l", str(log), "start")
            except LocalPostgresRefused as refusal:
                words = log.read_bytes()[seen:].decode(errors="replace") if log.exists() else ""
                if time.monotonic() > give_up or not any(sign in words for sign in _PASSING):
                    raise LocalPostgresRefused(f"{refusal}\n{words}") from refusal
                time.sleep(0.2)
            else:
                return

    def _stop_server(self) -> None:
        """Stop the server if there is one, listening or not."""
        with contextlib.suppress(LocalPostgresRefused):
            self._pg_ctl("status")
            self._pg_ctl("-m", "fast", "stop")

    def _pg_ctl(self, *argv: str) -> None:
        run([self.bindir / "pg_ctl", "-D", self.cluster, "-s", "-w", "-t", str(int(_PATIENCE_S)), *argv])

    def _await_answers(self) -> None:
        """Wait for a server that is found running but may still be recovering or on its way out."""
        give_up = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self.sql("SELECT 1")
            except LocalPostgresRefused:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.1)
            else:
                return

    def _create_market(self) -> None:
        missing = "SELECT 1 FROM pg_database WHERE datname = 'market'"
        if self.sql(missing) != "1":
            self.sql(create_roles_sql())
            self.create_database("market")


def _named(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise ValueError(f"not a plain database name: {name!r}")
    return f'"{name}"'


def _mark(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
