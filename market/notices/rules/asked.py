"""
Commands of an owner: a project, and the steps of a draft, already typed.

A command says what was asked, not whether it is allowed: ``drafting`` and
``publication`` say that.
"""

from dataclasses import dataclass
from datetime import datetime

from market.kernel.rulesets.schema import Funds, Method


@dataclass(frozen=True, slots=True)
class FundShare:
    """One source of a project's money and its share in percent."""

    kind: Funds
    percent: int


@dataclass(frozen=True, slots=True)
class NewProject:
    """What an owner is building."""

    name: str
    project_code: str
    division: str
    funds: tuple[FundShare, ...]
    approving_authority: str
    approval_document: str


@dataclass(frozen=True, slots=True)
class NewDraft:
    """The first step: for which project, and which item of the catalogue."""

    project_id: int
    item_code: str


@dataclass(frozen=True, slots=True)
class DirectChoice:
    """The agency chosen without competition: on which published ground, and why."""

    ground: str
    reason: str
    agency_uscc: str


@dataclass(frozen=True, slots=True)
class Needs:
    """The second step: what is wanted, for how much, how soon and how chosen."""

    title: str
    scope: str
    ceiling_fen: int
    floor_fen: int | None
    floor_reason: str
    time_limit_days: int
    method: Method
    direct: DirectChoice | None


@dataclass(frozen=True, slots=True)
class Recusal:
    """One agency kept out because of a relation, and the reason, both published."""

    uscc: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExceptionClaim:
    """A statutory exception and the document it rests on."""

    code: str
    basis: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """The third step: who may register and when, and whom to ask."""

    qualifications: tuple[str, ...]
    recusals: tuple[Recusal, ...]
    contact_name: str
    contact_phone: str
    exception: ExceptionClaim | None
    opens_at: datetime | None
    closes_at: datetime
