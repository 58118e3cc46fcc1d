"""
Whether a draft may be published now: every refusal at once, and the warnings.

A refusal is the ruleset's or the law's; a warning leaves the choice to the
owner and is shown on the check page. The facts come from the service, read in
the transaction that publishes.

Basis: DESIGN §2, §4, §12; ruleset tables `registration`, `price`, `draw`, `limits`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from market.kernel.calendar import WorkCalendar
from market.kernel.errors import Reason, Reasons
from market.kernel.rulesets.schema import Funds, Method, Ruleset
from market.kernel.times import local
from market.notices.rules.asked import DirectChoice
from market.notices.rules.local import local_words
from market.notices.rules.methods import IMPLEMENTED, draws, is_quoted, least_workdays, offered

KEEPERS: Final = ("operator", "owner", "witness")
_IN_FORCE: Final = ("listed", "mandatory", "government_paid")


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """The item at the moment of publication."""

    state: str
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a draft says so far; a step not yet taken is None."""

    title: str | None
    scope: str | None
    method: Method | None
    ceiling_fen: int | None
    floor_fen: int | None
    floor_reason: str | None
    time_limit_days: int | None
    contact_name: str | None
    contact_phone: str | None
    exception_code: str | None
    direct: DirectChoice | None
    opens_at: datetime | None
    closes_at: datetime | None
    funds: tuple[Funds, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the market knows around a draft."""

    item: ItemFacts
    limit_fen: int | None
    commitments: Mapping[str, str]
    qualified: int
    direct_is_ready: bool
    failures_before: int
    owner_sum_fen: int
    quote_key: str | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of a notice, all fixed when it is published."""

    opens_at: datetime
    closes_at: datetime
    reveal_by: datetime
    draw_at: datetime


def times(
    ruleset: Ruleset, opens_at: datetime, closes_at: datetime, method: Method, beacons: Collection[Mapping[str, Any]]
) -> Times:
    """
    Return when a notice opens, closes, has its secrets revealed and is drawn.

    The draw is at the latest beacon; a practice beacon happens one delay after
    the secrets are due. A method without a draw has nothing to reveal.
    """
    frozen_at = closes_at + timedelta(seconds=ruleset.registration.drain_seconds)
    if not draws(method):
        return Times(opens_at, closes_at, frozen_at, frozen_at)
    reveal_by = frozen_at + timedelta(seconds=ruleset.draw.reveal_seconds)
    earliest = reveal_by + timedelta(seconds=ruleset.draw.beacon_delay_seconds)
    stated = [datetime.fromisoformat(beacon["at"]) for beacon in beacons if "at" in beacon]
    return Times(opens_at, closes_at, reveal_by, max([earliest, *stated]))


def refusals(
    draft: Draft,
    around: Surroundings,
    ruleset: Ruleset,
    calendar: WorkCalendar,
    *,
    beacons: Collection[Mapping[str, Any]],
    now: datetime,
) -> tuple[Reason, ...]:
    """Return every reason the draft may not be published at *now*; none means that it may."""
    found = Reasons()
    found.extend(item_reasons(around.item, local(now).date()))
    found.extend(_missing(draft))
    if draft.method is not None:
        found.extend(_method_reasons(draft, draft.method, around, ruleset))
    if around.limit_fen is not None and (draft.ceiling_fen or 0) >= around.limit_fen and not draft.exception_code:
        found.add("above_statutory_limit", "ceiling", limit=around.limit_fen)
    for name in ("title", "scope", "floor_reason"):
        for words in local_words(getattr(draft, name) or ""):
            found.add("local_condition", name, words=words)
    if draft.closes_at is not None:
        found.extend(_time_reasons(draft, draft.closes_at, ruleset, calendar.counting(ruleset.workday_unit), now))
        found.extend(_beacon_reasons(draft, draft.closes_at, ruleset, beacons))
    return tuple(found)


def item_reasons(item: ItemFacts, today: date) -> tuple[Reason, ...]:
    """
    Return why an item cannot be asked for: never published, abolished, or its basis lapsed.

    The last day of validity still counts.
    """
    if item.state == "abolished":
        return (Reason("item_abolished", "item"),)
    if item.state not in _IN_FORCE:
        return (Reason("item_not_published", "item"),)
    if item.valid_until is not None and item.valid_until < today:
        return (Reason("item_basis_lapsed", "item", {"day": item.valid_until.isoformat()}),)
    return ()


def warnings(draft: Draft, around: Surroundings, ruleset: Ruleset) -> tuple[Reason, ...]:
    """
    Return what the owner should know before publishing, and may still do.

    Splitting is warned of, never refused: whether two needs are one is for a
    person to judge.
    """
    found = Reasons()
    if around.qualified < ruleset.registration.competition_warning_under and draft.method is not Method.DIRECT:
        found.add("little_competition", None, qualified=around.qualified)
    whole = around.owner_sum_fen + (draft.ceiling_fen or 0)
    if around.limit_fen is not None and around.owner_sum_fen and whole >= around.limit_fen and not draft.exception_code:
        days = ruleset.split_warning_days
        found.add("may_be_split", None, days=days, total=whole, limit=around.limit_fen)
    return tuple(found)


def _missing(draft: Draft) -> tuple[Reason, ...]:
    steps = {
        "title": draft.title,
        "scope": draft.scope,
        "ceiling": draft.ceiling_fen,
        "method": draft.method,
        "time_limit_days": draft.time_limit_days,
        "contact_name": draft.contact_name,
        "contact_phone": draft.contact_phone,
        "closes_at": draft.closes_at,
    }
    return tuple(Reason("step_missing", name, {"step": name}) for name, said in steps.items() if not said)


def _method_reasons(draft: Draft, method: Method, around: Surroundings, ruleset: Ruleset) -> tuple[Reason, ...]:
    found = Reasons()
    if method not in offered(ruleset, draft.funds):
        found.add("method_not_allowed", "method", method=method)
    if draws(method):
        for keeper in KEEPERS:
            if keeper not in around.commitments:
                found.add("commitments_missing", None, keeper=keeper)
    if is_quoted(method) and around.quote_key is None:
        found.add("quote_key_missing", None)
    if method is not Method.DIRECT:
        return tuple(found)
    if draft.direct is None or draft.direct.ground not in ruleset.direct_grounds:
        found.add("direct_needs_ground", "direct_ground")
    elif draft.direct.ground == "failed_twice" and around.failures_before < ruleset.award.failures_before_direct:
        found.add("not_failed_often", "direct_ground", failures=around.failures_before)
    if not around.direct_is_ready:
        found.add("direct_agency_not_ready", "direct_agency")
    return tuple(found)


def _time_reasons(
    draft: Draft, closes_at: datetime, ruleset: Ruleset, calendar: WorkCalendar, now: datetime
) -> tuple[Reason, ...]:
    """
    Return what is wrong with the registration period.

    Basis: DESIGN §12: the day of publication does not count, and the last
    working day of the period counts to its end.
    """
    found = Reasons()
    rules, least = ruleset.registration, least_workdays(ruleset, draft.funds)
    if calendar.workdays_between(max(now, draft.opens_at or now), closes_at) < least:
        found.add("period_too_short", "closes_at", least=least)
    in_hours = calendar.in_office_hours(closes_at, rules.deadline_from, rules.deadline_to)
    if rules.deadline_in_office_hours and not in_hours:
        found.add("outside_office_hours", "closes_at")
    return tuple(found)


def _beacon_reasons(
    draft: Draft, closes_at: datetime, ruleset: Ruleset, beacons: Collection[Mapping[str, Any]]
) -> tuple[Reason, ...]:
    """Return why the public numbers announced for the draw do not do; practice makes its own."""
    if draft.method is None or not IMPLEMENTED[draft.method].lists or ruleset.practice:
        return ()
    if not beacons:
        return (Reason("beacons_missing"),)
    seconds = ruleset.registration.drain_seconds + ruleset.draw.reveal_seconds + ruleset.draw.beacon_delay_seconds
    earliest = closes_at + timedelta(seconds=seconds)
    early = any("at" not in beacon or datetime.fromisoformat(beacon["at"]) < earliest for beacon in beacons)
    return (Reason("beacon_too_early"),) if early else ()
