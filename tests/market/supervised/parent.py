"""A parent for the tests of the supervisor: a private PostgreSQL and the children named on the command line."""

import os
import sys
from pathlib import Path

from market.localdb import LocalPostgres
from market.supervisor import Child, PortBusy, refuse_busy_port, supervise

CHILD = Path(__file__).parent / "child.py"


def main(folder: str, port: str, *kinds: str) -> int:
    """Run the children over a server of their own."""
    try:
        refuse_busy_port("127.0.0.1", int(port))
    except PortBusy as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    server = LocalPostgres(Path(folder) / "pg", throwaway=True).start()
    children = [Child(kind, (sys.executable, str(CHILD), kind, folder, port)) for kind in kinds]
    environ = {**os.environ, "DATABASE_URL": server.url()}
    return supervise(children, host="127.0.0.1", port=int(port), environ=environ, end=server.stop)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
