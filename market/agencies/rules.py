"""
Who may enter the market as an agency, and for which items it may act.

Entry is a form check and nothing else: is every paper there, legible and
consistent? No reason speaks of where an agency is registered, how large it is
or how many there are already. A qualification's last valid day is still valid;
it lapses at 00:00 Beijing time of the next day, whether or not a worker runs.

Basis: 优化营商环境条例 art. 43; 湖南省 admission rules of 2022 (form check in two
working days, with reasons); DESIGN §§1, 2, 12.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from market.agencies.states import AgencyState
from market.kernel import uscc
from market.kernel.errors import Reason
from market.kernel.times import local, rfc3339


class ReturnReason(StrEnum):
    """What a form check may find wanting; the list is closed, so that no other condition can creep in."""

    IDENTITY_MISMATCH = "identity_mismatch"  # 名称或统一社会信用代码与营业执照不一致
    REPRESENTATIVE_MISMATCH = "representative_mismatch"  # 法定代表人与营业执照不一致
    CONTACT_UNREACHABLE = "contact_unreachable"  # 联系人或电话无法核实
    QUALIFICATION_UNREADABLE = "qualification_unreadable"  # 资质信息不完整
    QUALIFICATION_NOT_FOUND = "qualification_not_found"  # 资质与发证机关公布的信息不一致
    QUALIFICATION_EXPIRED = "qualification_expired"  # 资质已过有效期
    PRACTITIONER_UNVERIFIED = "practitioner_unverified"  # 执业人员信息无法核实
    PARTIES_INCOMPLETE = "parties_incomplete"  # 关联关系申报不完整
    COMMITMENT_INCOMPLETE = "commitment_incomplete"  # 承诺书不完整
    SERVICE_ADDRESS_UNUSABLE = "service_address_unusable"  # 送达地址无法使用


class PartyKind(StrEnum):
    """How a party is related to an agency."""

    CONTROLLER = "controller"  # 控股股东、实际控制人
    LEGAL_REPRESENTATIVE = "legal_representative"  # 法定代表人任职
    AUTHORITY_AFFILIATED = "authority_affiliated"  # 与审批部门有隶属、投资关系


@dataclass(frozen=True, slots=True)
class Identity:
    """Step 1: who the agency is; its code and division come from its organisation."""

    name: str
    legal_representative: str
    contact_name: str
    contact_phone: str
    introduction: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Step 2: one qualification as its holder states it."""

    code: str
    number: str
    issued_by: str
    issued_on: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Practice:
    """Step 3: one practitioner with a certificate."""

    name: str
    certificate: str
    certificate_number: str


@dataclass(frozen=True, slots=True)
class Party:
    """Step 3: one related party; the identifier is a USCC or an identity number."""

    kind: PartyKind
    name: str
    identifier: str | None
    share_percent: int | None


@dataclass(frozen=True, slots=True)
class Letter:
    """Step 4: the commitment letter, with the address for service."""

    ruleset: str
    service_email: str
    service_address: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason of a return, with what the checker adds in words."""

    reason: ReturnReason
    detail: str


@dataclass(frozen=True, slots=True)
class Application:
    """What a submission is judged by."""

    uscc: str
    identity: Identity
    claims: tuple[Claim, ...]
    parties: tuple[Party, ...]
    pending: bool
    reentry_on: date | None


@dataclass(frozen=True, slots=True)
class Held:
    """One qualification as far as standing asks."""

    code: str
    valid_until: date
    verified: bool
    revoked: bool


@dataclass(frozen=True, slots=True)
class KeptOut:
    """A decided span in which an agency may not act: for one item, or for all behind an elimination."""

    code: str  # item_suspended or agency_barred
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """An agency as far as standing asks."""

    state: AgencyState
    suspended_until: datetime | None
    held: tuple[Held, ...]
    kept_out: tuple[KeptOut, ...] = ()


def bars_submission(application: Application, letter: Letter, now: datetime) -> tuple[Reason, ...]:
    """
    Return every reason an application cannot be submitted.

    An agency without any qualification may enter: items that ask for none are
    open to it. Re-entry after an elimination is open on the day announced.
    """
    today = local(now).date()
    code = uscc.check(application.uscc)
    found = [code] if isinstance(code, Reason) else []
    filled = application.identity
    checks = {
        "application_pending": application.pending,
        "identity_missing": not (filled.legal_representative and filled.contact_name and filled.contact_phone),
        "controller_undeclared": all(party.kind is not PartyKind.CONTROLLER for party in application.parties),
        "commitment_not_accepted": not letter.accepted,
    }
    found += [Reason(reason) for reason, applies in checks.items() if applies]
    if application.reentry_on is not None and today < application.reentry_on:
        found.append(Reason("reentry_not_open", params={"on": application.reentry_on.isoformat()}))
    found += [
        Reason("claim_lapsed", params={"number": claim.number})
        for claim in application.claims
        if claim.valid_until < today
    ]
    return tuple(found)


def bars_claim(claim: Claim, now: datetime) -> tuple[Reason, ...]:
    """Return every reason a qualification cannot be entered; its last valid day is still valid."""
    today = local(now).date()
    found = {
        "days_out_of_order": (claim.valid_until < claim.issued_on, "valid_until"),
        "claim_lapsed": (claim.valid_until < today, "valid_until"),
        "issued_in_future": (claim.issued_on > today, "issued_on"),
    }
    params = {"number": claim.number}
    return tuple(Reason(code, field, params) for code, (applies, field) in found.items() if applies)


def suspended(state: AgencyState, until: datetime | None, now: datetime) -> bool:
    """Tell whether a suspension binds now; it ends at the moment announced, even if no worker lifts it."""
    return state is AgencyState.SUSPENDED and (until is None or now < until)


def was_outside(admitted_at: datetime | None, left_at: datetime | None) -> bool:
    """Tell whether an agency was outside the market by its own will: never admitted, or not again since it left."""
    return admitted_at is None or (left_at is not None and left_at >= admitted_at)


def item_standing(agency: Standing, needed: Collection[str], now: datetime) -> tuple[Reason, ...]:
    """
    Return every reason an agency may not act for an item; none means good standing.

    For each qualification the best one held counts: a lapsed certificate
    beside a valid one is no reason.
    """
    today = local(now).date()
    found = []
    if agency.state not in (AgencyState.ADMITTED, AgencyState.SUSPENDED):
        found.append(Reason("agency_not_admitted", params={"state": str(agency.state)}))
    if suspended(agency.state, agency.suspended_until, now):
        found.append(Reason("agency_suspended"))
    spans = {(each.code, each.until_at) for each in agency.kept_out if each.from_at <= now < each.until_at}
    found.extend(Reason(code, params={"until": rfc3339(until_at)}) for code, until_at in sorted(spans))
    for code in needed:
        problem = _problem([each for each in agency.held if each.code == code], today)
        if problem:
            found.append(Reason(problem, params={"qualification": code}))
    return tuple(found)


def _problem(held: Collection[Held], today: date) -> str | None:
    """Name what is wrong with all the certificates of one qualification, starting from the nearest to good."""
    unrevoked = [each for each in held if not each.revoked]
    if any(each.verified and each.valid_until >= today for each in unrevoked):
        return None
    if any(each.valid_until >= today for each in unrevoked):
        return "qualification_unverified"
    if unrevoked:
        return "qualification_lapsed"
    return "qualification_revoked" if held else "qualification_missing"


def masked(text: str) -> str:
    """Hide the middle of a telephone, certificate or identity number, keeping three characters and the last two."""
    return text[:3] + "*" * max(4, len(text) - 5) + text[-2:] if len(text) > 6 else "*" * max(4, len(text))


def bars_edit(state: AgencyState, pending: bool) -> tuple[Reason, ...]:
    """
    Return every reason an agency's papers may not be changed now.

    Under a form check nothing moves, or the checker would admit what was not
    checked.
    """
    found = {
        "application_pending": pending,
        "apply_again_first": state in (AgencyState.ELIMINATED, AgencyState.LEFT),
    }
    return tuple(Reason(code) for code, applies in found.items() if applies)


def bars_identity_edit(state: AgencyState, pending: bool) -> tuple[Reason, ...]:
    """Return every reason name and legal representative may not be changed now: once checked, they are fixed."""
    fixed = state in (AgencyState.ADMITTED, AgencyState.SUSPENDED)
    return (*bars_edit(state, pending), *((Reason("identity_checked"),) if fixed else ()))
