"""
Bringing in facts: approvals and credit levels by file, checks one by one, and annulling a check.

The log tells how many rows a file had and its hash, never a row. A check costs
or earns credit, so its agency is told; what proves wrong is annulled by the
body that recorded it, and stays readable.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asyncpg import Record

from market.credit import fact_rules as rules
from market.credit.fact_rules import ApprovalRow, Check, File
from market.credit.queries import facts as queries
from market.credit.service.rankings import may_confirm
from market.db import writing
from market.kernel import divisions
from market.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Reasons
from market.kernel.roles import Actor, Role
from market.kernel.times import local
from market.kernel.typed import Typed
from market.ledger import service as ledger
from market.messages import service as messages


async def import_approvals(typed: Typed, *, actor: Actor, now: datetime) -> int:
    """Bring in a file of an authority's approvals, whole or not at all; return how many rows it had."""
    person, authority = _acting(actor, Role.AUTHORITY)
    file, rows = rules.parse_approvals(typed, items=await queries.items(), today=local(now).date())
    async with writing():
        source = await _import("approvals", file, len(rows), (person, authority), now)
        _refuse_known(rows, await queries.known_approvals(authority, {row.number for row in rows}))
        if await queries.add_approvals(source, authority, rows, now) != len(rows):
            raise Conflict("file_crossed")
        await _log("approvals.imported", source, file, len(rows), now)
    return len(rows)


async def import_levels(typed: Typed, *, actor: Actor, now: datetime) -> int:
    """Bring in a file of public credit levels; return how many rows it had."""
    person, regulator = _acting(actor, Role.REGULATOR)
    if not may_confirm(actor):
        raise Forbidden("levels_not_yours")
    file, rows = rules.parse_levels(typed, agencies=await queries.agencies())
    async with writing():
        source = await _import("public_credit", file, len(rows), (person, regulator), now)
        if await queries.add_levels(source, rows, now) != len(rows):
            raise Conflict("file_crossed")
        await _log("public_credit.imported", source, file, len(rows), now)
    return len(rows)


async def imports(kind: str, actor: Actor) -> list[Record]:
    """List the files somebody's organisation brought in."""
    return await queries.imports(actor.organisation_id, kind)


async def check(asked: Check, *, actor: Actor, now: datetime) -> int:
    """Record a regulator's check of an agency, with or without a contract."""
    person, regulator = _acting(actor, Role.REGULATOR)
    async with writing():
        agency = await queries.agency(asked.uscc)
        if agency is None:
            raise Invalid("check_agency_unknown", field="uscc")
        contract = await queries.contract(asked.contract) if asked.contract else None
        if asked.contract and (contract is None or contract["agency"] != agency["id"]):
            raise Invalid("check_contract_unknown", field="contract")
        # What no contract places is about the agency as a whole, which has no district and no trade.
        if contract is not None and not actor.may_see(contract["division"], contract["trade"]):
            raise Forbidden("check_not_yours")
        number = await queries.add_check(
            *("regulator", agency["id"], contract["id"] if contract else None),
            passed=asked.passed, words=asked.words, body=regulator, person=person, now=now,
        )  # fmt: skip
        await _told(number, agency, "regulator", asked, now)
    return number


async def judge(asked: Check, *, actor: Actor, now: datetime) -> int:
    """Record an authority's acceptance or return of the deliverable of a contract, once."""
    person, authority = _acting(actor, Role.AUTHORITY)
    async with writing():
        contract = await queries.contract(asked.contract)
        if contract is None or not divisions.within(contract["division"], actor.division or ""):
            raise Invalid("check_contract_unknown", field="contract")
        if contract["first_delivered_at"] is None or contract["first_delivered_at"] > now:
            raise Conflict("not_delivered")
        if await queries.checked(contract["id"], authority):
            raise Conflict("deliverable_judged")
        number = await queries.add_check(
            *("authority", contract["agency"], contract["id"]),
            passed=asked.passed, words=asked.words, body=authority, person=person, now=now,
        )  # fmt: skip
        await _told(number, contract, "authority", asked, now)
    return number


async def annul(check_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """Annul a check of one's own organisation, with a reason."""
    _, body = _acting(actor, Role.REGULATOR, Role.AUTHORITY)
    async with writing():
        found = await queries.annul(check_id, body, reason, now)
        if found is None:
            if await queries.annulled(check_id, body):
                raise Conflict("check_annulled")
            raise NotFound("check_not_found")
        subject = f"agency:{found['uscc']}"
        await messages.tell(found["organisation"], "check_annulled", at=now, subject=subject, check=check_id)
        fields = {"check": check_id, "kind": found["kind"]}
        await ledger.append("check.annulled", at=now, subject=found["uscc"], fields=fields, document={"reason": reason})


async def checks(actor: Actor) -> list[Record]:
    """List what somebody's organisation recorded."""
    return await queries.checks(actor.organisation_id)


def _acting(actor: Actor, *roles: Role) -> tuple[int, int]:
    if actor.role not in roles or actor.person_id is None or actor.organisation_id is None:
        raise Forbidden("wrong_role", role=actor.role.value)
    return actor.person_id, actor.organisation_id


async def _import(kind: str, file: File, rows: int, acting: tuple[int, int], now: datetime) -> int:
    person, organisation = acting
    source = await queries.add_import(kind, file, rows=rows, organisation=organisation, person=person, now=now)
    if source is None:
        before = await queries.import_of(organisation, kind, file.hash)
        assert before is not None
        raise Conflict("file_imported", field=rules.FIELD, name=before["file_name"])
    return source


def _refuse_known(rows: list[ApprovalRow], known: frozenset[tuple[str, str]]) -> None:
    found = Reasons()
    for row in rows:
        if (row.number, row.item) in known:
            found.add("csv_known", rules.FIELD, line=row.line, number=row.number, item=row.item)
    found.raise_if_any()


async def _log(kind: str, source: int, file: File, rows: int, now: datetime) -> None:
    fields: Mapping[str, Any] = {"rows": rows, "hash": file.hash}
    await ledger.append(kind, at=now, subject=f"import:{source}", fields=fields)


async def _told(number: int, agency: Record, kind: str, asked: Check, now: datetime) -> None:
    named = {"check": number, "outcome": "passed" if asked.passed else "failed"}
    subject = f"agency:{agency['uscc']}"
    await messages.tell(agency["organisation"], "check_recorded", at=now, subject=subject, **named)
    fields = {"check": number, "kind": kind, "passed": asked.passed}
    document = {"words": asked.words}
    await ledger.append("check.recorded", at=now, subject=agency["uscc"], fields=fields, document=document)
