"""
Agencies (中介服务机构): admission, commitment, qualifications, parties, and what keeps them from acting.

Whether an agency may act for an item is never stored: it follows from its
state and from the last day of each qualification, so that a lapse takes effect
at 00:00 even if no worker runs.
"""

from piccolo.constraints import Check, Unique
from piccolo.table import Table

from market.accounts.tables import Organisation, Person
from market.catalogue.tables import Item
from market.columns import day, document, key, moment, reference, text, whole, yes_no


class Agency(Table):
    """An organisation's place in the market as an agency."""

    id = key()
    organisation = reference(Organisation, unique=True)
    uscc = text(unique=True)
    name = text()
    division = text(index=True)
    state = text(index=True)
    legal_representative = text()
    contact_name = text()
    contact_phone = text()
    introduction = text()
    applied_at = moment()
    check_due_at = moment(null=True)
    admitted_at = moment(null=True, index=True)
    left_at = moment(null=True)
    suspended_until = moment(null=True)
    eliminated_at = moment(null=True)
    reentry_on = day(null=True)
    next_check_at = moment(null=True)

    agency_state_known = Check("state in ('applying','returned','admitted','suspended','eliminated','left')")
    agency_admitted_has_moment = Check("state not in ('admitted','suspended') or admitted_at is not null")


class AdmissionCheck(Table, tablename="admission_check"):
    """One form check: every reason at once, within the ruleset's working days."""

    id = key()
    agency = reference(Agency)
    number = whole()
    submitted_at = moment()
    due_at = moment()
    outcome = text(null=True)
    reasons = document(null=True)
    decided_by = reference(Person, null=True)
    decided_at = moment(null=True)

    admission_check_once = Unique([agency, number])
    admission_check_outcome_known = Check("outcome is null or outcome in ('admitted','returned')")
    admission_check_decided_whole = Check("(outcome is null) = (decided_at is null)")


class Commitment(Table):
    """The commitment letter (承诺书): ruleset, address for service and grounds, accepted by a named person."""

    id = key()
    agency = reference(Agency)
    letter = text()
    ruleset = text()
    service_email = text()
    service_address = text()
    accepted_by = reference(Person)
    accepted_at = moment()


class Qualification(Table):
    """
    A licence or grade with its last valid day; verified before it counts.

    A renewal often keeps its number: what may not repeat is the same number
    with the same last day (index ``qualification_one_live``). A row taken back
    by its agency, or not confirmed by the operator, is withdrawn, never deleted.
    """

    id = key()
    agency = reference(Agency)
    code = text(index=True)
    number = text()
    issued_by = text()
    issued_on = day()
    valid_until = day()
    submitted_at = moment()
    verified_at = moment(null=True)
    revoked_at = moment(null=True)
    withdrawn_at = moment(null=True)
    lapse_recorded_at = moment(null=True)
    next_check_at = moment(null=True)

    qualification_days_in_order = Check("valid_until >= issued_on")


class Practitioner(Table):
    """A practitioner named by an agency; certificate numbers are shown masked."""

    id = key()
    agency = reference(Agency)
    name = text()
    certificate = text()
    certificate_number = text()
    ended_at = moment(null=True)


class RelatedParty(Table, tablename="related_party"):
    """Who controls or represents an agency, or is the authority it belongs to."""

    id = key()
    agency = reference(Agency)
    kind = text()
    name = text()
    identifier = text(null=True)
    share_percent = whole(null=True)
    declared_at = moment()
    ended_at = moment(null=True)
    verified = yes_no()

    related_party_kind_known = Check("kind in ('controller','legal_representative','authority_affiliated')")
    related_party_share_in_range = Check("share_percent is null or share_percent between 0 and 100")


class ItemSuspension(Table, tablename="item_suspension"):
    """An item an agency may not act for until a moment, as a decided case says; it ends by itself."""

    id = key()
    agency = reference(Agency)
    item = reference(Item)
    basis = text()
    from_at = moment()
    until_at = moment()
    ended_at = moment(null=True)

    item_suspension_once = Unique([agency, item, basis])
    item_suspension_in_order = Check("until_at > from_at")


class AgencyBar(Table, tablename="agency_bar"):
    """
    Whom an elimination keeps out: the agency, and whoever has its verified controller or legal representative.

    Identifiers are those of any moment from the opening of its case to the
    elimination, so that a change of papers opens no door, before or after.
    Basis: DESIGN §7.
    """

    id = key()
    agency = reference(Agency)
    identifier = text(index=True)
    kind = text()
    basis = text()
    from_at = moment()
    until_on = day()
    lifted_at = moment(null=True)

    agency_bar_once = Unique([agency, identifier, kind, basis])
    agency_bar_kind_known = Check("kind in ('uscc','controller','legal_representative')")
