"""
No condition of the database itself is missing from the table of conditions.

Each conjunct of the functions an elimination asks, and each refusal of a decision, is taken out in turn; then some
case that lacks one condition must get through. What none notices is a condition the table has forgotten.
"""

import re
from collections.abc import Iterator

import asyncpg
import pytest

from tests.build_ripe import Office, Ripe, Stage, an_office, ripe
from tests.market.credit.elimination_conditions import CONDITIONS, EXTERNAL, GIVEN_UP
from tests.market.credit.test_elimination_conditions import FORGED, OUT, PERSON, SILENCE, lacking, refused
from tests.server import Database

SOURCE = "select pg_get_functiondef(to_regproc($1))"
# Held twice, so that the loss of one is not seen: by the months of the decision, by a check of the table of cases,
# by the moment of publication, which a ranking has only once it is published, and by the state of the case, which
# changes in the transaction that writes the measure (`test_leaving` tries to make an elimination longer).
HELD_TWICE = {
    "elimination_is_due: d.measure = 'elimination'",
    "elimination_is_due: c.served_at is not null",
    "elimination_is_due: not exists (select from measure m where m.decision = d.id)",
    "elimination_has_ground: l.state = 'published'",
}


# Of an agency's moves, these are of other moves; `test_case_sql` and the tests of its lifecycle have them.
OTHERS = {
    "agency_moves: agency %: % to % is no move of the lifecycle",
    "agency_moves: agency %: an elimination is neither moved nor made longer",
    "agency_moves: agency %: no return without an appeal that was upheld",
}


def without_a_conjunct(source: str) -> Iterator[tuple[str, str]]:
    """
    Take each ``and …`` of an expression out in turn, with whatever it holds in brackets.

    What stands under ``not exists`` is left: without it more would be refused, not less.
    """
    for found in re.finditer(r"\s+and\s+", source):
        if _under_not_exists(source[: found.start()]):
            continue
        depth, place = 0, found.end()
        while place < len(source):
            rest = source[place:]
            if depth == 0 and re.match(r"\s+and\s|\)|;|\s+or\s|\s+join\s|\s+where\s|\s+when\s|\s+then\s|\s*\$", rest):
                break
            depth += {"(": 1, ")": -1}.get(source[place], 0)
            place += 1
        yield " ".join(source[found.end() : place].split()), source[: found.start()] + source[place:]


def _under_not_exists(before: str) -> bool:
    begun = before.rfind("not exists (")
    return begun >= 0 and before[begun:].count("(") > before[begun:].count(")")


def without_a_refusal(source: str) -> Iterator[tuple[str, str]]:
    """Take each refusal out in turn."""
    for found in re.finditer(r"raise exception '[^;]*;", source):
        yield found[0].split("'")[1], source[: found.start()] + "null;" + source[found.end() :]


async def gets_through(tries: list[tuple[Ripe, str]]) -> bool:
    for case, statement in tries:
        if await refused(statement.format(**case.words())) == ("", ""):
            return True
    return False


async def tries(office: Office, *stages: Stage, statements: tuple[str, ...]) -> list[tuple[Ripe, str]]:
    """Return each case that lacks a condition with every statement, and one that lacks nothing with what is forged."""
    found = []
    for stage in stages:
        whole = await ripe(office, GIVEN_UP if stage is Stage.SILENT else EXTERNAL, stage)
        found += [(whole, forged) for forged in FORGED[stage]]
        for condition in CONDITIONS:
            for ground, when in condition.cases():
                if when is stage and (case := await lacking(office, condition, ground, stage)) is not None:
                    found += [(case, statement) for statement in statements]
    return found


@pytest.mark.slow
async def test_no_condition_of_the_database_is_missing_from_the_table(database: Database) -> None:
    owner = await asyncpg.connect(database.url("market_owner"))
    async with an_office(database) as office:
        executing = await tries(office, Stage.SIGNED, statements=(OUT,))
        deciding = await tries(office, Stage.UNSIGNED, Stage.SILENT, statements=(PERSON, SILENCE))
        asked = {
            "elimination_is_due": (without_a_conjunct, executing),
            "elimination_has_ground": (without_a_conjunct, executing),
            "abandonments_confirmed": (without_a_conjunct, executing),
            "agency_moves": (without_a_refusal, executing),
            "decision_is_lawful": (without_a_refusal, deciding),
        }
        unnoticed = set()
        for name, (cut, tried) in asked.items():
            source = await owner.fetchval(SOURCE, name)
            for what, bent in cut(source):
                await owner.execute(bent)
                if not await gets_through(tried):
                    unnoticed.add(f"{name}: {what}")
            await owner.execute(source)
    await owner.close()
    assert unnoticed == HELD_TWICE | OTHERS
