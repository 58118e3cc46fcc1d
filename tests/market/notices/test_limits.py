"""Statutory limits: each binds its own funds and its own kind of service, from its very amount on."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from market.catalogue.seed import load
from market.kernel import rulesets
from market.kernel.rulesets.schema import Funds
from market.notices import service
from market.notices.rules.asked import ExceptionClaim, FundShare
from market.notices.rules.limits import Matter, Stated, lowest
from market.seeding import limit_rows
from tests.build_notices import NOW, Place, a_place, a_project, some_conditions, some_needs
from tests.server import Database

MODEL = rulesets.get("model-2026")
AT = 100_000_000  # fen: CNY 1,000,000 in both limits of the model rules
ABOVE = ["above_statutory_limit"]
NAMES = ("code", "division_prefix", "qualification", "funds", "limit_fen", "basis", "valid_from", "valid_until")


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Place]:
    """Return a city with an owner and an item."""
    async with a_place(database) as found:
        yield found


async def reasons(place: Place, funds: Funds, ceiling_fen: int, claim: ExceptionClaim | None = None) -> list[str]:
    """Return why a draft of one kind of funds may not be published."""
    code = await place.a_draft(
        project=a_project(funds=(FundShare(funds, 100),)),
        needs=some_needs(ceiling_fen=ceiling_fen),
        conditions=some_conditions(exception=claim),
    )
    check = await service.check(code, actor=place.owner, now=NOW)
    return [reason.code for reason in check.refusals]


async def demand_design(place: Place) -> None:
    """Let the item be one of design: its template asks for that qualification."""
    await place.add("item_qualification", item=place.item, code="design", name="工程设计资质")


async def seeded(place: Place) -> None:
    """Write the ruleset's limits into the yearly table, as every migration does."""
    for row in limit_rows(MODEL.limits):
        await place.add("statutory_limit", **dict(zip(NAMES, row, strict=True)))


def a_row(**changes: Any) -> dict[str, Any]:
    """Return a row of the yearly table: a lower procurement limit of the city."""
    facts = {
        "code": "procurement", "division_prefix": "9901", "qualification": "*",
        "funds": ["government_investment", "fiscal_funds"], "limit_fen": 38_600_000, "basis": "-",
        "valid_from": date(2026, 1, 1),
    }  # fmt: skip
    return facts | changes


@pytest.mark.parametrize("in_the_table", [False, True])
@pytest.mark.parametrize(("ceiling_fen", "refused"), [(AT - 1, []), (AT, ABOVE), (AT + 1, ABOVE)])
async def test_fiscal_funds_meet_the_procurement_limit_at_its_amount(
    place: Place, ceiling_fen: int, refused: list[str], in_the_table: bool
) -> None:
    if in_the_table:
        await seeded(place)

    assert await reasons(place, Funds.FISCAL_FUNDS, ceiling_fen) == refused


@pytest.mark.parametrize("in_the_table", [False, True])
async def test_state_owned_money_meets_no_procurement_limit(place: Place, in_the_table: bool) -> None:
    if in_the_table:
        await seeded(place)

    assert await reasons(place, Funds.STATE_OWNED, AT * 9) == []


@pytest.mark.parametrize("in_the_table", [False, True])
@pytest.mark.parametrize(("ceiling_fen", "refused"), [(AT - 1, []), (AT, ABOVE), (AT + 1, ABOVE)])
async def test_state_owned_design_meets_the_limit_of_invitation(
    place: Place, ceiling_fen: int, refused: list[str], in_the_table: bool
) -> None:
    await demand_design(place)
    if in_the_table:
        await seeded(place)

    assert await reasons(place, Funds.STATE_OWNED, ceiling_fen) == refused


async def test_private_money_meets_no_limit_at_all(place: Place) -> None:
    await demand_design(place)
    await seeded(place)

    assert await reasons(place, Funds.PRIVATE, AT * 9) == []


async def test_a_recorded_exception_lets_a_notice_pass_the_limit(place: Place) -> None:
    claim = ExceptionClaim("procurement_above_limit", "示例批文")

    assert await reasons(place, Funds.FISCAL_FUNDS, AT, claim) == []


@pytest.mark.parametrize(("limit_fen", "refused"), [(38_600_000, ABOVE), (38_600_001, []), (AT * 2, [])])
async def test_what_a_place_states_for_itself_replaces_the_limit_of_the_rules(
    place: Place, limit_fen: int, refused: list[str]
) -> None:
    await seeded(place)
    await place.add("statutory_limit", **a_row(limit_fen=limit_fen))

    assert await reasons(place, Funds.FISCAL_FUNDS, 38_600_000) == refused


@pytest.mark.parametrize(("until", "refused"), [(date(2026, 11, 23), []), (date(2026, 11, 24), ABOVE)])
async def test_a_row_of_the_yearly_table_counts_through_its_last_day(
    place: Place, until: date, refused: list[str]
) -> None:
    await place.add("statutory_limit", **a_row(valid_until=until))

    assert await reasons(place, Funds.FISCAL_FUNDS, 38_600_000) == refused


async def test_a_row_of_another_place_or_kind_of_service_concerns_nobody_here(place: Place) -> None:
    await place.add("statutory_limit", **a_row(division_prefix="9902"))
    await place.add("statutory_limit", **a_row(qualification="survey"))

    assert await reasons(place, Funds.FISCAL_FUNDS, 38_600_000) == []


def test_any_of_several_funds_is_enough_and_the_lowest_limit_counts() -> None:
    both = Matter((Funds.PRIVATE, Funds.FISCAL_FUNDS), ("design",), "990102", 2026)

    assert lowest(MODEL, [], both) == AT
    assert lowest(MODEL, [Stated("procurement", ("fiscal_funds",), 7)], both) == 7
    assert lowest(MODEL, [Stated("procurement", ("state_owned",), 7)], both) == AT


def test_the_qualifications_that_limits_name_are_those_of_the_catalogue() -> None:

    demanded = {needed.code for item in load() for needed in item.qualifications}

    assert {code for limit in MODEL.limits for code in limit.qualifications} <= demanded
