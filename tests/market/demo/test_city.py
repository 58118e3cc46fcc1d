"""The sample city: the same for the same seed, fictional throughout, and its draws hold like real ones."""

import json
import random
from collections import Counter
from datetime import date
from typing import Any

import asyncpg
import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from market.accounts.web import SAMPLE_PASSWORD
from market.demo import SampleCityRefused
from market.demo.load import dump_hash, load, make
from market.demo.plan import Plan
from market.demo.rows import City
from market.guides import fees
from market.kernel import canonical, uscc
from market.kernel.errors import Reason
from market.ledger import tree
from market.ledger.note import key_of, sign_checkpoint
from market.selection import verifier
from market.selection.bundle import ProvedEntry, bundle_zip
from tests.server import Database, TestServer

PLAN = Plan(seed=7, until=date(2026, 11, 24), scale=0.02)
OTHER_DAY = Plan(seed=7, until=date(2026, 6, 30), scale=0.01)


def quiet(_words: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def city() -> City:
    return make(PLAN, quiet)


def by_notice(city: City, table: str) -> dict[int, dict[str, Any]]:
    return {row["notice"]: row for row in city.tables[table]}


def test_the_same_seed_and_day_make_the_same_city_to_the_byte(city: City) -> None:
    assert make(PLAN, quiet).tables == city.tables


def test_another_seed_makes_another_city() -> None:
    assert make(Plan(8, OTHER_DAY.until, OTHER_DAY.scale), quiet).tables != make(OTHER_DAY, quiet).tables


async def test_two_loads_leave_the_same_rows(server: TestServer, template: str) -> None:
    hashes = []
    for _ in range(2):
        name = await server.create(template)
        url = server.url("market_owner", name)
        await load(url, make(OTHER_DAY, quiet), quiet)
        connection = await asyncpg.connect(url)
        hashes.append(await dump_hash(connection))
        await connection.close()
        await server.drop(name)

    assert hashes[0] == hashes[1]


async def test_a_city_is_loaded_into_an_empty_market_only(database: Database, city: City) -> None:
    await load(database.url("market_owner"), city, quiet)

    with pytest.raises(SampleCityRefused):
        await load(database.url("market_owner"), city, quiet)


async def test_a_loaded_city_goes_on_where_it_ends(database: Database, city: City) -> None:
    await load(database.url("market_owner"), city, quiet)
    connection = await asyncpg.connect(database.url("market_app"))

    index = await connection.fetchval("select ledger_append(now(), 'test', 'test', '{}'::bytea)")
    at, size = await connection.fetchrow(
        "select e.at, h.size from ledger_entry e, ledger_head h where e.index = $1", index
    )
    latest = await connection.fetchval("select max(at) from ledger_entry where index < $1", index)
    await connection.close()

    assert index == city.size
    assert size == index + 1
    assert at >= latest


def test_every_organisation_is_called_a_sample(city: City) -> None:
    names = [row["name"] for row in city.tables["organisation"]]

    assert len(names) > 60
    assert [name for name in names if "示例" not in name] == []
    assert all(row["sample"] for row in city.tables["organisation"])
    assert len(set(names)) == len(names)


def test_every_code_is_fictional_and_well_formed(city: City) -> None:
    codes = [row["uscc"] for row in city.tables["organisation"]]

    assert all(code.startswith("91990000") for code in codes)
    assert [code for code in codes if isinstance(uscc.check(code), Reason)] == []
    assert len(set(codes)) == len(codes)


def test_nothing_happens_on_the_last_day_or_later(city: City) -> None:
    assert max(row["at"] for row in city.tables["ledger_entry"]) < PLAN.cut


def test_the_log_is_in_the_order_of_time_and_its_tree_is_the_tree_of_its_entries(city: City) -> None:
    entries = city.tables["ledger_entry"]

    assert [row["index"] for row in entries] == list(range(len(entries)))
    assert [row["at"] for row in entries] == sorted(row["at"] for row in entries)
    assert tree.root_of_frontier(city.frontier) == tree.root(row["body"] for row in entries)


def test_every_body_of_the_log_is_canonical_and_covers_its_document(city: City) -> None:
    documents = {row["index"]: row for row in city.tables["ledger_document"]}
    for row in city.tables["ledger_entry"][::7]:
        body = canonical.parse(row["body"])
        assert canonical.canonical(body) == row["body"]
        kept = documents.get(row["index"])
        told = {"d": "doc", "salt": kept["salt"], "doc": json.loads(kept["document"])} if kept else None
        assert body.get("doc") == (canonical.digest(told) if told else None)


def test_twenty_sample_notices_verify_in_arithmetic_and_in_trace(city: City) -> None:
    notices = [row for row in city.tables["notice"] if row["drawn_at"] and row["method"] != "direct"]
    versions, draws = by_notice(city, "notice_version"), by_notice(city, "draw")
    checkpoint, policy = checkpoint_of(city)
    for row in random.Random(1).sample(notices, 20):
        bundle = json.loads(draws[row["id"]]["bundle"])
        package = bundle_zip(bundle, proved(city, row["code"]), checkpoint)

        arithmetic, trace, _ = verifier.verify(package, None, policy)

        assert arithmetic.ok, arithmetic
        assert trace.ok, trace
        assert canonical.canonical(bundle["notice"]).decode() == versions[row["id"]]["body"]


def test_a_changed_registrant_is_noticed(city: City) -> None:
    draw = next(row for row in city.tables["draw"] if json.loads(row["bundle"])["beacons"])
    bundle = json.loads(draw["bundle"])
    bundle["lists"][0]["entries"].pop()

    arithmetic, _, _ = verifier.verify(json.dumps(bundle).encode())

    assert arithmetic.ok is False


def test_the_city_knows_every_end_a_newcomer_should_see(city: City) -> None:
    notices = Counter(row["state"] for row in city.tables["notice"])
    agencies = Counter(row["state"] for row in city.tables["agency"])

    assert {"awarded", "failed", "open"} <= set(notices)
    assert notices["awarded"] > sum(notices.values()) * 0.7
    assert {"admitted", "applying", "returned"} <= set(agencies)


def test_winners_are_the_first_in_order_who_neither_declined_nor_lost_standing(city: City) -> None:
    for award in city.tables["award"]:
        rows = [row for row in city.tables["registration"] if row["notice"] == award["notice"] and row["place"]]
        before = [row["state"] for row in rows if row["place"] < award["place"]]
        assert set(before) <= {"declined", "skipped"}


def test_fees_are_within_the_guide_and_the_ceiling(city: City) -> None:
    notices = {row["id"]: row for row in city.tables["notice"]}
    guides = {row["id"]: row for row in city.tables["guide"]}
    for guide in guides.values():
        fee = fees.from_data(guide["fee_kind"], json.loads(guide["fee"]))
        assert fees.bars_fee(fee) == ()
        assert fees.maximum(fee) == guide["fee_max_fen"]
        assert sum(step["days"] for step in json.loads(guide["steps"])) <= guide["time_limit_days"]
    for row in city.tables["registration"]:
        assert row["price_fen"] <= min(notices[row["notice"]]["ceiling_fen"], guides[row["guide"]]["fee_max_fen"])


def test_no_notice_asks_for_an_item_abolished_or_before_its_basis(city: City) -> None:
    items = {row["id"]: row for row in city.tables["item"]}
    for notice in city.tables["notice"]:
        item = items[notice["item"]]
        assert item["state"] != "abolished"
        assert item["valid_from"] is None or item["valid_from"] <= notice["published_at"].date()


def test_related_agencies_never_meet_in_a_pool(city: City) -> None:
    controller = {
        row["agency"]: row["identifier"] for row in city.tables["related_party"] if row["kind"] == "controller"
    }
    pools: dict[int, list[str]] = {}
    for row in city.tables["registration"]:
        if row["state"] != "withdrawn" and row["agency"] in controller:
            pools.setdefault(row["notice"], []).append(controller[row["agency"]])

    assert all(len(set(found)) == len(found) for found in pools.values())


def test_the_sample_accounts_open_with_the_printed_password(city: City) -> None:
    people = {row["login"]: row for row in city.tables["person"] if row["login"].startswith("sample-")}

    assert {
        "sample-owner@demo.invalid",
        "sample-agency@demo.invalid",
        "sample-agency2@demo.invalid",
        "sample-agency3@demo.invalid",
        "sample-operator@demo.invalid",
        "sample-regulator@demo.invalid",
        "sample-regulator2@demo.invalid",
        "sample-regulator3@demo.invalid",
        "sample-authority@demo.invalid",
        "sample-auditor@demo.invalid",
    } <= set(people)
    assert PasswordHasher().verify(people["sample-owner@demo.invalid"]["password_hash"], SAMPLE_PASSWORD)


def test_the_sample_agency_is_in_good_standing(city: City) -> None:
    names = {row["id"]: row["uscc"] for row in city.tables["organisation"]}
    agency = next(row for row in city.tables["agency"] if names[row["organisation"]] == names_of_sample(city))
    guides = [row for row in city.tables["guide"] if row["agency"] == agency["id"] and row["state"] == "published"]

    assert agency["state"] == "admitted"
    assert len(guides) >= 4


def names_of_sample(city: City) -> str:
    person = next(row for row in city.tables["person"] if row["login"] == "sample-agency@demo.invalid")
    place = next(row["organisation"] for row in city.tables["membership"] if row["person"] == person["id"])
    return str(next(row["uscc"] for row in city.tables["organisation"] if row["id"] == place))


def proved(city: City, code: str) -> list[ProvedEntry]:
    nodes = {(row["level"], row["index"]): row["hash"] for row in city.tables["ledger_node"]}
    nodes |= {(0, row["index"]): row["leaf"] for row in city.tables["ledger_entry"]}
    found = [row for row in city.tables["ledger_entry"] if row["subject"] == code and row["type"] in verifier.RANKS]
    return [
        ProvedEntry(row["index"], row["body"], tree.inclusion_path(lambda *at: nodes[at], row["index"], city.size))
        for row in found
    ]


def checkpoint_of(city: City) -> tuple[str, str]:
    """Return a checkpoint of the whole log and the policy that trusts it."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    origin = "sample.invalid/gongxuan"
    note = sign_checkpoint(origin, city.size, tree.root_of_frontier(city.frontier), key)
    return note, f"log {key_of(origin, key)}\n"
