"""
What agencies and the operator type, read into commands.

A form step and a JSON body are read by the same function; each returns a
command that is well formed, or refuses with every reason at its field.
"""

from collections.abc import Collection

from market.agencies.rules import Claim, Finding, Identity, Letter, Party, PartyKind, Practice, ReturnReason
from market.kernel.typed import Reading, Typed


def parse_identity(typed: Typed) -> Identity:
    """Read step 1."""
    reading = Reading(typed)
    identity = Identity(
        name=reading.text("name", most=80),
        legal_representative=reading.text("legal_representative", most=40),
        contact_name=reading.text("contact_name", most=40),
        contact_phone=reading.phone("contact_phone"),
        introduction=reading.text("introduction", most=1000, optional=True),
    )
    reading.finish()
    return identity


def parse_claim(typed: Typed, known: Collection[str]) -> Claim:
    """Read one qualification; its code is one that some item asks for."""
    reading = Reading(typed)
    claim = Claim(
        code=reading.one_of("code", known),
        number=reading.text("number", most=60),
        issued_by=reading.text("issued_by", most=80),
        issued_on=reading.day("issued_on"),
        valid_until=reading.day("valid_until"),
    )
    reading.finish()
    return claim


def parse_practice(typed: Typed) -> Practice:
    """Read one practitioner."""
    reading = Reading(typed)
    practice = Practice(
        name=reading.text("practitioner_name", most=40),
        certificate=reading.text("certificate", most=60),
        certificate_number=reading.text("certificate_number", most=60),
    )
    reading.finish()
    return practice


def parse_party(typed: Typed) -> Party:
    """Read one related party; a controller's share is asked for, because control is judged by it."""
    reading = Reading(typed)
    kind = reading.one_of("kind", [str(each) for each in PartyKind])
    share = None
    if kind == PartyKind.CONTROLLER or typed.one("share_percent"):
        share = reading.whole("share_percent", least=0, most=100)
    name = reading.text("party_name", most=80)
    identifier = reading.text("identifier", most=40, optional=True) or None
    reading.finish()
    return Party(kind=PartyKind(kind), name=name, identifier=identifier, share_percent=share)


def parse_letter(typed: Typed, ruleset: str) -> Letter:
    """Read the commitment letter; not accepted, it is no letter."""
    reading = Reading(typed)
    letter = Letter(
        ruleset=ruleset,
        service_email=reading.email("service_email"),
        service_address=reading.text("service_address", most=200),
        accepted=reading.yes("accepted"),
    )
    if not letter.accepted:
        reading.reasons.add("commitment_not_accepted", "accepted")
    reading.finish()
    return letter


def parse_findings(typed: Typed) -> tuple[Finding, ...]:
    """Read what a form check found; each ticked reason may carry its own words, and at least one is ticked."""
    reading = Reading(typed)
    known = {str(each) for each in ReturnReason}
    ticked = tuple(dict.fromkeys(code for code in typed.many("reasons") if code))
    if not ticked:
        reading.reasons.add("field_required", "reasons")
    if not known.issuperset(ticked):
        reading.reasons.add("not_a_choice", "reasons")
    details = {code: reading.text(f"detail_{code}", most=300, optional=True) for code in ticked}
    reading.finish()
    return tuple(Finding(ReturnReason(code), details[code]) for code in ticked)


def parse_refusal(typed: Typed) -> str:
    """Read why a qualification is not verified."""
    reading = Reading(typed)
    reason = reading.text("reason", most=300)
    reading.finish()
    return reason


def parse_confirmation(typed: Typed) -> None:
    """Refuse an act with consequences whose box is not ticked."""
    reading = Reading(typed)
    if not reading.yes("confirmed"):
        reading.reasons.add("not_confirmed", "confirmed")
    reading.finish()


def parse_contact(typed: Typed) -> tuple[str, str, str]:
    """Read whom owners call: name, telephone and introduction."""
    reading = Reading(typed)
    found = (
        reading.text("contact_name", most=40),
        reading.phone("contact_phone"),
        reading.text("introduction", most=1000, optional=True),
    )
    reading.finish()
    return found
