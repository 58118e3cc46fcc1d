"""
Rules of a project and of each step of a draft, and the reading of their forms.

A step is refused for what is wrong in itself; what depends on the day of
publication (limits, times, commitments) is asked by ``publication``.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

from market.kernel import divisions, money, uscc
from market.kernel.errors import Reason, Reasons
from market.kernel.rulesets.schema import Funds, Method, Ruleset
from market.kernel.typed import Reading, Typed, plain
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

_PROJECT_CODE: Final = re.compile(r"[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{6}")
LONGEST_TITLE: Final = 60
LONGEST_TEXT: Final = 4000
LONGEST_TIME_LIMIT_DAYS: Final = 730


def parse_project(typed: Typed, known: Mapping[str, divisions.Division]) -> NewProject:
    """Read the form of a new project, or refuse it with every reason."""
    read = Reading(typed)
    funds = tuple(
        FundShare(kind, read.whole(f"share_{kind}", least=0, most=100))
        for kind in Funds
        if typed.one(f"share_{kind}").strip()
    )
    project = NewProject(
        name=read.text("name"),
        project_code=plain(typed.one("project_code")),
        division=typed.one("division"),
        funds=tuple(share for share in funds if share.percent),
        approving_authority=read.text("approving_authority"),
        approval_document=read.text("approval_document"),
    )
    read.reasons.extend(project_reasons(project, known))
    read.finish()
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
    read = Reading(typed)
    chosen = typed.one("method")
    method = Method(chosen) if chosen in set(Method) else None
    if method is None:
        read.reasons.add("field_required", "method")
    needs = Needs(
        title=read.text("title", most=LONGEST_TITLE),
        scope=read.text("scope", most=LONGEST_TEXT),
        ceiling_fen=read.fen("ceiling", unit_fen=money.FEN_PER_WAN),
        floor_fen=read.optional_fen("floor", unit_fen=money.FEN_PER_WAN),
        floor_reason=read.text("floor_reason", optional=True, most=500),
        time_limit_days=read.whole("time_limit_days", least=1, most=LONGEST_TIME_LIMIT_DAYS),
        method=method or Method.RANDOM_DRAW,
        direct=_parse_direct(read) if method is Method.DIRECT else None,
    )
    unread = {reason.field for reason in read.reasons}
    read.reasons.extend(reason for reason in needs_reasons(needs, ruleset, funds) if reason.field not in unread)
    read.finish()
    return needs


def _parse_direct(read: Reading) -> DirectChoice:
    return DirectChoice(
        ground=read.typed.one("direct_ground"),
        reason=read.text("direct_reason", most=2000),
        agency_uscc=read.uscc("direct_agency"),
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
    read = Reading(typed)
    closes_at = read.moment("closes_at")
    opens_at = read.optional_moment("opens_at")
    recusals = _parse_recusals(read)
    contact_name = read.text("contact_name", most=60)
    contact_phone = read.phone("contact_phone")
    code = typed.one("exception_code")
    exception = ExceptionClaim(code, read.text("exception_basis", most=500)) if code else None
    if closes_at is None:
        read.finish()
    assert closes_at is not None  # a missing deadline is a reason, refused above
    conditions = Conditions(
        typed.many("qualifications"), recusals, contact_name, contact_phone, exception, opens_at, closes_at
    )
    read.reasons.extend(conditions_reasons(conditions, ruleset, template))
    read.finish()
    return conditions


def _parse_recusals(read: Reading) -> tuple[Recusal, ...]:
    """Read one recusal a line: the code of the agency, a space, the reason."""
    found = []
    for row in filter(None, (each.strip() for each in read.typed.one("recusals").splitlines())):
        code, _, reason = row.replace("\u3000", " ").replace("，", " ").partition(" ")
        if not reason.strip():
            read.reasons.add("recusal_needs_reason", "recusals")
        found.append(Recusal(read.take("recusals", uscc.check(code), ""), reason.strip()))
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
