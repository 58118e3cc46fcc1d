"""
The one form of every log line: JSON for machines, ``key=value`` colours in a terminal, always on stderr.

What identifies a request is bound once, by `bind`, and appears in every line until `unbind`. Neither people's data nor
secrets may be logged: keys that sound secret are dropped, passwords in addresses are masked, and a text a stranger made
long is cut, here and not at each call.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_SECRET = ("password", "secret", "token", "cookie", "authorization", "csrf")
# Begins at "://" and passes no "/", so that the time grows with the length of the text and not with its square.
_IN_ADDRESS = re.compile(r"(?P<before>://[^\s:/@]*):[^\s@/]+@")
_LONGEST = 20_000
_NOISY = ("apscheduler", "asyncio", "uvicorn.access")


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send every log line of this process, ours and the libraries', to *stream* (stderr) in the one form."""
    stream = stream or sys.stderr
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        withhold,
    ]
    form: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if stream.isatty():
        form = structlog.dev.ConsoleRenderer()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, form],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def bind(**values: str) -> None:
    """Put *values* (``request_id``, ``error_number``) into every line of this task from now on."""
    structlog.contextvars.bind_contextvars(**values)


def unbind() -> None:
    """Forget what `bind` has bound; the first thing a request does."""
    structlog.contextvars.clear_contextvars()


def withhold(logger: object, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop what sounds like a secret from a log line, at any depth, and mask passwords in addresses."""
    kept: MutableMapping[str, Any] = _clean(line)
    return kept


def _clean(thing: Any) -> Any:
    if isinstance(thing, MutableMapping):
        return {key: _clean(found) for key, found in thing.items() if not _sounds_secret(key)}
    if isinstance(thing, list | tuple):
        return [_clean(found) for found in thing]
    if isinstance(thing, str):
        masked = _IN_ADDRESS.sub(r"\g<before>:***@", thing)
        return masked if len(masked) <= _LONGEST else f"{masked[:_LONGEST]}… ({len(masked)} characters)"
    return thing


def _sounds_secret(key: object) -> bool:
    return isinstance(key, str) and any(word in key.lower() for word in _SECRET)
