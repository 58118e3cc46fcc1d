"""A child for the tests of the supervisor: ``web PORT``, ``worker``, ``stubborn`` or ``failing``."""

import http.server
import os
import signal
import sys
import time
from pathlib import Path

from market.supervisor import watch_parent


class _Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Say nothing."""


def main(kind: str, folder: str, port: str) -> None:
    """Write down our number, then be what *kind* says."""
    with (Path(folder) / f"{kind}.pids").open("a") as pids:
        pids.write(f"{os.getpid()}\n")
    if kind == "failing":
        sys.exit(3)
    if kind == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    watch_parent()
    if kind == "web":
        http.server.HTTPServer(("127.0.0.1", int(port)), _Ready).serve_forever()
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
