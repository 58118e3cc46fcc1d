"""
Admission, leaving and suspension: what moves an agency from state to state.

An application is an agency in ``applying`` without an open form check until
it is submitted. The operator only checks the form; the period is the
ruleset's and begins with the submission.
"""

from collections.abc import Collection
from datetime import datetime

from asyncpg import Record

from market.agencies import queries, rules
from market.agencies.rules import Application, Claim, Finding, Identity, Letter, Party, PartyKind
from market.agencies.service import measures
from market.agencies.service.found import by_uscc, is_pending, operator, organisation_of, own, refuse, subject
from market.agencies.states import AGENCY, AgencyAction, AgencyState
from market.clock import service as clock
from market.db import writing
from market.kernel import rulesets, terms
from market.kernel.calendar import end_of
from market.kernel.errors import Forbidden, MoveRefused, NotFound, NotReady, Reason
from market.kernel.roles import SYSTEM, Actor
from market.kernel.times import local, rfc3339
from market.ledger import service as ledger
from market.messages import service as messages


async def submit(letter: Letter, *, actor: Actor, now: datetime) -> datetime:
    """
    Submit an application with its commitment letter, and return when the form check is due.

    After a return this is the resubmission. Every reason against it is given
    at once.
    """
    ruleset = rulesets.get(letter.ruleset)
    period = (await clock.calendar()).counting(ruleset.workday_unit)
    due_at = period.period_end(now, ruleset.admission.check_workdays)
    async with writing():
        agency = await own(actor)
        state = AgencyState(agency["state"])
        if state is AgencyState.RETURNED:
            await _move(agency, AgencyAction.RESUBMIT, actor)
        elif state is not AgencyState.APPLYING:
            raise MoveRefused(reasons=(Reason("not_applying", params={"state": str(state)}),))
        application = await _application(agency, now)
        refuse(rules.bars_submission(application, letter, now))
        if actor.person_id is None:
            raise Forbidden
        text = terms.word("commitment", "letter")
        await queries.add_letter(agency["id"], letter, text, by=actor.person_id, now=now)
        if not await queries.submit(agency["id"], now=now, due_at=due_at):
            raise MoveRefused(reasons=(Reason("application_pending"),))
        await _log_application(agency, letter, text, due_at, now)
    return due_at


async def bars_submission(*, actor: Actor, now: datetime) -> tuple[Reason, ...]:
    """Return what stands against submitting as the papers are, for the page before the button."""
    agency = await queries.of_organisation(organisation_of(actor))
    if agency is None:
        return (Reason("application_not_begun"),)
    accepted = Letter(rulesets.latest().code, "", "", accepted=True)
    return rules.bars_submission(await _application(agency, now), accepted, now)


async def admit(uscc: str, verified: Collection[int], *, actor: Actor, now: datetime) -> None:
    """Admit an agency and verify the qualifications chosen; what is not chosen stays unverified and counts nothing."""
    person = operator(actor)
    async with writing():
        agency = await by_uscc(uscc)
        after = AGENCY.decide(AgencyState(agency["state"]), AgencyAction.ADMIT, actor.role)
        check = await _check(agency)
        codes = await _verify(agency, verified, now)
        if not await queries.close_check(check["id"], "admitted", [], by=person, now=now):
            raise MoveRefused
        await queries.stamp(agency["id"], "admitted_at", now)
        await queries.stamp(agency["id"], "check_due_at", None)
        if not await queries.move(agency["id"], AgencyState(agency["state"]), after):
            raise MoveRefused
        await _suspend_still(agency, after, now)
        await messages.tell(agency["organisation"], "agency_admitted", at=now, subject=subject(uscc))
        await ledger.append(
            "agency.admitted",
            at=now,
            subject=subject(uscc),
            fields={"uscc": uscc, "name": agency["name"], "check": check["number"], "qualifications": sorted(codes)},
        )


async def send_back(uscc: str, findings: Collection[Finding], *, actor: Actor, now: datetime) -> None:
    """Return an application with every reason at once; it may be completed and submitted again, however often."""
    person = operator(actor)
    reasons = [{"reason": str(each.reason), "detail": each.detail} for each in findings]
    async with writing():
        agency = await by_uscc(uscc)
        AGENCY.decide(AgencyState(agency["state"]), AgencyAction.RETURN, actor.role)
        if not findings:
            raise MoveRefused(reasons=(Reason("field_required", "reasons"),))
        check = await _check(agency)
        if not await queries.close_check(check["id"], "returned", reasons, by=person, now=now):
            raise MoveRefused
        await queries.stamp(agency["id"], "check_due_at", None)
        await _move(agency, AgencyAction.RETURN, actor)
        await messages.tell(
            agency["organisation"], "agency_returned", at=now, subject=subject(uscc), count=len(reasons)
        )
        await ledger.append(
            "agency.returned",
            at=now,
            subject=subject(uscc),
            fields={"uscc": uscc, "check": check["number"], "reasons": [each["reason"] for each in reasons]},
            document={"reasons": reasons},
        )


async def leave(*, actor: Actor, now: datetime) -> None:
    """Leave the market freely; contracts in performance are still to be performed."""
    async with writing():
        agency = await own(actor)
        await _move(agency, AgencyAction.LEAVE, actor)
        await queries.stamp(agency["id"], "left_at", now)
        await ledger.append(
            "agency.left", at=now, subject=subject(agency["uscc"]), fields={"uscc": agency["uscc"], "freely": True}
        )


async def apply_again(*, actor: Actor, now: datetime) -> None:
    """Begin a new application after leaving, or after an elimination once the day announced has come."""
    async with writing():
        agency = await own(actor)
        reentry = agency["reentry_on"]
        if AgencyState(agency["state"]) is AgencyState.ELIMINATED and (reentry is None or local(now).date() < reentry):
            refuse((Reason("reentry_not_open", params={"on": reentry.isoformat() if reentry else "—"}),))
        await _move(agency, AgencyAction.APPLY_AGAIN, actor)
        await queries.stamp(agency["id"], "applied_at", now)
        await ledger.append(
            "agency.applying_again", at=now, subject=subject(agency["uscc"]), fields={"uscc": agency["uscc"]}
        )


async def change_contact(
    contact_name: str, contact_phone: str, introduction: str, *, actor: Actor, now: datetime
) -> None:
    """Change whom owners call; what the form check verified stays as it is."""
    async with writing():
        agency = await own(actor)
        refuse(rules.bars_edit(AgencyState(agency["state"]), await is_pending(agency["id"])))
        identity = Identity(agency["name"], agency["legal_representative"], contact_name, contact_phone, introduction)
        await queries.change_identity(agency["id"], identity)
        await ledger.append(
            "agency.contact_changed",
            at=now,
            subject=subject(agency["uscc"]),
            fields={"uscc": agency["uscc"]},
            document={"contact_name": contact_name, "contact_phone": contact_phone},
        )


async def suspend(agency_id: int, *, until: datetime, basis: str, now: datetime, actor: Actor = SYSTEM) -> None:
    """Suspend an agency until a moment, as a measure decided above; standing ends with it by itself."""
    async with writing():
        await ledger.append_many(
            await measures.suspend_within(agency_id, until=until, basis=basis, now=now, actor=actor)
        )


async def resume_due(now: datetime) -> int:
    """Lift every suspension whose announced end has come, and return how many."""
    lifted = 0
    async with writing():
        for agency in await queries.due_suspensions(now, 100):
            await _move(agency, AgencyAction.RESUME, SYSTEM)
            await queries.stamp(agency["id"], "suspended_until", None)
            await queries.stamp(agency["id"], "next_check_at", None)
            await messages.tell(agency["organisation"], "agency_resumed", at=now, subject=subject(agency["uscc"]))
            await ledger.append(
                "agency.resumed", at=now, subject=subject(agency["uscc"]), fields={"uscc": agency["uscc"]}
            )
            lifted += 1
    return lifted


async def queue() -> list[Record]:
    """Return the applications that wait for a form check, the one due first on top."""
    return await queries.queue()


async def _log_application(agency: Record, letter: Letter, text: str, due_at: datetime, now: datetime) -> None:
    await ledger.append(
        "agency.applied",
        at=now,
        subject=subject(agency["uscc"]),
        fields={
            "uscc": agency["uscc"],
            "name": agency["name"],
            "ruleset": letter.ruleset,
            "due_at": rfc3339(due_at),
            "qualifications": [row["code"] for row in await queries.unverified(agency["id"])],
        },
        document={
            "letter": text,
            "service_email": letter.service_email,
            "service_address": letter.service_address,
            "legal_representative": agency["legal_representative"],
        },
    )


async def _move(agency: Record, action: AgencyAction, actor: Actor) -> None:
    before = AgencyState(agency["state"])
    if not await queries.move(agency["id"], before, AGENCY.decide(before, action, actor.role)):
        raise MoveRefused


async def _suspend_still(agency: Record, admitted: AgencyState, now: datetime) -> None:
    """Let a suspension bind on whoever left under it and came back before its end."""
    until = agency["suspended_until"]
    if until is not None and now < until:
        after = AGENCY.decide(admitted, AgencyAction.SUSPEND, SYSTEM.role)
        if not await queries.move(agency["id"], admitted, after):
            raise MoveRefused
        await queries.stamp(agency["id"], "next_check_at", until)


async def _by_id(agency_id: int) -> Record:
    found = await queries.locked_by_id(agency_id)
    if found is None:
        raise NotFound
    return found


async def _check(agency: Record) -> Record:
    check = await queries.pending_check(agency["id"])
    if check is None:
        raise NotReady("application_not_submitted")
    return check


async def _verify(agency: Record, verified: Collection[int], now: datetime) -> set[str]:
    """Verify the chosen qualifications of this agency, and refuse with all of those that cannot be."""
    waiting = {row["id"]: row for row in await queries.unverified(agency["id"])}
    today = local(now).date()
    chosen = [waiting[claim_id] for claim_id in verified if claim_id in waiting]
    refuse(
        [Reason("not_a_choice", "verified") for claim_id in verified if claim_id not in waiting]
        + [
            Reason("claim_lapsed", "verified", {"number": row["number"]})
            for row in chosen
            if row["valid_until"] < today
        ]
    )
    for row in chosen:
        await queries.verify(row["id"], now=now, next_check_at=end_of(row["valid_until"]))
    return {row["code"] for row in chosen}


async def _application(agency: Record, now: datetime) -> Application:
    parties = await queries.parties(agency["id"])
    identifiers = [row["identifier"] for row in parties if row["identifier"]]
    return Application(
        uscc=agency["uscc"],
        identity=Identity(
            agency["name"],
            agency["legal_representative"],
            agency["contact_name"],
            agency["contact_phone"],
            agency["introduction"],
        ),
        claims=tuple(
            Claim(row["code"], row["number"], row["issued_by"], row["issued_on"], row["valid_until"])
            for row in await queries.unverified(agency["id"])
        ),
        parties=tuple(
            Party(PartyKind(row["kind"]), row["name"], row["identifier"], row["share_percent"]) for row in parties
        ),
        pending=await is_pending(agency["id"]),
        reentry_on=await queries.reentry_on(agency["id"], identifiers, local(now).date()),
    )
