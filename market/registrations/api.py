"""Registrations for programs: registering, withdrawing, receipts."""

from datetime import datetime
from typing import Any

from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from market.accounts.guards import needs
from market.kernel.roles import Role
from market.problems import refusals
from market.registrations import service
from market.visit import Visit

AGENCY = [needs(Role.AGENCY)]
MOST_SHOWN = 200


class RegisterAsked(Struct, forbid_unknown_fields=True):
    """The declaration that there is no conflict of interest and no arrangement with others."""

    declared: bool


class ReceiptGiven(Struct):
    """A receipt: keep it, it proves an omission."""

    receipt: str
    notice: str
    uscc: str
    price_fen: int
    entry_index: int
    leaf_hash: str
    salt: str
    document: dict[str, Any]
    registered_at: datetime


class RegistrationLine(Struct):
    """One registration of one's own."""

    notice_code: str
    notice_title: str
    state: str
    price_fen: int
    receipt: str
    registered_at: datetime
    place: int | None


class RegistrationsApi(Controller):
    """What an agency's program may do about notices."""

    path = "/api/v1"
    tags = ("registrations",)
    guards = AGENCY

    @post("/notices/{code:str}/registration", summary="Register", responses=refusals(400, 401, 403, 404, 409, 413, 422))
    async def register(self, visit: Visit, code: FromPath[str], data: JSONBody[RegisterAsked]) -> ReceiptGiven:
        """Register for a notice; the moment this request arrived counts."""
        found = await service.register(code, declared=data.declared, actor=visit.actor, now=visit.now)
        return ReceiptGiven(**service.as_json(found) | {"registered_at": found.registered_at})

    @delete(
        "/notices/{code:str}/registration",
        status_code=204,
        summary="Withdraw a registration",
        responses=refusals(401, 403, 404, 409),
    )
    async def withdraw(self, visit: Visit, code: FromPath[str]) -> None:
        """Withdraw one's registration before the deadline."""
        await service.withdraw(code, actor=visit.actor, now=visit.now)

    @get("/registrations", summary="List own registrations", responses=refusals(401, 403))
    async def registrations(self, visit: Visit) -> list[RegistrationLine]:
        """List the agency's own registrations, the newest two hundred."""
        rows = await service.registrations(visit.actor, limit=MOST_SHOWN)
        names = RegistrationLine.__struct_fields__
        return [RegistrationLine(**{name: getattr(row, name) for name in names}) for row in rows]

    @get("/receipts/{code:str}", summary="Get a receipt", responses=refusals(401, 403, 404))
    async def receipt(self, visit: Visit, code: FromPath[str]) -> ReceiptGiven:
        """Give a receipt to the agency it was made for."""
        found = await service.receipt(code, actor=visit.actor)
        return ReceiptGiven(**service.as_json(found) | {"registered_at": found.registered_at})


ROUTES: tuple[Any, ...] = (RegistrationsApi,)
