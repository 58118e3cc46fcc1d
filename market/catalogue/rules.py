"""
What may enter the catalogue, what may be called mandatory, and which items a notice may cite.

An item whose clause nobody read is shown with its basis unverified (依据待核)
and is never called mandatory, whatever the proposal claims. The last valid day
of a basis is still valid.

Basis: 国办发〔2015〕31号; 国发〔2022〕5号; Fujian's four tests for 强制性中介服务; DESIGN §2.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from market.catalogue.seed import TRADES
from market.catalogue.states import ItemAction, ItemState
from market.kernel import terms
from market.kernel.errors import Reason
from market.kernel.roles import Actor, Role
from market.kernel.terms import Language
from market.kernel.typed import Reading, Typed

FEE_BASES: Final = ("fixed", "per_unit", "tiered", "percentage", "negotiated")
# Draws may not choose procurement agents, and tender agents follow another law: neither is in the market.
# Basis: 财库〔2018〕2号 art. 12; DESIGN §1.
KEPT_OUT: Final = ("招标代理", "采购代理")
_CODE: Final = re.compile(r"[A-Z]{2,6}-?[0-9]{2,4}")
_QUALIFICATION: Final = re.compile(r"(?P<code>[a-z][a-z0-9_]{1,40})\s*[:：]\s*(?P<name>.{1,80})")


@dataclass(frozen=True, slots=True)
class Needed:
    """A qualification an agency needs for an item."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """An item as proposed, with everything that later decides about it."""

    code: str
    name: str
    name_en: str
    trade: str
    family: str
    approval: str
    authority_trade: str
    fee_basis: str
    ceiling_days: int
    lawful: bool
    compulsory: bool
    prior: bool
    paid: bool
    law: str | None = None
    article: str | None = None
    clause: str | None = None
    source_url: str | None = None
    read_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    note: str | None = None
    qualifications: tuple[Needed, ...] = ()


class Basis(Protocol):
    """What the rules ask of an item, proposed or published."""

    @property
    def lawful(self) -> bool: ...  # 依法性
    @property
    def compulsory(self) -> bool: ...  # 强制性
    @property
    def prior(self) -> bool: ...  # 前置性
    @property
    def paid(self) -> bool: ...  # 有偿性
    @property
    def law(self) -> str | None: ...
    @property
    def article(self) -> str | None: ...
    @property
    def clause(self) -> str | None: ...
    @property
    def source_url(self) -> str | None: ...
    @property
    def read_on(self) -> date | None: ...


class Dated(Protocol):
    """What a notice asks of an item."""

    @property
    def state(self) -> ItemState: ...
    @property
    def valid_from(self) -> date | None: ...
    @property
    def valid_until(self) -> date | None: ...


def basis_was_read(item: Basis) -> bool:
    """
    Tell whether the clause was actually read: quoted, with its source and the day of reading.

    Some documents have no articles; a mandatory item needs one that has.
    """
    return bool(item.law and item.clause and item.source_url and item.read_on)


def bars_mandatory(item: Basis) -> tuple[Reason, ...]:
    """Return every reason an item may not be made mandatory: the four tests and the clause that was read."""
    found = {
        "test_lawful_fails": not item.lawful,
        "test_compulsory_fails": not item.compulsory,
        "test_prior_fails": not item.prior,
        "test_paid_fails": not item.paid,
        "law_not_named": not (item.law and item.article),
        "clause_not_quoted": not item.clause,
        "source_not_given": not item.source_url,
        "reading_not_dated": item.read_on is None,
    }
    return tuple(Reason(code) for code, applies in found.items() if applies)


def bars_outcome(item: Basis, action: ItemAction) -> tuple[Reason, ...]:
    """Return every reason an outcome may not be given; only the mandatory one asks for more than a proposal."""
    return bars_mandatory(item) if action is ItemAction.MAKE_MANDATORY else ()


def bars_notice(item: Dated, on: date) -> tuple[Reason, ...]:
    """
    Return every reason a notice published on a day may not cite the item.

    Both ends of the basis's validity are valid days.
    """
    before = item.valid_from is not None and on < item.valid_from
    after = item.valid_until is not None and on > item.valid_until
    found = {
        "item_not_published": item.state is ItemState.PROPOSED,
        "item_abolished": item.state is ItemState.ABOLISHED,
        "item_basis_lapsed": before or after,
    }
    return tuple(Reason(code) for code, applies in found.items() if applies)


def bars_decider(actor: Actor, trade: str) -> tuple[Reason, ...]:
    """Return why a regulator may not decide about items of a trade: its scopes do not hold it."""
    covered = actor.role is not Role.REGULATOR or any(scope.trade in (None, trade) for scope in actor.scopes)
    return () if covered else (Reason("trade_not_yours", params={"trade": trade}),)


def trade_words(lang: Language = "zh") -> Mapping[str, str]:
    """Map every trade the catalogue knows to its word."""
    return {code: terms.word("trade", code, lang) for code in TRADES}


def parse_proposal(typed: Typed, trades: Collection[str]) -> Proposal:
    """Read a proposal, or refuse it with all that is wrong; a basis that is missing refuses nothing yet."""
    reading = Reading(typed)
    code = reading.text("code", most=20).upper()
    if code and not _CODE.fullmatch(code):
        reading.reasons.add("bad_item_code", "code")
    name = reading.text("name", most=80)
    if any(word in name for word in KEPT_OUT):
        reading.reasons.add("item_kept_out", "name")
    needed = _qualifications(reading)
    proposal = Proposal(
        code=code,
        name=name,
        name_en=reading.text("name_en", most=120),
        trade=reading.one_of("trade", trades),
        family=reading.text("family", most=40),
        approval=reading.text("approval", most=120),
        authority_trade=reading.text("authority_trade", most=40),
        fee_basis=reading.one_of("fee_basis", FEE_BASES),
        ceiling_days=reading.whole("ceiling_days", least=1, most=365),
        lawful=reading.yes("lawful"),
        compulsory=reading.yes("compulsory"),
        prior=reading.yes("prior"),
        paid=reading.yes("paid"),
        law=_optional(reading, "law", 120),
        article=_optional(reading, "article", 60),
        clause=_optional(reading, "clause", 2000),
        source_url=_address(reading),
        read_on=reading.optional_day("read_on"),
        valid_from=reading.optional_day("valid_from"),
        valid_until=reading.optional_day("valid_until"),
        note=_optional(reading, "note", 500),
        qualifications=needed,
    )
    if proposal.valid_from and proposal.valid_until and proposal.valid_until < proposal.valid_from:
        reading.reasons.add("days_out_of_order", "valid_until")
    reading.finish()
    return proposal


def parse_reason(typed: Typed) -> str:
    """Read the reason of an abolition."""
    reading = Reading(typed)
    reason = reading.text("reason", most=500)
    reading.finish()
    return reason


def _optional(reading: Reading, name: str, most: int) -> str | None:
    return reading.text(name, most=most, optional=True) or None


def _address(reading: Reading) -> str | None:
    found = _optional(reading, "source_url", 400)
    if found and not found.startswith(("https://", "http://")):
        reading.reasons.add("bad_address", "source_url")
    return found


def _qualifications(reading: Reading) -> tuple[Needed, ...]:
    """Read one qualification a line, as ``code: name``; each counts once."""
    found: dict[str, Needed] = {}
    for line in reading.text("qualifications", most=2000, optional=True).splitlines():
        if not line.strip():
            continue
        match = _QUALIFICATION.fullmatch(line.strip())
        if match is None:
            reading.reasons.add("bad_qualification_line", "qualifications", line=line.strip()[:40])
        else:
            found[match["code"]] = Needed(match["code"], match["name"].strip())
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item as readers get it: where it stands, and the facts it was proposed with."""

    id: int
    state: ItemState
    facts: Proposal
    proposed_by: int | None
    proposed_at: datetime
    published_at: datetime | None
    abolished_at: datetime | None
    abolition_reason: str | None

    @property
    def code(self) -> str:
        """Return the item's code."""
        return self.facts.code

    @property
    def name(self) -> str:
        """Return the item's Chinese name."""
        return self.facts.name

    @property
    def trade(self) -> str:
        """Return the trade whose regulator watches the item."""
        return self.facts.trade

    @property
    def ceiling_days(self) -> int:
        """Return the longest time limit a guide may promise, in working days."""
        return self.facts.ceiling_days

    @property
    def valid_from(self) -> date | None:
        """Return the first day of the basis."""
        return self.facts.valid_from

    @property
    def valid_until(self) -> date | None:
        """Return the last day of the basis, itself included."""
        return self.facts.valid_until

    @property
    def basis_read(self) -> bool:
        """Tell whether the clause was read; otherwise the page says 依据待核."""
        return basis_was_read(self.facts)


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """What a reader asks of the list; empty means everything."""

    outcome: str = ""
    trade: str = ""
    word: str = ""
