"""
Leads, questionnaires, cases, decisions, measures, credit entries, appeals and repair.

A decision is inserted once it is signed and never changes; what people write
before is a draft on its case. The database holds what makes a decision lawful
(`migrations/sql/0010_cases.sql`), so that no code can forget it.

Basis: DESIGN §6 (words), §7; reference paper on detection, section 6.
"""

from piccolo.constraints import Check, Unique
from piccolo.table import Table

from market.accounts.tables import Organisation, Person
from market.agencies.tables import Agency
from market.catalogue.tables import Item
from market.columns import big, day, document, key, moment, reference, text, whole, yes_no
from market.contracts.tables import Contract
from market.credit.tables import Ranking, Signal
from market.credit.tables.facts import Abandonment


class Lead(Table):
    """What a person made of a signal; a dismissal is remembered, so that the same facts are not asked about again."""

    id = key()
    signal = reference(Signal)
    fact_key = text(unique=True)
    code = text(index=True)
    state = text(index=True)
    agency = reference(Agency, null=True)
    words = text()
    reviewed_by = reference(Person)
    reviewed_for = reference(Organisation)
    reviewed_at = moment()
    ended_by = reference(Person, null=True)
    ended_for = reference(Organisation, null=True)
    ended_at = moment(null=True)
    end_words = text(null=True)

    lead_state_known = Check("state in ('lead','case','dismissed')")
    lead_has_words = Check("words <> ''")


class Question(Table, tablename="owner_question"):
    """
    One question to one owner: was the second item bought freely?

    It is sent before anybody has looked at the signal, and names no suspicion.
    Basis: reference paper on detection, section 4.5.
    """

    id = key()
    signal = reference(Signal)
    fact_key = text(index=True)
    owner = reference(Organisation)
    agency = reference(Agency)
    contract = reference(Contract)
    asked_at = moment()
    answer_by_at = moment()
    answer = text(null=True)
    words = text(null=True)
    answered_by = reference(Person, null=True)
    answered_at = moment(null=True)

    owner_question_once = Unique([owner, contract])
    owner_question_answer_known = Check("answer is null or answer in ('voluntary','required','unaware')")
    owner_question_answered_whole = Check(
        "(answer is null) = (answered_at is null) and (answer is null) = (answered_by is null)"
    )


class Case(Table, tablename="credit_case"):
    """One proceeding about one agency, from its opening to its end."""

    id = key()
    number = text(unique=True)
    agency = reference(Agency)
    ground = text(index=True)
    fact_key = text(unique=True)
    state = text(index=True)
    ruleset = text()
    division = text()
    trade = text(null=True)
    facts = document()
    clause = text()
    proposed = text()
    item = reference(Item, null=True)
    lead = reference(Lead, null=True, unique=True)
    ranking_before = reference(Ranking, null=True)
    ranking_last = reference(Ranking, null=True)
    basis_decision = big(null=True)
    external_document = text(null=True)
    opened_by = reference(Person, null=True)
    opened_for = reference(Organisation, null=True)
    opened_at = moment()
    noticed_at = moment(null=True)
    posted_at = moment(null=True)
    posted_by = reference(Person, null=True)
    posted_how = text(null=True)
    bounced_at = moment(null=True)
    public_until_at = moment(null=True)
    served_at = moment(null=True)
    served_how = text(null=True)
    statement_until_at = moment(null=True)
    stated_at = moment(null=True)
    hearing_asked_at = moment(null=True)
    hearing_at = moment(null=True)
    hearing_record = text(null=True)
    deciding_at = moment(null=True)
    escalate_at = moment(null=True)
    escalated_at = moment(null=True)
    decide_by_at = moment(null=True)
    draft = document(null=True)
    drafted_by = reference(Person, null=True)
    drafted_for = reference(Organisation, null=True)
    drafted_at = moment(null=True)
    ended_at = moment(null=True)
    end_words = text(null=True)
    ended_by = reference(Person, null=True)
    next_check_at = moment(null=True)

    credit_case_state_known = Check(
        "state in ('opened','noticed','served','deciding','escalated','signed','in_force','ended','reversed',"
        "'repaired','dismissed')"
    )
    credit_case_ground_known = Check(
        "ground in ('low_ranking','abandonments','serious_breach','external_decision','monopoly','forced_service',"
        "'fee_over_guide','false_report','collusion','false_entry','other')"
    )
    credit_case_measure_known = Check(
        "proposed in ('reminder','rectification','suspend_item','suspend_all','elimination')"
    )
    credit_case_served_whole = Check(
        "(served_at is null) = (served_how is null) and (served_at is null or (noticed_at is not null"
        " and served_at >= noticed_at and statement_until_at > served_at))"
        " and (served_how is null or served_how in ('opened','posted','published'))"
    )
    credit_case_served_before_deciding = Check(
        "state in ('opened','noticed','dismissed') or (served_at is not null and statement_until_at is not null)"
    )
    credit_case_clause_named = Check("clause <> ''")
    credit_case_drafted_whole = Check(
        "(draft is null) = (drafted_at is null) and (draft is null) = (drafted_by is null)"
    )


class CaseStatement(Table, tablename="case_statement"):
    """What an agency said in its defence, or that it asks for a hearing."""

    id = key()
    case = reference(Case)
    kind = text()
    words = text()
    document_hash = text(null=True)
    filed_by = reference(Person)
    filed_at = moment()

    case_statement_kind_known = Check("kind in ('statement','hearing')")
    case_statement_has_words = Check("words <> ''")


class Decision(Table, tablename="case_decision"):
    """
    A signed decision, whole and for ever: what was found, why, what follows and from when.

    ``by_silence`` is the one exception of the ruleset, and has no signer.
    """

    id = key()
    case = reference(Case, unique=True)
    number = text(unique=True)
    breach = text()
    measure = text(null=True)
    item = reference(Item, null=True)
    months = whole(null=True)
    reentry_months = whole(null=True)
    found = text()
    reasons = text()
    clause = text()
    proportionality = text()
    remedies = text()
    entry_kind = text(null=True)
    by_silence = yes_no()
    drafted_by = reference(Person, null=True)
    signed_by = reference(Person, null=True)
    signed_for = reference(Organisation, null=True)
    signed_at = moment()
    executes_at = moment()

    case_decision_breach_known = Check("breach in ('none','minor','general','serious')")
    case_decision_measure_known = Check(
        "measure is null or measure in ('reminder','rectification','suspend_item','suspend_all','elimination')"
    )
    case_decision_measure_needs_breach = Check("(measure is null) = (breach = 'none')")
    case_decision_item_named = Check("(coalesce(measure, '') = 'suspend_item') = (item is not null)")
    case_decision_months_in_range = Check(
        "case measure when 'suspend_item' then coalesce(months, 0) between 1 and 3"
        " when 'suspend_all' then coalesce(months, 0) between 1 and 6 else months is null end"
    )
    case_decision_reentry_named = Check(
        "case when measure = 'elimination' then coalesce(reentry_months, 0) between 1 and 24"
        " else reentry_months is null end"
    )
    case_decision_words_whole = Check("found <> '' and reasons <> '' and clause <> '' and remedies <> ''")
    case_decision_proportionate = Check("measure is null or proportionality <> ''")
    case_decision_signed_by_person = Check(
        "(by_silence and signed_by is null and signed_for is null and drafted_by is null) or (not by_silence"
        " and signed_by is not null and signed_for is not null and drafted_by is not null and signed_by <> drafted_by)"
    )
    case_decision_executes_after_signing = Check("executes_at >= signed_at")
    case_decision_entry_known = Check("entry_kind is null or entry_kind in ('minor','general','serious')")


class Measure(Table):
    """A measure in force or past: public, with its end and why it ended."""

    id = key()
    decision = reference(Decision, unique=True)
    agency = reference(Agency)
    kind = text(index=True)
    item = reference(Item, null=True)
    begins_at = moment()
    ends_at = moment(null=True)
    reentry_on = day(null=True)
    ended_at = moment(null=True)
    ended_why = text(null=True)

    measure_kind_known = Check("kind in ('reminder','rectification','suspend_item','suspend_all','elimination')")
    measure_ended_whole = Check(
        "(ended_at is null) = (ended_why is null) and (ended_why is null"
        " or ended_why in ('expired','rectified','reversed','repaired','superseded'))"
    )
    measure_end_named = Check(
        "case kind when 'elimination' then reentry_on is not null else ends_at is not null and reentry_on is null end"
    )


class CreditEntry(Table, tablename="credit_entry"):
    """
    One line of an agency's credit record; one fact counts once.

    It rests on a decision or on a fact both sides can verify, never on a
    statistic: the trigger ``entry_has_ground`` holds it.
    """

    id = key()
    number = text(unique=True)
    agency = reference(Agency)
    kind = text()
    ground = text()
    fact = text()
    decision = reference(Decision, null=True)
    contract = reference(Contract, null=True)
    abandonment = reference(Abandonment, null=True)
    rate = text(null=True)
    recorded_at = moment()
    ends_on = day()
    state = text()
    annulled_at = moment(null=True)
    annulled_reason = text(null=True)

    credit_entry_once = Unique([agency, fact])
    credit_entry_kind_known = Check("kind in ('minor','general','serious','commendation')")
    credit_entry_state_known = Check("state in ('in_force','annulled')")
    credit_entry_ground_known = Check("ground in ('decision','lateness','abandonment')")
    credit_entry_rate_known = Check(
        "rate is null or rate in ('on_time','signed_in_time','billed_within','accepted_first','kept')"
    )
    credit_entry_annulled_whole = Check(
        "(state = 'annulled') = (annulled_at is not null) and (annulled_at is null) = (annulled_reason is null)"
    )


class Appeal(Table):
    """An agency's appeal against a decision; who signed or drafted does not decide it."""

    id = key()
    decision = reference(Decision, unique=True)
    words = text()
    filed_by = reference(Person)
    filed_at = moment()
    outcome = text(null=True)
    answer = text(null=True)
    decided_by = reference(Person, null=True)
    decided_for = reference(Organisation, null=True)
    decided_at = moment(null=True)

    appeal_has_words = Check("words <> ''")
    appeal_outcome_known = Check("outcome is null or outcome in ('upheld','dismissed')")
    appeal_decided_whole = Check(
        "(outcome is null) = (decided_at is null) and (outcome is null or (coalesce(answer, '') <> ''"
        " and decided_by is not null and decided_for is not null))"
    )


class Repair(Table):
    """A request to end display and use of a measure or an entry early (平台信用恢复), and the answer."""

    id = key()
    decision = reference(Decision)
    words = text()
    asked_by = reference(Person)
    asked_at = moment()
    outcome = text(null=True)
    answer = text(null=True)
    decided_by = reference(Person, null=True)
    decided_for = reference(Organisation, null=True)
    decided_at = moment(null=True)

    repair_has_words = Check("words <> ''")
    repair_outcome_known = Check("outcome is null or outcome in ('granted','refused')")
    repair_decided_whole = Check(
        "(outcome is null) = (decided_at is null) and (outcome is null or (coalesce(answer, '') <> ''"
        " and decided_by is not null and decided_for is not null))"
    )
