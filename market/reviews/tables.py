"""
Reviews, what is sealed in them, and the follow-ups of poor ones.

Until both are revealed, what a review says, and whether there is one, is only
in ``sealed_review`` and in the state of ``review``; no public query reads the
former, and readers outside the market may read neither. The queries are in
``queries.py``.
"""

from piccolo.constraints import Check, Unique
from piccolo.table import Table

from market.accounts.tables import Organisation, Person
from market.columns import document, key, moment, reference, text, whole
from market.contracts.tables import Contract


class Review(Table):
    """One party's review of the other; two rows of a contract are opened together."""

    id = key()
    contract = reference(Contract)
    side = text()
    state = text()
    opened_at = moment()
    closes_at = moment()
    quality = whole(null=True)
    timeliness = whole(null=True)
    fees = whole(null=True)
    conduct = whole(null=True)
    attitude = whole(null=True)
    words = text(null=True)
    sealed_hash = text(null=True)
    revealed_at = moment(null=True)
    annulment_decision = text(null=True)
    next_check_at = moment(null=True)

    review_once = Unique([contract, side])
    review_side_known = Check("side in ('owner','agency')")
    review_state_known = Check("state in ('open','submitted','revealed','neutral','annulled')")
    review_stars_in_range = Check(
        "coalesce(quality, 1) between 1 and 5 and coalesce(timeliness, 1) between 1 and 5"
        " and coalesce(fees, 1) between 1 and 5 and coalesce(conduct, 1) between 1 and 5"
        " and coalesce(attitude, 1) between 1 and 5"
    )
    review_sealed_shows_nothing = Check(
        "state in ('revealed','annulled') or num_nonnulls(quality, timeliness, fees, conduct, attitude, words,"
        " sealed_hash) = 0"
    )
    review_revealed_whole = Check(
        "state not in ('revealed','annulled') or (revealed_at is not null and sealed_hash is not null and"
        " num_nonnulls(timeliness, conduct, attitude) = 3"
        " and num_nonnulls(quality, fees) = case side when 'owner' then 2 else 0 end)"
    )
    review_neutral_has_moment = Check("state <> 'neutral' or revealed_at is not null")
    review_annulled_by_decision = Check("state <> 'annulled' or annulment_decision is not null")


class SealedReview(Table, tablename="sealed_review"):
    """What a party said, before anybody else may know it: its document, and the salt that opens its hash."""

    id = key()
    review = reference(Review, unique=True)
    document = document()
    salt = text()
    hash = text()
    submitted_by = reference(Person)
    submitted_at = moment()


class ReviewFollowUp(Table, tablename="review_follow_up"):
    """A poor review (差评) that a regulator looks into within the ruleset's working days."""

    id = key()
    review = reference(Review, unique=True)
    due_at = moment()
    done_at = moment(null=True)
    outcome = text(null=True)
    words = text(null=True)
    regulator = reference(Organisation, null=True)
    person = reference(Person, null=True)

    review_follow_up_outcome_known = Check("outcome is null or outcome in ('put_right','explained','unfounded')")
    review_follow_up_done_whole = Check(
        "(done_at is null) = (outcome is null) and (done_at is null or coalesce(words, '') <> '')"
    )
