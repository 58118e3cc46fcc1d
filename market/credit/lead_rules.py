"""
Signals in order, what their evidence is worth, and what people decide about them; pure.

The order is not a sum: a fact of the record stands before two hints of
different kinds, those before one, and one before what is only to be watched.
Statistics on the same selections are one kind of evidence, however many.

Basis: reference paper on detection, sections 4.5 and 5.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from market.credit.states import CaseGround, FreelyBought, MeasureKind
from market.kernel.roles import Actor, Role
from market.kernel.typed import Reading, Typed

FACT: Final = "S3"
STRONG: Final = "S2"
REQUIRED_OWNERS: Final = 2
# What each indicator's evidence is made of; what is not here counts selections.
_KINDS: Final[Mapping[str, str]] = {"R02": "document", "D01": "document", "R03": "money"}
SELECTION: Final = "selection"
TESTIMONY: Final = "testimony"
# An elimination is opened by the clock on facts of the record, never on a lead.
PROPOSED: Final = tuple(each for each in MeasureKind if each is not MeasureKind.ELIMINATION)
GROUNDS: Final = (
    CaseGround.FORCED_SERVICE,
    CaseGround.MONOPOLY,
    CaseGround.FEE_OVER_GUIDE,
    CaseGround.FALSE_REPORT,
    CaseGround.COLLUSION,
    CaseGround.FALSE_ENTRY,
    CaseGround.OTHER,
)
SHARES: Final = ("share", "others_share", "elsewhere_share", "low", "high")


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal with where it belongs, and how many owners said they had to buy."""

    id: int
    code: str
    severity: str
    fact_key: str
    as_of: date
    subject: Mapping[str, str]
    evidence: Mapping[str, str]
    division: str | None
    trade: str | None
    agency: int | None
    agency_name: str | None
    owner_name: str | None
    authority_name: str | None
    item_name: str | None
    required: int
    lead: int | None
    lead_state: str | None

    def numbers(self) -> dict[str, Any]:
        """Return the numbers behind the signal."""
        found: dict[str, Any] = _held(self.evidence.get("numbers"), {})
        return found

    def parameters(self) -> dict[str, Any]:
        """Return the parameters it was computed with."""
        found: dict[str, Any] = _held(self.evidence.get("parameters"), {})
        return found

    def rows(self) -> list[tuple[str, str]]:
        """Return the records counted, each as its kind and what names it."""
        found: list[str] = _held(self.evidence.get("rows"), [])
        return [(kind, name) for kind, _, name in (text.partition(":") for text in found)]

    def shares(self) -> list[tuple[str, int]]:
        """Return the shares among the numbers in percent, for a chart."""
        numbers = self.numbers()
        return [(name, round(100 * numbers[name])) for name in SHARES if isinstance(numbers.get(name), int | float)]

    @property
    def party(self) -> tuple[str, str]:
        """Return whom the signal is about, most of all."""
        for name in ("agency", "owner", "authority", "region"):
            if name in self.subject:
                return name, self.subject[name]
        return "", ""

    @property
    def kind(self) -> str:
        """Return what the evidence is made of."""
        return TESTIMONY if self.may_become_case else _KINDS.get(self.code, SELECTION)

    @property
    def may_become_case(self) -> bool:
        """
        Tell whether enough owners said that they were told they had to buy.

        Owners are different organisations: the market holds no link between two under one parent, as the page says.
        """
        return self.required >= REQUIRED_OWNERS


@dataclass(frozen=True, slots=True)
class CaseAsked:
    """What a regulator asks a case to be opened with."""

    ground: CaseGround
    clause: str
    proposed: MeasureKind
    item: str


def seen(signals: Iterable[SignalRow], actor: Actor) -> list[SignalRow]:
    """Keep the signals somebody supervises."""
    return [each for each in signals if sees(each, actor)]


def sees(signal: SignalRow, actor: Actor) -> bool:
    """Tell whether a signal is in scope; one that no place names is for who watches every trade."""
    if signal.division is not None:
        return actor.may_see(signal.division, signal.trade)
    return sees_everything(actor)


def sees_everything(actor: Actor) -> bool:
    """Tell whether somebody watches every trade somewhere, or reads all."""
    watches = actor.role is Role.REGULATOR and any(scope.trade is None for scope in actor.scopes)
    return watches or actor.role in (Role.AUDITOR, Role.SYSTEM)


def ordered(signals: Iterable[SignalRow]) -> list[tuple[int, SignalRow]]:
    """Return signals with their priority, 1 first, each party's evidence taken together."""
    held = list(signals)
    strong: dict[tuple[str, str], set[str]] = {}
    facts = {each.party for each in held if each.severity == FACT}
    for each in held:
        if each.severity == STRONG:
            strong.setdefault(each.party, set()).add(each.kind)

    def priority(signal: SignalRow) -> int:
        if signal.party in facts:
            return 1
        if len(strong.get(signal.party, ())) >= 2:
            return 2
        return 3 if signal.party in strong else 4

    found = [(priority(each), each) for each in held]
    # Within one priority the party's signals stay together, the heaviest first.
    return sorted(
        found, key=lambda pair: (pair[0], pair[1].party, -int(pair[1].severity[1:]), pair[1].code, pair[1].id)
    )


def parse_words(typed: Typed) -> str:
    """Read what somebody says about a signal or a lead."""
    form = Reading(typed)
    words = form.text("words", most=1000)
    form.finish()
    return words


def parse_case(typed: Typed) -> CaseAsked:
    """Read on what a case is to be opened."""
    form = Reading(typed)
    ground = form.one_of("ground", [str(each) for each in GROUNDS])
    clause = form.text("clause", most=300)
    proposed = form.one_of("proposed", [str(each) for each in PROPOSED])
    needed = proposed == MeasureKind.SUSPEND_ITEM
    item = form.text("item", most=40, optional=not needed)
    form.finish()
    return CaseAsked(CaseGround(ground), clause, MeasureKind(proposed), item if needed else "")


def parse_answer(typed: Typed) -> tuple[FreelyBought, str]:
    """Read an owner's answer and what it adds."""
    form = Reading(typed)
    answer = form.one_of("answer", [str(each) for each in FreelyBought])
    words = form.text("words", most=500, optional=True)
    form.finish()
    return FreelyBought(answer), words


def may_answer(answer_by: datetime, now: datetime) -> bool:
    """Tell whether a question may still be answered."""
    return now < answer_by


def _held(text: str | None, instead: Any) -> Any:
    return json.loads(text) if text else instead
