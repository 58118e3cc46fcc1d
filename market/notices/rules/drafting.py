"""
Rules of a project and of each step of a draft, and the reading of their forms.

A step is refused for what is wrong in itself; what depends on the day of
publication (limits, times, commitments) is asked by ``publication``.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

from market.kernel import divisions
from market.kernel.errors import Reason, Reasons
from market.kernel.rulesets.schema import Funds, Method, Ruleset
from market.notices.rules import typed as reading
from market.notices.rules.asked import (
    Conditions,
    DirectChoice,
    ExceptionClaim,
    FundShare,
    Needs,
    NewProject,
    Recusal,
)
from market.notices.rules.local import local_words
from market.notices.rules.methods import offered
from market.notices.rules.typed import Typed

_PROJECT_CODE: Final = re.compile(r"[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{6}")
LONGEST_TITLE: Final = 60
LONGEST_TIME_LIMIT_DAYS: Final = 730


def parse_project(typed: Typed, known: Mapping[str, divisions.Division]) -> NewProject:
    """Read the form of a new project, or refuse it with every reason."""
    reasons = Reasons()
    funds = tuple(
        FundShare(kind, reading.whole(typed, f"share_{kind}", reasons, least=0, most=100))
        for kind in Funds
        if typed.one(f"share_{kind}").strip()
    )
    project = NewProject(
        name=reading.line(typed, "name", reasons),
        project_code=reading.plain(typed.one("project_code")),
        division=typed.one("division"),
        funds=tuple(share for share in funds if share.percent),
        approving_authority=reading.line(typed, "approving_authority", reasons),
        approval_document=reading.line(typed, "approval_document", reasons),
    )
    reasons.extend(project_reasons(project, known))
    reasons.raise_if_any()
    return project


def project_reasons(project: NewProject, known: Mapping[str, divisions.Division]) -> tuple[Reason, ...]:
    """
    Return every reason a project's own facts refuse it.

    Basis: 发改投资〔2016〕1126号, the shape of the investment project code.
    """
    found = Reasons()
    if not _PROJECT_CODE.fullmatch(project.project_code):
        found.add("bad_project_code", "project_code")
    if project.division not in known:
        found.add("bad_division", "division")
    total = sum(share.percent for share in project.funds)
    kinds = [share.kind for share in project.funds]
    if total != 100 or len(set(kinds)) != len(kinds):
        found.add("shares_not_whole", f"share_{Funds.GOVERNMENT_INVESTMENT}", total=total)
    return tuple(found)


def parse_needs(typed: Typed, ruleset: Ruleset, funds: Collection[Funds]) -> Needs:
    """Read the second step, or refuse it with every reason."""
    reasons = Reasons()
    chosen = typed.one("method")
    method = Method(chosen) if chosen in set(Method) else None
    if method is None:
        reasons.add("field_required", "method")
    needs = Needs(
        title=reading.line(typed, "title", reasons, most=LONGEST_TITLE),
        scope=reading.line(typed, "scope", reasons, most=reading.LONGEST_TEXT),
        ceiling_fen=reading.amount(typed, "ceiling", reasons) or 0,
        floor_fen=reading.amount(typed, "floor", reasons, required=False),
        floor_reason=reading.line(typed, "floor_reason", reasons, required=False, most=500),
        time_limit_days=reading.whole(typed, "time_limit_days", reasons, least=1, most=LONGEST_TIME_LIMIT_DAYS),
        method=method or Method.RANDOM_DRAW,
        direct=_parse_direct(typed, reasons) if method is Method.DIRECT else None,
    )
    read = {reason.field for reason in reasons}
    reasons.extend(reason for reason in needs_reasons(needs, ruleset, funds) if reason.field not in read)
    reasons.raise_if_any()
    return needs


def _parse_direct(typed: Typed, reasons: Reasons) -> DirectChoice:
    return DirectChoice(
        ground=typed.one("direct_ground"),
        reason=reading.line(typed, "direct_reason", reasons, most=2000),
        agency_uscc=reading.organisation(typed.one("direct_agency"), "direct_agency", reasons),
    )


def needs_reasons(needs: Needs, ruleset: Ruleset, funds: Collection[Funds]) -> tuple[Reason, ...]:
    """Return every reason the second step is refused."""
    found = Reasons()
    for name in ("title", "scope"):
        for words in local_words(getattr(needs, name)):
            found.add("local_condition", name, words=words)
    if needs.ceiling_fen < 1:
        found.add("number_too_small", "ceiling", least="0.01")
    found.extend(_floor_reasons(needs, ruleset))
    if needs.method not in offered(ruleset, funds):
        found.add("method_not_allowed", "method", method=needs.method)
    if needs.method is Method.DIRECT:
        if needs.direct is None or needs.direct.ground not in ruleset.direct_grounds:
            found.add("direct_needs_ground", "direct_ground")
        for words in local_words(needs.direct.reason) if needs.direct else ():
            found.add("local_condition", "direct_reason", words=words)
    return tuple(found)


def _floor_reasons(needs: Needs, ruleset: Ruleset) -> tuple[Reason, ...]:
    """
    Return why a price floor is refused.

    Basis: ruleset `price`: a floor needs a reason and is at least 70 % of the ceiling.
    """
    if needs.floor_fen is None:
        return ()
    found = Reasons()
    least = ruleset.price.floor_least_percent
    if needs.floor_fen * 100 < needs.ceiling_fen * least:
        found.add("floor_too_low", "floor", percent=least)
    if needs.floor_fen > needs.ceiling_fen:
        found.add("floor_above_ceiling", "floor")
    if ruleset.price.floor_needs_reason and not needs.floor_reason:
        found.add("floor_needs_reason", "floor_reason")
    for words in local_words(needs.floor_reason):
        found.add("local_condition", "floor_reason", words=words)
    return tuple(found)


def parse_conditions(typed: Typed, ruleset: Ruleset, template: Collection[str]) -> Conditions:
    """Read the third step, or refuse it with every reason."""
    reasons = Reasons()
    closes_at = reading.moment(typed, "closes_at", reasons)
    opens_at = reading.moment(typed, "opens_at", reasons, required=False)
    recusals = _parse_recusals(typed.one("recusals"), reasons)
    contact_name = reading.line(typed, "contact_name", reasons, most=60)
    contact_phone = reading.phone(typed, "contact_phone", reasons)
    code = typed.one("exception_code")
    exception = ExceptionClaim(code, reading.line(typed, "exception_basis", reasons, most=500)) if code else None
    if closes_at is None:
        reasons.raise_if_any()
    assert closes_at is not None  # a missing deadline is a reason, refused above
    conditions = Conditions(
        typed.many("qualifications"), recusals, contact_name, contact_phone, exception, opens_at, closes_at
    )
    reasons.extend(conditions_reasons(conditions, ruleset, template))
    reasons.raise_if_any()
    return conditions


def _parse_recusals(text: str, reasons: Reasons) -> tuple[Recusal, ...]:
    """Read one recusal a line: the code of the agency, a space, the reason."""
    found = []
    for row in filter(None, (each.strip() for each in text.splitlines())):
        code, _, reason = row.replace("\u3000", " ").replace("，", " ").partition(" ")
        if not reason.strip():
            reasons.add("recusal_needs_reason", "recusals")
        found.append(Recusal(reading.organisation(code, "recusals", reasons), reason.strip()))
    return tuple(found)


def conditions_reasons(conditions: Conditions, ruleset: Ruleset, template: Collection[str]) -> tuple[Reason, ...]:
    """Return every reason the third step is refused; conditions come from the item's template only."""
    found = Reasons()
    for code in conditions.qualifications:
        if code not in template:
            found.add("condition_not_in_template", "qualifications", qualification=code)
    kept_out = [recusal.uscc for recusal in conditions.recusals if recusal.uscc]
    if len(set(kept_out)) != len(kept_out):
        found.add("recusal_twice", "recusals")
    for recusal in conditions.recusals:
        for words in local_words(recusal.reason):
            found.add("local_condition", "recusals", words=words)
    if conditions.exception and conditions.exception.code not in ruleset.statutory_exceptions:
        found.add("not_a_choice", "exception_code")
    if conditions.opens_at is not None and conditions.opens_at >= conditions.closes_at:
        found.add("closes_before_opening", "closes_at")
    return tuple(found)
