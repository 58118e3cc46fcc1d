"""
With any one condition taken away, nothing eliminates: not the round of the worker, not a signer, not a statement.

For each ground and stage one database holds a case for each condition and one with all of them, every one ripe by the
database's clock. The statements are tried first, as the market's own role; then the signer signs; then every job of
the worker runs. Only the case that has all its conditions goes on.
"""

import ast
import inspect

import asyncpg
import pytest

from market import db
from market.credit import case_rules
from market.credit.service import cases
from market.kernel.errors import Refusal
from market.schedule import JOBS, Shift
from tests.build_ripe import Office, Ripe, Stage, an_office, ripe
from tests.market.credit.elimination_conditions import CONDITIONS, EXTERNAL, GIVEN_UP, GROUNDS, Condition
from tests.server import Database

_DECISION = (
    'insert into case_decision ("case", number, breach, measure, reentry_months, found, reasons, clause,'
    " proportionality, remedies, by_silence, drafted_by, signed_by, signed_for, signed_at, executes_at)"
    " select id, 'JD-{case}', 'general', 'elimination', 12, 'x', 'x', 'x', 'x', 'x', {silent}, clock_timestamp(),"
    " clock_timestamp() from credit_case where id = {{case}}"
)
_OUT = (
    "update agency set state = 'eliminated', eliminated_at = {at}, reentry_on = current_date + 300"
    " where id = {{agency}}"
)
_ANNOUNCED = 'greatest((select max(executes_at) from case_decision where "case" = {case}), now())'
MEASURE = (
    "insert into measure (decision, agency, kind, begins_at, reentry_on) values (coalesce((select max(id) from"
    " case_decision where \"case\" = {case}), 0), {agency}, 'elimination', now(), current_date + 300)"
)
BAR = (
    "insert into agency_bar (agency, identifier, kind, basis, from_at, until_on) select id, uscc, 'uscc', '{number}',"
    " now(), current_date + 300 from agency where id = {agency}"
)
OUT = _OUT.format(at="now()").replace("{{", "{").replace("}}", "}")
EFFECTS = (OUT, _OUT.replace("{at}", _ANNOUNCED).replace("{{", "{").replace("}}", "}"), MEASURE, BAR)
PERSON = _DECISION.replace("{silent}", "false, drafted_by, {signer}, {house}").replace("{{", "{").replace("}}", "}")
SILENCE = _DECISION.replace("{silent}", "true, null, null, null").replace("{{", "{").replace("}}", "}")
SIGNING = (PERSON, SILENCE, "update credit_case set state = 'signed' where id = {case}",
           "update credit_case set state = 'in_force' where id = {case}")  # fmt: skip
# What a statement says of a case that lacks nothing, and may not.
FORGED = {
    Stage.SIGNED: (
        OUT.replace("300", "3000"),  # for longer than was decided
        OUT.replace("now()", "now() + interval '1 hour'"),  # at a moment that has not come
        OUT.replace("now()", "null"),
        MEASURE,  # without the elimination
        BAR,
    ),
    Stage.UNSIGNED: (
        PERSON.replace("{signer}, {house}", "{stranger}, {house}"),
        PERSON.replace("{signer}, {house}", "{drafter}, {house}"),
        PERSON.replace("{signer}, {house}", "null, null"),
        PERSON.replace("clock_timestamp()", "clock_timestamp() + interval '1 hour'"),
        PERSON.replace("clock_timestamp()", "statement_until_at - interval '1 second'"),
        PERSON.replace("'elimination', 12", "'elimination', 25"),
        SILENCE,
    ),
    Stage.SILENT: (PERSON, SILENCE),  # the period is over, and nobody has closed it
}
LAWFUL = frozenset({"GX001", "GX003", "GX004", "GX007", "23502", "23514"})
# No row can be without these: a check of the table says so to its owner too.
CHECKED = frozenset({"served at all", "the period ends", "served to be silent"})
HEAVY = frozenset({"make_up_nights"})  # looks at no case; a process of its own with pandas


def statements(stage: Stage) -> tuple[str, ...]:
    return EFFECTS if stage is Stage.SIGNED else (*SIGNING, *EFFECTS)


async def refused(statement: str) -> tuple[str, str]:
    """Try a statement as the market's own role, without keeping what it did; tell how it was refused."""
    try:
        async with db.writing():
            await db.execute(statement)
            raise Refusal("kept_by_nobody")
    except asyncpg.PostgresError as refusal:
        return str(refusal.sqlstate), str(refusal)
    except Refusal:
        return "", ""


async def the_round(*, without: frozenset[str] = HEAVY) -> None:
    """Run every job of a worker twice, so that what one brings about the next sees."""
    for job in (*JOBS, *JOBS):
        if job.name not in without:
            await job.run(Shift("one", None))


async def signing(case: Ripe) -> set[str]:
    """Let the second person sign; return the reasons why not."""
    try:
        await cases.sign(case.number, actor=case.office.signer, now=await db.value("select clock_timestamp()"))
    except Refusal as refusal:
        return {reason.code for reason in refusal.reasons} or {refusal.code}
    return set()


async def fate(case: Ripe) -> tuple[str, int, int, int]:
    """Return where the agency stands, and its eliminations: measures, bars and decisions that were ever effective."""
    found = await db.row(
        "select a.state, (select count(*) from measure where agency = a.id and kind = 'elimination'),"
        " (select count(*) from agency_bar where agency = a.id),"
        " (select count(*) from ledger_entry where type = 'agency.eliminated' and subject = 'agency:' || a.uscc)"
        " from agency a where a.id = $1",
        case.agency_id,
    )
    assert found is not None
    return tuple(found)


async def lacking(office: Office, condition: Condition, ground: object, stage: Stage) -> Ripe | None:
    """Bring a case to a stage and take one condition away; nothing if no such row can be."""
    case = await ripe(office, ground, stage)  # type: ignore[arg-type]
    try:
        await office.tamper(condition.without.format(**case.words()))
    except asyncpg.CheckViolationError:
        assert condition.name in CHECKED, condition.name
        return None
    assert condition.name not in CHECKED, condition.name
    return case


async def tried(office: Office, ground: object, stage: Stage) -> dict[str, str]:
    """Take every condition of a ground and stage away in turn; return what went on nevertheless."""
    wrong: dict[str, str] = {}
    lacks: list[tuple[Condition, Ripe]] = []
    for condition in CONDITIONS:
        if (ground, stage) in condition.cases() and (case := await lacking(office, condition, ground, stage)):
            lacks.append((condition, case))
    whole = await ripe(office, ground, stage)  # type: ignore[arg-type]
    for statement in FORGED[stage]:
        if (await refused(statement.format(**whole.words())))[0] not in LAWFUL:
            wrong[f"forged: {statement}"] = "kept"
    for condition, case in lacks:
        for statement in statements(stage):
            told, _ = await refused(statement.format(**case.words()))
            if told not in LAWFUL:
                wrong[f"{condition.name}: {statement}"] = told
        if stage is Stage.UNSIGNED:
            reasons = await signing(case)
            if not reasons or (condition.told and condition.told not in reasons):
                wrong[f"{condition.name}: signed"] = str(reasons)
    await the_round()
    for condition, case in lacks:
        if (found := await fate(case))[0] == "eliminated" or any(found[1:]):
            wrong[f"{condition.name}: the round"] = str(found)
        if stage is Stage.SILENT and await db.value('select count(*) from case_decision where "case" = $1', case.case):
            wrong[f"{condition.name}: silence"] = "signed"
    assert await went_on(whole), "with every condition nothing happened: this test sees nothing"
    return wrong


async def went_on(case: Ripe) -> bool:
    """Tell whether the case with every condition did what its stage promises."""
    if case.stage is Stage.UNSIGNED:
        assert (await fate(case))[0] != "eliminated", "nobody has signed"
        assert (await refused(PERSON.format(**case.words()))) == ("", "")
        return not await signing(case)
    silent = await db.value('select by_silence from case_decision where "case" = $1', case.case)
    return bool(silent) if case.stage is Stage.SILENT else await fate(case) == ("eliminated", 1, 1, 1)


BOTH = [(ground, stage) for ground in GROUNDS for stage in (Stage.UNSIGNED, Stage.SIGNED)] + [(GIVEN_UP, Stage.SILENT)]
QUICK = ((EXTERNAL, Stage.SIGNED),)


@pytest.mark.parametrize(
    ("ground", "stage"), [pytest.param(*each, marks=() if each in QUICK else pytest.mark.slow) for each in BOTH]
)
async def test_with_any_one_condition_taken_away_nothing_eliminates(
    database: Database, ground: object, stage: Stage
) -> None:
    async with an_office(database) as office:
        assert await tried(office, ground, stage) == {}


ASKED = ("bars_signing", "_bars_person", "bars_elimination", "bars_silence", "_bars_measure")
ELSEWHERE = frozenset({"signer_unnamed", "case_item_unclear", "item_not_in_notice"})  # of suspensions; of a role


def test_no_reason_of_the_rules_against_an_elimination_is_missing_from_the_table() -> None:
    codes = {
        word.value
        for name in ASKED
        for call in ast.walk(ast.parse(inspect.getsource(getattr(case_rules, name))))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("found.add", "Reason")
        for word in call.args[:1]
        if isinstance(word, ast.Constant)
    }

    assert codes - {each.told for each in CONDITIONS} == ELSEWHERE


def test_every_ground_that_eliminates_is_tried() -> None:
    assert set(GROUNDS) == case_rules.ELIMINATING
