"""Checking opened quotes offline: a true package passes in both verifiers, and whatever is changed in it fails."""

import copy
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from market import db
from market.kernel.canonical import canonical, digest
from market.ledger import service as ledger
from market.ledger.signer import Signer, sign_checkpoint
from market.registrations.sealing import Keys
from market.selection import service, verifier
from tests.build_selection import BEACON, DRAW_AT, FLOOR, REVEAL_BY, City, a_city, opened
from tests.market.selection.test_verifier import members, zipped
from tests.market.selection.test_verify_js import NODE, encoded, run
from tests.server import Database

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
async def city(database: Database) -> AsyncIterator[City]:
    async with a_city(database) as city:
        yield city


@pytest.fixture
async def package(city: City, tmp_path: Path) -> tuple[bytes, str]:
    """Return draw.zip of a notice with a tie, a quote out of range and one that does not open, and its policy."""
    keys, agencies = Keys(tmp_path), sorted(city.agencies)
    quotes = dict(zip(agencies, [50_000, 50_000, 55_000, FLOOR - 1, 43_000], strict=True))
    notice = await city.notice(method="lowest_quote", quotes=quotes, quote_key=keys.create())
    spoilt = "update sealed_quote set sealed = 'ff' where registration = (select id from registration where uscc = $1)"
    await city.connection.execute(spoilt, agencies[4])
    row = await db.row("select hash, published_at from notice_version where notice = $1", notice.id)
    assert row is not None
    fields = {"notice": notice.code, "version": 1, "hash": row["hash"]}
    async with db.writing():
        await ledger.append("notice.published", at=row["published_at"], subject=notice.code, fields=fields)
    await opened(notice)
    await service.open_quotes(notice.id, keys=keys, now=REVEAL_BY)
    await service.publish_beacon("practice", notice.event, BEACON, now=DRAW_AT)
    await service.draw(notice.id, now=DRAW_AT)
    signer = Signer.create(tmp_path / "log", "market.example/log")
    await sign_checkpoint(signer, now=DRAW_AT)
    return await service.package(notice.code), f"log {signer.vkey}\n"


def verdicts(data: bytes, policy: str) -> list[tuple[bool | None, str]]:
    """Return ok and field of both verdicts, and demand that the browser says the same."""
    found = [(verdict.ok, verdict.field) for verdict in verifier.verify(data, None, policy)[:2]]
    if NODE is not None:
        ((told, _),) = run([{"data": encoded(data), "policy": policy}])
        assert [(told[name]["ok"], told[name]["field"]) for name in ("arithmetic", "trace")] == found
    return found


async def test_a_true_package_of_quotes_holds_in_both_verdicts(package: tuple[bytes, str]) -> None:
    assert verdicts(*package) == [(True, ""), (True, "")]
    bundle = json.loads(members(package[0])["draw.json"])
    assert [part["excluded"] for part in bundle["opening"]["quotes"]] == [
        None,
        None,
        None,
        "out_of_range",
        "unopenable",
    ]
    assert [part["fen"] for part in bundle["selection"]["ranking"]] == [50_000, 50_000, 55_000]


def a_lower_price(bundle: dict[str, Any]) -> None:
    bundle["opening"]["quotes"][2]["fen"] = FLOOR


def a_hidden_quote(bundle: dict[str, Any]) -> None:
    bundle["opening"]["quotes"][0] |= {"fen": None, "salt": None, "excluded": "unopenable"}


def an_agency_left_out(bundle: dict[str, Any]) -> None:
    del bundle["opening"]["quotes"][0]


def one_out_of_range_let_in(bundle: dict[str, Any]) -> None:
    bundle["opening"]["quotes"][3]["excluded"] = None


def a_tie_turned(bundle: dict[str, Any]) -> None:
    ranking = bundle["selection"]["ranking"]
    ranking[0], ranking[1] = ranking[1], ranking[0]


def without_the_opening(bundle: dict[str, Any]) -> None:
    del bundle["opening"], bundle["selection"]


CHANGES: list[tuple[Change, str]] = [
    (a_lower_price, "opening.quotes[2].fen"),
    (a_hidden_quote, "selection.opening"),
    (an_agency_left_out, "opening.quotes"),
    (one_out_of_range_let_in, "opening.quotes[3].excluded"),
    (a_tie_turned, "selection.ranking"),
    (without_the_opening, "opening"),
]


async def test_whatever_is_changed_in_the_opening_or_the_order_fails_at_its_field(package: tuple[bytes, str]) -> None:
    data, policy = package
    for change, field in CHANGES:
        parts = members(data)
        bundle = json.loads(parts["draw.json"])
        change(bundle)
        changed = zipped(**(parts | {"draw.json": canonical(bundle).decode()}))
        assert verdicts(changed, policy)[0] == (False, field), change.__name__


async def test_an_opening_and_an_order_that_were_both_forged_consistently_fail_the_trace(
    package: tuple[bytes, str],
) -> None:
    """A holder of the key who hides a quote can make the arithmetic right, but not the log."""
    data, policy = package
    parts = members(data)
    bundle = json.loads(parts["draw.json"])
    forged = copy.deepcopy(bundle)
    hidden = forged["selection"]["ranking"].pop(0)["agency"]
    for part in forged["opening"]["quotes"]:
        if part["agency"] == hidden:
            part |= {"fen": None, "salt": None, "excluded": "unopenable"}
    forged["selection"]["opening"] = digest(forged["opening"], "sha256")

    changed = zipped(**(parts | {"draw.json": canonical(forged).decode()}))

    assert verdicts(changed, policy) == [(True, ""), (False, "opening")]
