"""
The rows an act is about, locked, or a refusal.

An agency acts through its organisation only: there is no key to guess, and
another's row is not found rather than forbidden.
"""

from collections.abc import Iterable

from asyncpg import Record

from market.agencies import queries
from market.kernel.errors import Forbidden, Invalid, NotFound, Reason, Refusal
from market.kernel.roles import Actor, Role


def subject(uscc: str) -> str:
    """Name an agency in the ledger."""
    return f"agency:{uscc}"


def organisation_of(actor: Actor) -> int:
    """Return the organisation an agency's member acts for."""
    if actor.role is not Role.AGENCY or actor.organisation_id is None:
        raise Forbidden(reasons=(Reason("move_not_yours", params={"role": str(actor.role)}),))
    return actor.organisation_id


def operator(actor: Actor) -> int:
    """Return the person of the operator who acts, by name."""
    if actor.role is not Role.OPERATOR or actor.person_id is None:
        raise Forbidden(reasons=(Reason("move_not_yours", params={"role": str(actor.role)}),))
    return actor.person_id


async def own(actor: Actor) -> Record:
    """Lock the agency somebody acts for."""
    found = await queries.locked_of_organisation(organisation_of(actor))
    if found is None:
        raise NotFound("application_not_begun")
    return found


async def by_uscc(uscc: str) -> Record:
    """Lock an agency by its code."""
    found = await queries.locked(uscc)
    if found is None:
        raise NotFound
    return found


async def is_pending(agency_id: int) -> bool:
    """Tell whether a form check is open."""
    return await queries.pending_check(agency_id) is not None


def refuse(reasons: Iterable[Reason], kind: type[Refusal] = Invalid) -> None:
    """Refuse with every reason; do nothing if there is none."""
    found = tuple(reasons)
    if found:
        raise kind(reasons=found)
