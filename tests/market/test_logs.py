"""Log lines: their form, what is bound into them, and what never gets into them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from market import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Return where the log goes, and put the logging of the test run back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    logs.configure("info", stream)
    yield stream
    logs.unbind()
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_time_level_and_chinese_as_it_is(stream: io.StringIO) -> None:
    structlog.get_logger("market.test").info("已发布", notice="N-1")

    (line,) = _lines(stream)
    assert (line["event"], line["level"], line["notice"], line["logger"]) == ("已发布", "info", "N-1", "market.test")
    assert line["timestamp"].endswith("Z")
    assert "已发布" in stream.getvalue()


def test_what_is_bound_is_in_every_line_of_ours_and_of_libraries_until_unbound(stream: io.StringIO) -> None:
    logs.bind(request_id="r-1", error_number="E-7")
    structlog.get_logger().warning("ours")
    logging.getLogger("uvicorn.error").warning("theirs %s", "too")
    logs.unbind()
    structlog.get_logger().warning("later")

    ours, theirs, later = _lines(stream)
    assert ours["request_id"] == theirs["request_id"] == "r-1"
    assert theirs["error_number"] == "E-7"
    assert theirs["event"] == "theirs too"
    assert "request_id" not in later


def test_a_text_a_stranger_made_long_is_masked_and_cut_without_a_search_that_grows_with_its_square(
    stream: io.StringIO,
) -> None:
    # A search that begins again at every letter would take minutes for the first of these.
    structlog.get_logger().info("x" * 1_000_000, url="postgresql://market:p-1@h/" + "y" * 30_000)

    (line,) = _lines(stream)
    assert line["event"] == "x" * 20_000 + "… (1000000 characters)"
    assert line["url"].startswith("postgresql://market:***@h/yyy")
    assert line["url"].endswith(" characters)")


def test_secrets_are_dropped_at_any_depth_and_passwords_in_addresses_masked(stream: io.StringIO) -> None:
    structlog.get_logger().info(
        "asked",
        Password="p-1",
        session_token="p-2",
        headers={"Cookie": "p-3", "host": "h"},
        rows=[{"client_secret": "p-4"}],
    )
    logging.getLogger("x").error("cannot connect to postgresql://market_app:p-5@db/market")

    assert not any(f"p-{n}" in stream.getvalue() for n in range(1, 6))
    asked, failed = _lines(stream)
    assert asked["headers"] == {"host": "h"}
    assert failed["event"] == "cannot connect to postgresql://market_app:***@db/market"


def test_an_exception_is_in_its_line_without_the_password(stream: io.StringIO) -> None:
    try:
        raise OSError("postgresql://a:p-6@db is gone")
    except OSError:
        structlog.get_logger().exception("failed")

    (line,) = _lines(stream)
    assert "OSError" in line["exception"]
    assert "p-6" not in stream.getvalue()


def test_less_than_the_level_is_not_written(stream: io.StringIO) -> None:
    structlog.get_logger().debug("detail")

    assert stream.getvalue() == ""
