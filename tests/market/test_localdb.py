"""The private PostgreSQL: who may do what in it, how long it lives, and what it refuses."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from market.localdb import LocalPostgres, LocalPostgresRefused, create_roles_sql, find_bindir
from market.pgbinaries import may_enter, owned_folder, reachable_bindir, service_account

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has an account to step down to")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def postgres(scratch: Path) -> Iterator[LocalPostgres]:
    server = LocalPostgres(scratch / "pg", throwaway=True).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalPostgres]:
    """Return one server for the tests that do not end it."""
    with tempfile.TemporaryDirectory(prefix="market-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = LocalPostgres(Path(folder) / "pg", throwaway=True).start()
        yield server
        server.stop()


def _as(server: LocalPostgres, role: str, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [server.bindir / "psql", "-XAt", server.url(role), "-c", text], capture_output=True, text=True, check=False
    )


def test_a_new_server_has_three_roles_without_power_and_a_database_of_the_owner(shared: LocalPostgres) -> None:
    roles = shared.sql(
        "SELECT rolname, rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls FROM pg_roles "
        "WHERE rolname LIKE 'market_%' ORDER BY 1"
    )
    owner = shared.sql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'market'")

    assert roles.splitlines() == ["market_app|f", "market_owner|f", "market_read|f"]
    assert owner == "market_owner"
    assert _as(shared, "market_owner", "CREATE TABLE mine ()").returncode == 0
    for role in ("market_app", "market_read"):
        assert "permission denied for schema public" in _as(shared, role, "CREATE TABLE mine_too ()").stderr


def test_the_roles_can_be_created_again_without_harm(shared: LocalPostgres) -> None:
    shared.sql(create_roles_sql())
    shared.sql(create_roles_sql())


def test_sql_cannot_read_what_only_root_may_read(shared: LocalPostgres) -> None:
    shared.sql("CREATE TABLE said (line text)")
    shared.sql("COPY said FROM PROGRAM 'id -u; grep CapEff /proc/self/status | cut -f2'")

    assert shared.sql("SELECT line FROM said").splitlines() == [
        str(account.pw_uid if (account := service_account()) else os.geteuid()),
        "0" * 16,
    ]
    with pytest.raises(LocalPostgresRefused, match='program "cat /etc/shadow" failed'):
        shared.sql("COPY said FROM PROGRAM 'cat /etc/shadow'")


def test_chinese_characters_are_letters_and_times_are_of_shanghai(shared: LocalPostgres) -> None:
    assert shared.sql("SELECT '工程造价' ~ '^[[:alpha:]]+$'") == "t"
    assert shared.sql("SHOW timezone") == "Asia/Shanghai"
    assert shared.sql("SHOW max_connections") == "100"
    assert shared.sql("SHOW listen_addresses") == ""


def test_the_last_one_to_leave_stops_the_server(postgres: LocalPostgres) -> None:
    second = LocalPostgres(postgres.data, throwaway=True).start()

    postgres.stop()
    assert second.running()

    second.stop()
    assert not second.running()


def test_a_user_that_was_killed_keeps_nothing_alive(scratch: Path) -> None:
    program = (
        f"import os, pathlib, signal; from market.localdb import LocalPostgres as P; "
        f"P(pathlib.Path({str(scratch)!r}) / 'pg', throwaway=True).start(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == -signal.SIGKILL
    heir = LocalPostgres(scratch / "pg", throwaway=True)
    assert heir.running()

    heir.start().stop()

    assert not heir.running()


def test_a_server_that_was_killed_starts_again_with_what_was_committed(scratch: Path) -> None:
    server = LocalPostgres(scratch / "pg").start()
    server.sql("CREATE TABLE kept AS SELECT 7 AS n", "market")
    os.kill(int((server.cluster / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    while server.running():
        time.sleep(0.01)

    server.start()

    assert server.sql("SELECT n FROM kept", "market") == "7"
    server.stop()


def test_a_server_whose_socket_was_removed_is_started_anew(postgres: LocalPostgres) -> None:
    shutil.rmtree(postgres.socket_dir)

    again = LocalPostgres(postgres.data, throwaway=True).start()

    assert again.sql("SELECT 1") == "1"
    again.stop()


def test_a_long_path_moves_only_the_socket(scratch: Path) -> None:
    server = LocalPostgres(scratch / ("long" * 30) / "pg", throwaway=True).start()

    assert server.sql("SELECT 1") == "1"
    assert len(str(server.socket_dir)) < 60
    assert server.cluster.is_relative_to(scratch)

    server.stop()
    shutil.rmtree(server.socket_dir)


def test_databases_are_copied_from_a_template_and_dropped_under_their_users(shared: LocalPostgres) -> None:
    _as(shared, "market_owner", "CREATE TABLE seed AS SELECT 1 AS n")
    shared.create_database("copy_1", template="market")
    assert shared.sql("SELECT n FROM seed", "copy_1") == "1"
    sleeper = subprocess.Popen(
        [shared.bindir / "psql", "-Xc", "SELECT pg_sleep(60)", shared.url(database="copy_1")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while shared.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'copy_1'") == "0":
        time.sleep(0.02)

    shared.drop_database("copy_1")
    shared.drop_database("copy_1")

    assert sleeper.wait(10) != 0
    with pytest.raises(ValueError, match="not a plain database name"):
        shared.create_database('x"; DROP ROLE market_app')


@as_root
def test_a_folder_the_account_cannot_reach_is_replaced_by_one_it_can(scratch: Path) -> None:
    scratch.chmod(0o700)
    server = LocalPostgres(scratch / "pg", throwaway=True).start()

    assert str(server.home).startswith("/var/tmp/gongxuan-")
    assert server.sql("SELECT 1") == "1"
    assert (server.home.stat().st_uid, server.home.stat().st_mode & 0o777) == (0, 0o711)
    assert server.cluster.stat().st_mode & 0o777 == server.socket_dir.stat().st_mode & 0o777 == 0o700
    assert not (scratch / "pg").exists()

    server.stop()
    shutil.rmtree(server.home)


@as_root
def test_programs_the_account_cannot_reach_are_copied_once(scratch: Path) -> None:
    tree = scratch / "closed" / "pginstall"
    shutil.copytree(find_bindir().parent, tree, symlinks=True)
    tree.parent.chmod(0o700)
    account = service_account()
    assert account is not None

    copied = reachable_bindir(tree / "bin", shared=scratch)
    (copied.parent / "once").touch()

    assert copied != tree / "bin"
    assert may_enter(copied, account)
    assert (reachable_bindir(tree / "bin", shared=scratch).parent / "once").exists()


@as_root
def test_an_ordinary_user_has_a_server_of_his_own(scratch: Path) -> None:
    mine = owned_folder(scratch / "user", 0o700, service_account())
    program = (
        f"import pathlib; from market.localdb import LocalPostgres as P; "
        f"p = P(pathlib.Path({str(mine)!r}) / 'pg', throwaway=True).start(); print(p.home, p.sql('SELECT 1'))"
    )
    account = service_account()
    assert account is not None
    python = next(
        (path for path in (sys.executable, "/usr/bin/python3") if may_enter(Path(path).resolve().parent, account)), None
    )
    if python is None:
        pytest.skip("no Python that the account can reach")

    told = subprocess.run(
        [python, "-c", program],
        cwd=ROOT,
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        env={"PYTHONDONTWRITEBYTECODE": "1", "MARKET_PG_BINDIR": str(reachable_bindir(find_bindir()))},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.split() == [str(mine / "pg"), "1"]


@pytest.mark.parametrize(("told", "accepted"), [("14.9", False), ("15.0", True), ("18.6 (Debian 18.6-1)", True)])
def test_postgresql_before_15_is_refused(scratch: Path, told: str, accepted: bool) -> None:
    fake = scratch / "postgres"
    fake.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {told}'\n")
    fake.chmod(0o755)

    if accepted:
        assert find_bindir({"MARKET_PG_BINDIR": str(scratch)}) == scratch
    else:
        with pytest.raises(LocalPostgresRefused, match="14 is too old: 15 or newer"):
            find_bindir({"MARKET_PG_BINDIR": str(scratch)})


def test_a_bindir_without_postgres_is_refused_and_not_replaced(scratch: Path) -> None:
    with pytest.raises(LocalPostgresRefused, match="MARKET_PG_BINDIR"):
        find_bindir({"MARKET_PG_BINDIR": str(scratch)})


def test_a_link_in_the_place_of_the_folder_is_refused(scratch: Path) -> None:
    (scratch / "elsewhere").mkdir()
    (scratch / "pg").symlink_to(scratch / "elsewhere")

    with pytest.raises(LocalPostgresRefused, match="belongs to another account"):
        owned_folder(scratch / "pg", 0o700)
