"""
Every condition of an elimination, in one table: how to take it away, at which stage, and what its signer is told.

A condition of the rules or of the database that is not here fails `test_elimination_conditions`.

Basis: DESIGN §7.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from market.credit.states import CaseGround
from tests.build_ripe import Stage

LOW, GIVEN_UP = CaseGround.LOW_RANKING, CaseGround.ABANDONMENTS
SERIOUS, EXTERNAL = CaseGround.SERIOUS_BREACH, CaseGround.EXTERNAL_DECISION
GROUNDS: Final = (LOW, GIVEN_UP, SERIOUS, EXTERNAL)
UNSIGNED, SIGNED, SILENT = Stage.UNSIGNED, Stage.SIGNED, Stage.SILENT
EARLY: Final = (UNSIGNED, SILENT)

_CASE = "update credit_case set {what} where id = {{case}}"
_RANKING = "(select {which} from credit_case where id = {{case}})"
_SCORE = (
    "update agency_score set {what} where agency = {{agency}} and run = (select run from ranking where id = "
    + _RANKING
    + ")"
)
_BASIS = "(select basis_decision from credit_case where id = {case})"
_ONE = "id = (select min(id) from abandonment where agency = {agency})"
_EDITION = (
    "insert into ranking (slot, edition, run, state, archive, drafted_at, objections_until_at, confirmed_by,"
    " confirmed_for, confirmed_at, published_at, changes) select slot{day}, edition{more}, -run, state, archive,"
    " drafted_at, objections_until_at, confirmed_by, confirmed_for, confirmed_at, published_at, changes"
    " from ranking where id = "
)
NO_GROUND: Final = "elimination_without_ground"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; *without* takes it away, and *told* is the reason its signer, or silence, is refused with."""

    name: str
    without: str
    told: str | None = None
    grounds: tuple[CaseGround, ...] = GROUNDS
    stages: tuple[Stage, ...] = (SIGNED,)

    def cases(self) -> Iterator[tuple[CaseGround, Stage]]:
        """Return the grounds and stages it is taken away at; only abandonments are ever silent."""
        for ground in self.grounds:
            for stage in self.stages:
                if stage is not SILENT or ground is GIVEN_UP:
                    yield ground, stage


def _case(what: str) -> str:
    return _CASE.format(what=what)


def _score(which: str, what: str) -> str:
    return _SCORE.format(what=what, which=which)


def _published(which: str, what: str) -> str:
    return f"update ranking set {what} where id = " + _RANKING.format(which=which)


def _of_low(name: str, without: str) -> Condition:
    return Condition(name, without, NO_GROUND, (LOW,), (UNSIGNED, SIGNED))


def _parts(part: str, value: int) -> str:
    return f'parts = \'{{{{"{part}": {{{{"value": {value}}}}}}}}}\''


def _low() -> Iterator[Condition]:
    for which in ("ranking_before", "ranking_last"):
        yield _of_low(f"{which} is D", _score(which, "grade = 'C'"))
        yield _of_low(f"{which} rates it", _score(which, "grade = 'N'"))
        yield _of_low(f"{which}: parts alone under 60", _score(which, _parts("performance", 6000)))
        yield _of_low(f"{which}: parts alone far under 60", _score(which, _parts("supervision", 9000)))
        yield _of_low(f"{which} has the parts", _score(which, _parts("reviews", 1000)))
        yield _of_low(f"{which} is published", _published(which, "state = 'confirmed', published_at = null"))
        edition = _EDITION.format(day="", more=" + 1") + _RANKING.format(which=which)
        yield _of_low(f"{which} is its latest edition", edition)
        yield _of_low(f"{which} is named", _case(f"{which} = null"))
        yield _of_low(f"{which} holds the agency", _score(which, "agency = -agency"))
    yield _of_low("published before the case", _published("ranking_last", "published_at = now() + interval '1 day'"))
    yield _of_low("nothing rated between the two", _between())
    yield _of_low("one before the other", _published("ranking_before", "slot = slot + interval '100 years'"))


def _between() -> str:
    first = _RANKING.format(which="ranking_before")
    return "; ".join(
        (
            _published("ranking_last", "slot = slot + interval '100 years'"),
            _EDITION.format(day=" + interval '50 years'", more="") + first,
            "insert into agency_score (run, agency, place, grade, total, parts, lines)"
            " select -s.run, agency, place, 'C', total, parts, lines from agency_score s"
            " join ranking r on r.run = s.run where r.id = " + first,
        )
    )


def _given_up() -> Iterator[Condition]:
    changes = {
        "three of them": f"delete from abandonment where {_ONE}",
        "all of this agency": f"update abandonment set agency = -agency where {_ONE}",
        "confirmed, not only contested": f"update abandonment set state = 'contested' where {_ONE}",
        "confirmed, not only notified": f"update abandonment set state = 'notified' where {_ONE}",
        "confirmed, not excused": f"update abandonment set state = 'excused' where {_ONE}",
        "still confirmed": f"update abandonment set state = 'annulled' where {_ONE}",
        "within twelve months": f"update abandonment set happened_at = happened_at - interval '1 year' where {_ONE}",
        "confirmed before the case": f"update abandonment set decided_at = now() + interval '1 day' where {_ONE}",
        "given up before the case": f"update abandonment set happened_at = now() + interval '1 day' where {_ONE}",
    }
    for name, sql in changes.items():
        yield Condition(name, sql, NO_GROUND, (GIVEN_UP,), (UNSIGNED, SIGNED, SILENT))


def _serious() -> Iterator[Condition]:
    basis = f"where id = {_BASIS}"
    of_basis = f'where id = (select "case" from case_decision where id = {_BASIS})'
    changes = {
        "the breach was serious": f"update case_decision set breach = 'general' {basis}",
        "a person found it": f"update case_decision set by_silence = true, signed_by = null, signed_for = null,"
        f" drafted_by = null {basis}",
        "found before the case": f"update case_decision set signed_at = now() + interval '1 day',"
        f" executes_at = now() + interval '1 day' {basis}",
        "found of this agency": f"update credit_case set agency = -agency {of_basis}",
        "a breach of the four kinds": f"update credit_case set ground = 'monopoly' {of_basis}",
        "its decision stands": f"update credit_case set state = 'reversed' {of_basis}",
        "its decision was not repaired": f"update credit_case set state = 'repaired' {of_basis}",
        "no appeal against its decision waits": "insert into appeal (decision, words, filed_by, filed_at)"
        f" select {_BASIS}, 'x', {{stranger}}, now()",
        "its decision is named": _case("basis_decision = null"),
    }
    for name, sql in changes.items():
        yield Condition(name, sql, NO_GROUND, (SERIOUS,), (UNSIGNED, SIGNED))


def _shared() -> Iterator[Condition]:
    decided = 'where "case" = {case}'
    both = (UNSIGNED, SIGNED)
    for ground in ("other", "monopoly", "fee_over_guide", "forced_service"):
        yield Condition(f"a ground that eliminates, not {ground}", _case(f"ground = '{ground}'"),
                        "ground_never_eliminates", stages=both)  # fmt: skip
    yield Condition("the document", _case("external_document = ''"), NO_GROUND, (EXTERNAL,), both)
    yield Condition("the document is named", _case("external_document = null"), NO_GROUND, (EXTERNAL,), both)
    yield Condition("not dismissed", _case("state = 'dismissed'"), stages=(*both, SILENT))
    yield Condition("the minute", f"update case_decision set executes_at = now() + interval '1 hour' {decided}")
    yield Condition("a signature", f"delete from case_decision {decided}")
    yield Condition("signed for an elimination",
                    f"update case_decision set measure = 'reminder', reentry_months = null {decided}")  # fmt: skip
    yield Condition("not reversed", _case("state = 'reversed'"))
    appeal = (
        "insert into appeal (decision, words, filed_by, filed_at) select id, 'x', {stranger}, now()"
        f" from case_decision {decided}"
    )
    yield Condition("no appeal waits", appeal)
    yield Condition("a second signature", _case("state = 'deciding'") + f"; delete from case_decision {decided}")


def _before_signing() -> Iterator[Condition]:
    hearing = "hearing_asked_at = served_at"
    unserved = "state = 'noticed', served_at = null, served_how = null, statement_until_at = null"
    changes: dict[str, tuple[str, str | None]] = {
        "served at all": (_case("served_at = null, served_how = null"), "case_not_served"),
        "served": (_case(unserved), None),
        "the period over": (_case("statement_until_at = now() + interval '1 hour'"), "statement_open"),
        "the period ends": (_case("statement_until_at = null"), "statement_open"),
        "the hearing held": (_case(hearing), "hearing_not_held"),
        "the hearing past": (_case(f"{hearing}, hearing_at = now() + interval '1 day'"), "hearing_not_held"),
        "something drafted": (_case("draft = null, drafted_at = null, drafted_by = null"), "nothing_drafted"),
        "drafted by another": (_case("drafted_by = {{signer}}"), "signer_drafted"),
        "opened by another": (_case("opened_by = {{signer}}"), "signer_opened_case"),
        "announced in the notice": (_case("proposed = 'suspend_all'"), "harsher_than_notice"),
    }
    for name, (sql, told) in changes.items():
        yield Condition(name, sql.replace("{{", "{").replace("}}", "}"), told, stages=(UNSIGNED,))
    for name in ("the period over", "announced in the notice"):
        yield Condition(f"{name}, signed all the same", changes[name][0])
    for which in ("ranking_before", "ranking_last"):
        yield Condition(f"{which} confirmed by another", _published(which, "confirmed_by = {signer}"),
                        "signer_confirmed_ranking", (LOW,), (UNSIGNED,))  # fmt: skip
    confirmed = f"update abandonment set decided_by = {{signer}} where {_ONE}"
    yield Condition("abandonments confirmed by another", confirmed, "signer_confirmed_abandonment", (GIVEN_UP,),
                    (UNSIGNED,))  # fmt: skip
    lead = (
        "insert into lead (signal, fact_key, code, state, words, reviewed_by, reviewed_for, reviewed_at)"
        " values (-{case}, 'lead-{case}', 'T01', 'case', 'x', {signer}, {house}, now());"
        " update credit_case set lead = (select id from lead where fact_key = 'lead-{case}') where id = {case}"
    )
    yield Condition("the lead made by another", lead, "signer_made_lead", stages=(UNSIGNED,))


def _silent() -> Iterator[Condition]:
    changes = {
        "not a word": (_case("stated_at = served_at"), "agency_has_spoken"),
        "no hearing asked": (_case("hearing_asked_at = served_at"), "agency_has_spoken"),
        "abandonments and nothing else": (_case("ground = 'external_decision'"), "silence_not_for_ground"),
        "an elimination announced": (_case("proposed = 'suspend_all'"), "silence_not_for_measure"),
        "served to be silent": (_case("state = 'deciding', served_at = null, served_how = null"), "case_not_served"),
        "a whole period of silence": (_case("statement_until_at = now() + interval '1 hour'"), None),
    }
    for name, (sql, told) in changes.items():
        yield Condition(name, sql, told, (GIVEN_UP,), (SILENT,))


CONDITIONS: Final[tuple[Condition, ...]] = (
    *_low(), *_given_up(), *_serious(), *_shared(), *_before_signing(), *_silent(),
)  # fmt: skip
