"""
Contracts, deliveries, changes and what came late.

What two parties agreed is not edited: an amount or a date changes only through
a change both agreed to, and what came late stays written down although the act
was made up for later. The queries are in ``queries.py``.
"""

from piccolo.constraints import Check, Unique
from piccolo.table import Table

from market.accounts.tables import Organisation
from market.agencies.tables import Agency
from market.columns import day, fen, key, moment, reference, text, whole, yes_no
from market.notices.tables import Notice
from market.selection.tables import Award


class Contract(Table):
    """What follows from one confirmed award."""

    id = key()
    number = text(unique=True)
    award = reference(Award, unique=True)
    notice = reference(Notice)
    owner = reference(Organisation)
    agency = reference(Agency)
    ruleset = text()
    award_fen = fen()
    guide_most_fen = fen()
    state = text()
    due_at = moment()
    sign_by_at = moment()
    paper_number = text(null=True)
    paper_hash = text(null=True)
    amount_fen = fen(null=True)
    signed_on = day(null=True)
    agreed_on = day(null=True)
    pay_days = whole(null=True)
    owner_signed_at = moment(null=True)
    agency_signed_at = moment(null=True)
    signed_at = moment(null=True)
    file_by_at = moment(null=True)
    filed_at = moment(null=True)
    begun_at = moment(null=True)
    first_delivered_at = moment(null=True)
    delivered_at = moment(null=True)
    silence_at = moment(null=True)
    returns = whole()
    accepted_at = moment(null=True)
    pay_by_at = moment(null=True)
    billed_fen = fen(null=True)
    paid_on = day(null=True)
    closed_at = moment(null=True)
    lapsed_at = moment(null=True)
    terminated_at = moment(null=True)
    ended_by = text(null=True)
    fault = text(null=True)
    end_words = text(null=True)
    fault_agreed = yes_no(null=True)
    fault_answer = text(null=True)
    excuse = text(null=True)
    excuse_words = text(null=True)
    next_check_at = moment(null=True)
    awaits_reviews = yes_no()

    contract_state_known = Check(
        "state in ('due','signed','filed','performing','delivered','returned','accepted','accepted_by_silence',"
        "'closed','lapsed','terminated')"
    )
    contract_amount_within_award = Check("amount_fen is null or amount_fen between 0 and award_fen")
    contract_signed_whole = Check(
        "state in ('due','lapsed') or (signed_at is not null and owner_signed_at is not null"
        " and agency_signed_at is not null and amount_fen is not null and signed_on is not null"
        " and agreed_on is not null and pay_days is not null and file_by_at is not null"
        " and coalesce(paper_number, '') <> '')"
    )
    contract_agreed_after_signing = Check("agreed_on is null or agreed_on >= signed_on")
    contract_pay_days_in_range = Check("pay_days is null or pay_days between 1 and 60")
    contract_paper_hash_shape = Check("paper_hash is null or paper_hash ~ '^[0-9a-f]{64}$'")
    contract_delivered_whole = Check("state <> 'delivered' or (delivered_at is not null and silence_at is not null)")
    contract_silence_at_its_end = Check("state <> 'accepted_by_silence' or accepted_at = silence_at")
    contract_accepted_whole = Check(
        "state not in ('accepted','accepted_by_silence','closed') or (accepted_at is not null and"
        " pay_by_at is not null)"
    )
    contract_closed_whole = Check(
        "state <> 'closed' or (closed_at is not null and billed_fen is not null and paid_on is not null)"
    )
    contract_lapsed_whole = Check(
        "state <> 'lapsed' or (lapsed_at is not null and coalesce(fault, '') in ('owner','agency','both'))"
    )
    contract_terminated_whole = Check(
        "state <> 'terminated' or (terminated_at is not null and coalesce(end_words, '') <> ''"
        " and coalesce(fault, '') in ('owner','agency','both','nobody')"
        " and coalesce(ended_by, '') in ('owner','agency'))"
    )
    contract_returns_not_negative = Check("returns >= 0")


class ContractDelivery(Table, tablename="contract_delivery"):
    """One delivery, and what the owner, or the clock, said to it."""

    id = key()
    contract = reference(Contract)
    number = whole()
    description = text()
    document_hash = text(null=True)
    delivered_at = moment()
    silence_at = moment()
    outcome = text(null=True)
    reasons = text(null=True)
    decided_at = moment(null=True)

    contract_delivery_once = Unique([contract, number])
    contract_delivery_outcome_known = Check("outcome is null or outcome in ('accepted','returned','silence')")
    contract_delivery_decided_whole = Check("(outcome is null) = (decided_at is null)")
    contract_delivery_returned_has_reasons = Check("outcome is distinct from 'returned' or coalesce(reasons, '') <> ''")
    contract_delivery_hash_shape = Check("document_hash is null or document_hash ~ '^[0-9a-f]{64}$'")


class ContractChange(Table, tablename="contract_change"):
    """A change one party asks for; it counts once the other agrees."""

    id = key()
    contract = reference(Contract)
    number = whole()
    amount_fen = fen()
    agreed_on = day()
    reason = text()
    asked_by = text()
    asked_at = moment()
    agreed = yes_no(null=True)
    answered_at = moment(null=True)

    contract_change_once = Unique([contract, number])
    contract_change_has_reason = Check("reason <> ''")
    contract_change_asked_by_known = Check("asked_by in ('owner','agency')")
    contract_change_answered_whole = Check("(agreed is null) = (answered_at is null)")


class LateFact(Table, tablename="late_fact"):
    """Something that did not come in time, and whose doing it is; ended when it came after all."""

    id = key()
    contract = reference(Contract)
    kind = text()
    fault = text()
    due_at = moment()
    recorded_at = moment()
    ended_at = moment(null=True)
    workdays_late = whole(null=True)

    late_fact_once = Unique([contract, kind])
    late_fact_kind_known = Check("kind in ('signing','filing','delivery','payment')")
    late_fact_fault_known = Check("fault in ('owner','agency','both')")
    late_fact_ended_whole = Check("(ended_at is null) = (workdays_late is null)")
    late_fact_after_due = Check("recorded_at >= due_at and (ended_at is null or ended_at >= due_at)")
