"""
Draw packages made by the real services in a database, changed value by value: one of the two verdicts fails each time.

The pure twin of this module builds its own log; here the entries, the proofs and the checkpoint are the market's own,
with the draws of fifty notices in one log. The normal run tries a few values of each package, the slow one all.
"""

import json
import random
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from market import db
from market.ledger import note
from market.ledger import service as ledger
from market.ledger.signer import Signer, sign_checkpoint
from market.selection import service, verifier
from tests.build_selection import (
    CLOSES,
    DRAW_AT,
    FREEZE,
    KEEPERS,
    REVEAL_BY,
    SECOND,
    SECRETS,
    Built,
    City,
    a_city,
)
from tests.market.selection.bundles import made
from tests.market.selection.test_verifier import at, changed, leaves, members, other, zipped
from tests.server import Database

BUNDLES = 50
ORIGIN = "market.example/log"
SAMPLED = [pytest.param(6, id="sample"), pytest.param(None, id="all", marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
async def packages(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[bytes], str]:
    """Return the packages of fifty draws and the line that trusts the log's key."""
    signer = Signer.create(tmp_path_factory.mktemp("keys") / "keys", ORIGIN)
    async with a_city(module_database, agencies=12) as city:
        codes = [await drawn(city, random.Random(seed), seed) for seed in range(BUNDLES)]
    await sign_checkpoint(signer, now=DRAW_AT + timedelta(days=BUNDLES))
    return [await service.package(code) for code in codes], f"log {signer.vkey}\n"


async def drawn(city: City, rng: random.Random, seed: int) -> str:
    """Take a notice through its acts on a day of its own: three to twelve registrants, now and then a lost secret."""
    moved = timedelta(hours=seed)
    entrants = rng.sample(sorted(city.agencies), rng.randint(3, 12))
    suite = rng.choice(("sha256", "sm3"))
    notice = await city.notice(entrants, closes_at=CLOSES + moved, suite=suite)
    await enter_publication(notice)
    await service.freeze(notice.id, now=FREEZE + moved)
    lost = rng.choice((None, None, *KEEPERS))
    for keeper in KEEPERS:
        if keeper != lost:
            await service.reveal(keeper, notice.id, SECRETS[keeper], now=FREEZE + SECOND + moved)
    assert await service.freeze_inputs(notice.id, now=(REVEAL_BY + SECOND if lost else FREEZE + 2 * SECOND) + moved)
    await service.publish_beacon("practice", notice.event, rng.randbytes(32).hex(), now=DRAW_AT + moved)
    assert await service.draw(notice.id, now=DRAW_AT + moved)
    return notice.code


async def enter_publication(built: Built) -> None:
    """Put the publication into the log, as publishing does."""
    row = await db.row(
        "select v.hash, v.published_at from notice_version v where v.notice = $1 and v.number = 1", built.id
    )
    assert row is not None
    fields = {"notice": built.code, "version": 1, "hash": row["hash"]}
    async with db.writing():
        await ledger.append("notice.published", at=row["published_at"], subject=built.code, fields=fields)


def judged(package: bytes, policy: str) -> list[verifier.Verdict]:
    return list(verifier.verify(package, None, policy)[:2])


def failing(package: bytes, policy: str) -> list[str]:
    """Name the fields of the verdicts that fail."""
    return [verdict.field for verdict in judged(package, policy) if verdict.ok is False]


async def test_every_package_of_the_market_passes_both_verdicts(packages: tuple[list[bytes], str]) -> None:
    made_here, policy = packages

    assert [[verdict.ok for verdict in judged(package, policy)] for package in made_here] == [[True, True]] * BUNDLES
    bundles = [json.loads(members(package)["draw.json"]) for package in made_here]
    assert {bundle["notice"]["suite"] for bundle in bundles} == {"sha256", "sm3"}
    assert any(each["secret"] is None for bundle in bundles for each in bundle["secrets"])


@pytest.mark.parametrize("most", SAMPLED)
async def test_every_changed_value_of_a_draw_fails_a_verdict_that_names_it(
    packages: tuple[list[bytes], str], most: int | None
) -> None:
    made_here, policy = packages
    for number, package in enumerate(made_here):
        rng, parts = random.Random(number), members(package)
        draw = json.loads(parts["draw.json"])
        for path in chosen(draw, most, rng):
            tampered = json.dumps(changed(draw, path, other(at(draw, path), rng)))
            named = failing(zipped(**{**parts, "draw.json": tampered}), policy)
            # A beacon's value shows in the seed that was drawn from it; everything else under its own name.
            top = str(path[0]) if path else "more"
            right = ("result.seed", top) if top == "beacons" else (top,)
            assert any(field.startswith(right) for field in named), (number, path, named)


@pytest.mark.parametrize("most", SAMPLED)
async def test_every_changed_value_of_the_proofs_fails_the_trace(
    packages: tuple[list[bytes], str], most: int | None
) -> None:
    made_here, policy = packages
    for number, package in enumerate(made_here):
        rng, parts = random.Random(number), members(package)
        entries = json.loads(parts["entries.json"])
        for path in chosen(entries, most, rng):
            tampered = json.dumps(changed(entries, path, other(at(entries, path), rng)))
            arithmetic, trace = judged(zipped(**{**parts, "entries.json": tampered}), policy)
            assert arithmetic.ok, (number, path)
            assert trace.ok is False, (number, path)
            assert trace.field.startswith("entries"), (number, path, trace)


def chosen(value: Any, most: int | None, rng: random.Random) -> list[Any]:
    """Return the paths to change: all, or a few."""
    paths = list(leaves(value))
    return paths if most is None else rng.sample(paths, min(most, len(paths)))


async def test_the_proofs_of_another_draw_of_the_same_log_fail_the_trace(packages: tuple[list[bytes], str]) -> None:
    made_here, policy = packages
    mine, theirs = members(made_here[0]), members(made_here[1])

    arithmetic, trace = judged(zipped(**{**mine, "entries.json": theirs["entries.json"]}), policy)

    assert (arithmetic.ok, trace.ok, trace.field) == (True, False, "notice.id")


async def test_a_wholly_invented_package_with_its_own_tree_and_key_fails_the_trace(
    packages: tuple[list[bytes], str],
) -> None:
    _, policy = packages
    invented = made(7)
    invented.key = Ed25519PrivateKey.generate()

    arithmetic, trace = judged(invented.pack(), policy)

    assert (arithmetic.ok, trace.ok, trace.field) == (True, False, "checkpoint")


async def test_the_true_log_signed_with_another_key_of_the_same_name_fails_the_trace(
    packages: tuple[list[bytes], str],
) -> None:
    made_here, policy = packages
    size, root, _ = await ledger.head()
    forged = note.sign_checkpoint(ORIGIN, size, root, Ed25519PrivateKey.generate())

    arithmetic, trace = judged(zipped(**{**members(made_here[0]), "checkpoint": forged}), policy)

    assert (arithmetic.ok, trace.ok, trace.field) == (True, False, "checkpoint")
