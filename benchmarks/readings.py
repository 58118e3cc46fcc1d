"""
The market as ``serve`` runs it, with one header more: when the clock said that a request had come.

Only with it can a registration that was refused as late be held against the deadline.
"""

import os
from typing import Final

import uvicorn
from litestar.enums import ScopeType
from litestar.types import Message, Receive, Scope, Send

from market import logs
from market.app import Market, create_app
from market.settings import Settings
from market.visit import Visit

HEADER: Final = "x-reading"


class Told:
    """The application, telling the reading of the clock with each answer."""

    def __init__(self, market: Market) -> None:
        """Stand before *market*."""
        self.market = market

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit: Visit | None = scope["state"].get("visit")
                reading = visit.now.isoformat() if visit else ""
                message["headers"] = [*message.get("headers", []), (HEADER.encode(), reading.encode())]
            await send(message)

        await self.market(scope, receive, told if scope["type"] == ScopeType.HTTP else send)


def main() -> None:
    """Serve on the port that was asked for."""
    settings = Settings.read(os.environ, command="serve")
    logs.configure(settings.log_level)
    app = Told(create_app(settings))
    uvicorn.run(app, host=settings.host, port=settings.port, access_log=False, log_config=None)


if __name__ == "__main__":
    main()
