"""Every message leads each of its readers to a page that exists and lets that reader in."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from market.desk.places import place_of
from market.kernel import terms
from market.kernel.roles import Role
from market.messages.service import Note
from tests.architecture.source import python_files
from tests.architecture.test_routes import an_app, handlers

AT = datetime(2026, 12, 31, 16, tzinfo=UTC)
OWNER, AGENCY, REGULATOR, AUTHORITY, AUDITOR = (
    Role.OWNER, Role.AGENCY, Role.REGULATOR, Role.AUTHORITY, Role.AUDITOR,
)  # fmt: skip
PARTIES = (OWNER, AGENCY)
# Who is told what; the kinds by what they are about.
READERS: dict[str, dict[str, tuple[Role, ...]]] = {
    "agency:91X": {
        **dict.fromkeys(
            ("agency_admitted", "agency_returned", "agency_suspended", "agency_resumed", "agency_item_suspended",
             "agency_items_opened", "agency_eliminated", "agency_reinstated", "qualification_verified",
             "party_verified", "party_ended",
             "qualification_renewed", "qualification_refused", "qualification_revoked", "qualification_lapsed",
             "check_recorded", "check_annulled"),
            (AGENCY,),
        ),
    },
    "case:AJ-1": {
        **dict.fromkeys(
            ("case_noticed", "case_published", "case_served", "case_hearing_held", "case_decided", "case_executed",
             "case_ended", "case_dismissed", "case_appeal_upheld", "case_appeal_dismissed", "case_repair_granted",
             "case_repair_refused"),
            (AGENCY,),
        ),
        **dict.fromkeys(
            ("case_opened", "case_to_post", "case_stated", "case_hearing_asked", "case_to_decide", "case_signed",
             "case_held", "case_appealed", "case_repair_asked"),
            (REGULATOR,),
        ),
        "case_escalated": (REGULATOR, AUDITOR),
    },
    "item:ZJ001": {"item_decided": (AUTHORITY, REGULATOR)},
    "ranking:2026-03-31": {
        "ranking_drafted": (REGULATOR,), "ranking_objection_filed": (REGULATOR,), "ranking_published": (AGENCY,),
        "ranking_line_drafted": (AGENCY,), "ranking_objection_upheld": (AGENCY,),
        "ranking_objection_dismissed": (AGENCY,),
    },
    "question:1": {"owner_asked": (OWNER,)},
    "abandonment:1": {
        "abandonment_contested": (REGULATOR,),
        **dict.fromkeys(
            ("abandonment_notified", "abandonment_confirmed", "abandonment_excused", "abandonment_annulled"), (AGENCY,)
        ),
    },
    "contract:HT-1": {
        "lateness_entered": (AGENCY,), "review_poor": (REGULATOR,),
        **dict.fromkeys(("review_open", "reviews_revealed", "review_followed_up"), PARTIES),
        **{kind: PARTIES for kind in terms.codes("message") if kind.startswith("contract_")},
    },
    "XZ-1": {
        "notice_published": (AGENCY,), "registered": (AGENCY,), "pool_frozen": (AGENCY,), "award_proposed": PARTIES,
        "award_skipped": (AGENCY,), "award_declined": (OWNER,), "award_confirmed": (AGENCY,),
        "award_notice_due": (OWNER,), "notice_failed": PARTIES,
    },
}  # fmt: skip
TOLD = [(subject, kind, role) for subject, held in READERS.items() for kind, roles in held.items() for role in roles]


def place(kind: str, subject: str, role: Role, **params: Any) -> str:
    return place_of(Note(1, kind, subject, params, AT, None), role)


@pytest.fixture(scope="module")
def pages() -> list[tuple[re.Pattern[str], frozenset[Role]]]:
    """Return every page as the addresses it answers and the roles it lets in; none are named for a public one."""
    found = []
    for path, method, handler in handlers(an_app()):
        if method == "GET":
            pattern = re.sub(r"\{\w+:int\}", r"\\d+", re.sub(r"\{\w+:str\}", "[^/]+", path))
            roles = frozenset(role for guard in handler.resolve_guards() for role in getattr(guard, "roles", ()))
            found.append((re.compile(pattern), roles))
    return found


def test_every_kind_of_message_has_its_readers_here() -> None:
    assert {kind for held in READERS.values() for kind in held} == set(terms.codes("message"))


@pytest.mark.parametrize(("subject", "kind", "role"), TOLD)
def test_a_message_leads_to_a_page_that_lets_its_reader_in(
    subject: str, kind: str, role: Role, pages: list[tuple[re.Pattern[str], frozenset[Role]]]
) -> None:
    address = place(kind, subject, role)

    assert any(pattern.fullmatch(address) and (not roles or role in roles) for pattern, roles in pages), address


def test_what_a_case_tells_to_whom_is_what_is_written_here() -> None:
    told, sides = READERS["case:AJ-1"], {"agency": AGENCY, "regulators": REGULATOR}
    said = re.compile(r'tell_(agency|regulators)\(\s*(?:case, )?f?"([a-z_]+)')
    found = {match for path in python_files("market/credit/service/cases") for match in said.findall(path.read_text())}

    assert len(found) > 15
    for side, said_so in found:
        kinds = [kind for kind in told if kind == said_so or (said_so.endswith("_") and kind.startswith(said_so))]
        assert any(sides[side] in told[kind] for kind in kinds), said_so


@pytest.mark.parametrize(
    ("kind", "subject", "role", "address"),
    [
        ("case_stated", "case:AJ-1", REGULATOR, "/regulator/cases/AJ-1"),
        ("case_served", "case:AJ-1", AGENCY, "/agency/cases/AJ-1"),
        ("case_escalated", "case:AJ-1", AUDITOR, "/auditor/cases/AJ-1"),
        ("owner_asked", "question:7", OWNER, "/owner/questions/7"),
        ("abandonment_contested", "abandonment:7", REGULATOR, "/regulator/abandonments/7"),
        ("abandonment_annulled", "abandonment:7", AGENCY, "/agency/abandonments/7"),
        ("agency_returned", "agency:91X", AGENCY, "/agency/join"),
        ("ranking_published", "ranking:2026-03-31", AGENCY, "/credit/2026-03-31"),
        ("contract_closed", "contract:HT-1", OWNER, "/owner/contracts/HT-1"),
        ("x", "other:1", OWNER, ""),
    ],
)
def test_the_page_is_the_one_its_reader_acts_on(kind: str, subject: str, role: Role, address: str) -> None:
    assert place(kind, subject, role) == address


def test_a_measure_leads_to_the_case_on_which_it_is_appealed_against() -> None:
    assert place("agency_eliminated", "agency:91X", AGENCY, basis="AJ-1") == "/agency/cases/AJ-1"
    assert place("agency_suspended", "agency:91X", AGENCY) == "/agency/profile"
