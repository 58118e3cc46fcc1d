"""
Runs of the score with what each agency got, signals, quarterly rankings and the objections to them.

A run, its scores and its signals are written once, in one transaction, and
never change; a ranking cites its run and holds the package it recomputes from.
Signals are leads of nobody yet: no public query reads them, and readers
outside the market may not. Facts are in ``facts.py``, cases in ``cases.py``; queries in ``market.credit.queries``.
"""

from piccolo.constraints import Check, Unique
from piccolo.table import Table

from market.accounts.tables import Organisation, Person
from market.agencies.tables import Agency
from market.columns import day, document, key, moment, octets, reference, text, whole


class ScoreRun(Table, tablename="score_run"):
    """One evaluation of the whole market as at the end of a day; number 1 is the night's, more follow objections."""

    id = key()
    as_of = day()
    number = whole(default=1)
    ruleset = text()
    code_version = text()
    inputs_hash = text()
    result_hash = text()
    signals_hash = text()
    agencies = whole()
    computed_at = moment()

    score_run_once = Unique([as_of, number])
    score_run_number_from_one = Check("number >= 1")
    score_run_hashes_shape = Check(
        "inputs_hash ~ '^[0-9a-f]{64}$' and result_hash ~ '^[0-9a-f]{64}$' and signals_hash ~ '^[0-9a-f]{64}$'"
    )


class ScoreClaim(Table, tablename="score_claim"):
    """Who computes a slot now; it only spares others the same work, the unique run decides."""

    id = key()
    slot = moment()
    worker = text()
    until_at = moment()

    score_claim_once = Unique([slot])


class AgencyScore(Table, tablename="agency_score"):
    """What one agency got in one run, with the lines that add up to it; points in hundredths."""

    id = key()
    run = reference(ScoreRun)
    agency = reference(Agency)
    place = whole(null=True)
    grade = text()
    total = whole(null=True)
    parts = document()
    lines = document()

    agency_score_once = Unique([run, agency])
    agency_score_grade_known = Check("grade in ('A','B','C','C*','D','N')")
    agency_score_total_in_range = Check("total is null or total between 0 and 10000")
    agency_score_rated_whole = Check("grade = 'N' or total is not null")


class Signal(Table):
    """What an indicator asks a person to look at; it proves nothing and is public nowhere."""

    id = key()
    run = reference(ScoreRun)
    code = text(index=True)
    severity = text()
    subject = document()
    evidence = document()
    fact_key = text(index=True)

    signal_once = Unique([run, fact_key])
    signal_severity_known = Check("severity in ('S1','S2','S3')")


class Ranking(Table):
    """
    The ranking of one quarter, from its draft to its publication.

    What is published is never edited: a correction is the next edition of the
    slot, and the latest published edition is the one that counts.
    """

    id = key()
    slot = day()
    edition = whole(default=1)
    run = reference(ScoreRun, unique=True)
    state = text()
    archive = octets()
    drafted_at = moment()
    objections_until_at = moment()
    confirmed_by = reference(Person, null=True)
    confirmed_for = reference(Organisation, null=True)
    confirmed_at = moment(null=True)
    published_at = moment(null=True)
    changes = document(null=True)
    recompute_asked_at = moment(null=True)

    ranking_once = Unique([slot, edition])
    ranking_edition_from_one = Check("edition >= 1")
    ranking_state_known = Check("state in ('drafted','confirmed','published')")
    ranking_slot_ends_quarter = Check("date_trunc('quarter', slot + 1) = slot + 1")
    ranking_confirmed_by_person = Check(
        "state = 'drafted' or (confirmed_by is not null and confirmed_for is not null and confirmed_at is not null"
        " and confirmed_at >= objections_until_at)"
    )
    ranking_published_whole = Check("state <> 'published' or (published_at is not null and changes is not null)")


class RankingObjection(Table, tablename="ranking_objection"):
    """
    What an agency says against its line of a draft, and the answer; against a draft computed anew it may object anew.

    Which draft it was is the number of the run cited then; the database fills it in.
    """

    id = key()
    ranking = reference(Ranking)
    run_number = whole(default=1)
    agency = reference(Agency)
    words = text()
    filed_by = reference(Person)
    filed_at = moment()
    outcome = text(null=True)
    answer = text(null=True)
    answered_by = reference(Person, null=True)
    answered_for = reference(Organisation, null=True)
    answered_at = moment(null=True)

    ranking_objection_once = Unique([ranking, run_number, agency])
    ranking_objection_run_from_one = Check("run_number >= 1")
    ranking_objection_outcome_known = Check("outcome is null or outcome in ('upheld','dismissed')")
    ranking_objection_answered_whole = Check(
        "(outcome is null) = (answered_at is null) and (outcome is null or (coalesce(answer, '') <> ''"
        " and answered_by is not null and answered_for is not null))"
    )
