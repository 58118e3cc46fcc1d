"""
Roles and actors: as what someone acts, for whom, and what a regulator may see.

A person may hold several roles; an actor is one person in one of them, for one
request. A regulator's scope is a set of division × trade pairs, not two lists:
a bureau that watches surveys in one district and audits in another watches
neither of the other two.
"""

from dataclasses import dataclass
from enum import StrEnum

from market.kernel import divisions


class Role(StrEnum):
    """As what someone acts."""

    PUBLIC = "public"  # 公众
    OWNER = "owner"  # 项目业主
    AGENCY = "agency"  # 中介服务机构
    REGULATOR = "regulator"  # 监管部门
    AUTHORITY = "authority"  # 审批部门
    OPERATOR = "operator"  # 运营机构
    AUDITOR = "auditor"  # 纪检监察
    SYSTEM = "system"  # 系统


@dataclass(frozen=True, slots=True)
class Scope:
    """One division with everything inside it, and one trade there; no trade means every trade."""

    division: str
    trade: str | None = None

    def covers(self, division: str, trade: str | None) -> bool:
        """Tell whether this scope holds a matter; a matter of no trade needs a scope of every trade."""
        return divisions.within(division, self.division) and (self.trade is None or self.trade == trade)


@dataclass(frozen=True, slots=True)
class Actor:
    """One person, or the clock, acting in one role."""

    role: Role
    name: str
    person_id: int | None = None
    organisation_id: int | None = None
    division: str | None = None
    scopes: tuple[Scope, ...] = ()

    def may_see(self, division: str, trade: str | None = None) -> bool:
        """
        Tell whether matters under supervision in *division* and *trade* are open to this actor.

        It is asked for what only supervision shows (leads, cases, full
        exports); what is public, or one's own, never asks. The operator runs
        the site and is not supervision.
        """
        if self.role in (Role.AUDITOR, Role.SYSTEM):
            return True
        return self.role is Role.REGULATOR and any(scope.covers(division, trade) for scope in self.scopes)


PUBLIC = Actor(Role.PUBLIC, "")
SYSTEM = Actor(Role.SYSTEM, "system")
