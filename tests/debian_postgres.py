"""
Run pytest against a system PostgreSQL through ``DATABASE_URL``: the way a deployment comes to its database.

The server is a throwaway cluster of the system's own binaries; the tests see nothing but an administrator's address.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from market.localdb import SUPERUSER, LocalPostgres


def main(arguments: list[str]) -> int:
    """Start the server, run pytest with *arguments*, stop the server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parts[-2]))
    if not found:
        sys.exit("no PostgreSQL of the system found")
    os.environ["MARKET_PG_BINDIR"] = str(found[0])
    with tempfile.TemporaryDirectory(prefix="market-debian-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = LocalPostgres(Path(folder) / "pg", throwaway=True).start()
        try:
            environment = {**os.environ, "DATABASE_URL": server.url(SUPERUSER, "postgres")}
            del environment["MARKET_PG_BINDIR"]
            command = [sys.executable, "-m", "pytest", "-q", *arguments]
            return subprocess.run(command, env=environment, check=False).returncode
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
