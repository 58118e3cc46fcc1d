"""
Where a message leads: the page on which its reader acts, or reads what there is to read.

The same message goes to an agency and to a regulator, who act on different
pages, so the place depends on the reader's role. What it is about stands before
the colon of its subject; a subject without a colon is the code of a notice.
"""

from collections.abc import Mapping
from typing import Final

from market.credit.service.cases.opening import NUMBER_PREFIX
from market.kernel.roles import Role
from market.messages.service import Note

# Where the reader acts on something else than a page about the subject.
_ELSEWHERE: Final[Mapping[tuple[str, Role], str]] = {
    ("agency_returned", Role.AGENCY): "/agency/join",
    ("check_recorded", Role.AGENCY): "/agency/credit",
    ("check_annulled", Role.AGENCY): "/agency/credit",
    ("registered", Role.AGENCY): "/agency/registrations",
    ("award_proposed", Role.AGENCY): "/agency/awards",
    ("award_confirmed", Role.AGENCY): "/agency/awards",
    ("review_poor", Role.REGULATOR): "/regulator/reviews",
    ("item_decided", Role.AUTHORITY): "/authority/items",
}
# By what a message is about and who reads it; ``*`` is everybody else.
_PLACES: Final[Mapping[str, Mapping[str, str]]] = {
    "abandonment": {"agency": "/agency/abandonments/{code}", "regulator": "/regulator/abandonments/{code}"},
    "agency": {"agency": "/agency/profile", "*": "/agencies/{code}"},
    "case": {"agency": "/agency/cases/{code}", "auditor": "/auditor/cases/{code}", "*": "/regulator/cases/{code}"},
    "contract": {"owner": "/owner/contracts/{code}", "agency": "/agency/contracts/{code}", "*": "/contracts/{code}"},
    "guide": {"agency": "/agency/guides"},
    "item": {"*": "/services/{code}"},
    "notice": {"*": "/notices/{code}"},
    "question": {"owner": "/owner/questions/{code}"},
    "ranking": {"agency": "/agency/credit/{code}", "regulator": "/regulator/rankings/{code}", "*": "/credit/{code}"},
}


def place_of(note: Note, role: Role) -> str:
    """Return the address a message leads its reader to, or nothing."""
    before, colon, after = note.subject.partition(":")
    about, code = (before, after) if colon else ("notice", before)
    basis = str(note.params.get("basis", ""))
    if about == "agency" and basis.startswith(NUMBER_PREFIX):
        about, code = "case", basis  # a measure is appealed against on the page of its case
    if note.kind == "ranking_published":
        role = Role.PUBLIC
    places = _PLACES.get(about, {})
    found = _ELSEWHERE.get((note.kind, role)) or places.get(role, places.get("*", ""))
    return found.format(code=code)
