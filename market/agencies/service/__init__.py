"""
What people and the clock do with agencies; one module for each real thing.

Other domains ask here and nowhere else: ``standing`` before an agency acts,
``qualified_agencies`` before a notice is published, and the functions of
``measures`` when a decision is executed. Agencies never learn why.
"""

from market.agencies.service.admission import (
    admit,
    apply_again,
    bars_submission,
    change_contact,
    leave,
    queue,
    resume_due,
    send_back,
    submit,
    suspend,
)
from market.agencies.service.measures import (
    eliminate_within,
    end_suspension_within,
    lift_items_within,
    reinstate_within,
    shorten_within,
    suspend_item_within,
    suspend_within,
)
from market.agencies.service.papers import (
    add_claim,
    add_party,
    add_practice,
    drop_claim,
    drop_party,
    drop_practice,
    save_identity,
)
from market.agencies.service.parties import end_party, unverified_parties, verify_party
from market.agencies.service.qualifications import record_lapses, refuse, revoke, unverified, verify
from market.agencies.service.reading import (
    ApplicationView,
    application,
    application_of,
    counts,
    has_begun,
    listed,
    phone_of,
    profile,
    standing_by_item,
)
from market.agencies.service.standing import (
    agency_id_of,
    count_qualified,
    kept_out,
    qualified_agencies,
    standing,
    standing_of_many,
    standing_under,
)

__all__ = [
    "ApplicationView",
    "add_claim",
    "add_party",
    "add_practice",
    "admit",
    "agency_id_of",
    "application",
    "application_of",
    "apply_again",
    "bars_submission",
    "change_contact",
    "count_qualified",
    "counts",
    "drop_claim",
    "drop_party",
    "drop_practice",
    "eliminate_within",
    "end_party",
    "end_suspension_within",
    "has_begun",
    "kept_out",
    "leave",
    "lift_items_within",
    "listed",
    "phone_of",
    "profile",
    "qualified_agencies",
    "queue",
    "record_lapses",
    "refuse",
    "reinstate_within",
    "resume_due",
    "revoke",
    "save_identity",
    "send_back",
    "shorten_within",
    "standing",
    "standing_by_item",
    "standing_of_many",
    "standing_under",
    "submit",
    "suspend",
    "suspend_item_within",
    "suspend_within",
    "unverified",
    "unverified_parties",
    "verify",
    "verify_party",
]
