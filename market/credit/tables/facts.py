"""
Facts the score and the signals read: approvals, checks, imported levels and abandonments.

Each is recorded by a named person or follows from a deadline both sides can
verify. None is deleted: what proves wrong is annulled, and stays readable.
"""

from piccolo.constraints import Check, Unique
from piccolo.table import Table

from market.accounts.tables import Organisation, Person
from market.agencies.tables import Agency
from market.catalogue.tables import Item
from market.columns import key, moment, reference, text, whole, yes_no
from market.contracts.tables import Contract
from market.selection.tables import Award


class Import(Table, tablename="record_import"):
    """One file of rows an authority or a regulator brought in; the same file comes in once."""

    id = key()
    organisation = reference(Organisation)
    kind = text()
    file_name = text()
    file_hash = text()
    rows = whole()
    imported_by = reference(Person)
    imported_at = moment()

    record_import_once = Unique([organisation, kind, file_hash])
    record_import_kind_known = Check("kind in ('approvals','public_credit')")
    record_import_hash_shape = Check("file_hash ~ '^[0-9a-f]{64}$'")


class Approval(Table):
    """A deliverable an authority's approval relied on, or asked for."""

    id = key()
    source = reference(Import)
    authority = reference(Organisation)
    number = text()
    owner_uscc = text(index=True)
    project_code = text(index=True)
    item = reference(Item)
    division = text()
    agency_uscc = text(null=True)
    demanded = yes_no()
    decided_at = moment()
    recorded_at = moment()

    approval_once = Unique([authority, number, item])
    approval_division_shape = Check("division ~ '^[0-9]{6}$'")
    approval_after_decision = Check("recorded_at >= decided_at")


class SupervisionCheck(Table, tablename="supervision_check"):
    """A regulator's check of an agency, or an authority's acceptance or return of a deliverable."""

    id = key()
    agency = reference(Agency)
    kind = text()
    body = reference(Organisation)
    contract = reference(Contract, null=True)
    passed = yes_no()
    words = text()
    document_hash = text(null=True)
    recorded_by = reference(Person)
    recorded_at = moment()
    annulled_at = moment(null=True)
    annulled_reason = text(null=True)

    supervision_check_kind_known = Check("kind in ('regulator','authority')")
    supervision_check_has_words = Check("words <> ''")
    supervision_check_annulled_whole = Check("(annulled_at is null) = (annulled_reason is null)")


class PublicCredit(Table, tablename="public_credit"):
    """A level imported from the public credit platform; the latest counts."""

    id = key()
    source = reference(Import)
    agency = reference(Agency)
    level = text()
    recorded_at = moment()

    public_credit_once = Unique([source, agency])
    public_credit_level_known = Check("level in ('A','B','C','D')")


class Abandonment(Table):
    """
    An award an agency gave up: notified to it, open to contest, then confirmed or excused by a named person.

    Only a confirmed one counts, anywhere.
    Basis: DESIGN §7; ruleset table ``measures``.
    """

    id = key()
    agency = reference(Agency)
    source = text()
    award = reference(Award, unique=True)
    contract = reference(Contract, null=True)
    happened_at = moment()
    notified_at = moment()
    contest_until_at = moment()
    contested_at = moment(null=True)
    contest_words = text(null=True)
    excuse = text(null=True)
    state = text(index=True)
    decided_by = reference(Person, null=True)
    decided_for = reference(Organisation, null=True)
    decided_at = moment(null=True)
    decision_words = text(null=True)

    abandonment_source_known = Check("source in ('declined','unsigned','terminated')")
    abandonment_state_known = Check("state in ('notified','contested','confirmed','excused','annulled')")
    abandonment_contested_whole = Check("(contested_at is null) = (contest_words is null)")
    abandonment_contested_in_time = Check("contested_at is null or contested_at < contest_until_at")
    abandonment_decided_by_person = Check(
        "state in ('notified','contested') or (decided_by is not null and decided_for is not null"
        " and decided_at is not null and coalesce(decision_words, '') <> '')"
    )
    abandonment_decided_after_contest = Check(
        "decided_at is null or contested_at is not null or decided_at >= contest_until_at"
    )
