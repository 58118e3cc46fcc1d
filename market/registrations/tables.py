"""
Registrations (报名) and the ones refused by name.

One live registration per agency and notice, held by a partial unique index; a
withdrawn one stays and does not block another before the deadline.
"""

from piccolo.constraints import Check
from piccolo.table import Table

from market.accounts.tables import Person
from market.agencies.tables import Agency
from market.columns import big, fen, key, moment, reference, text, whole
from market.guides.tables import Guide
from market.notices.tables import Notice


class Registration(Table):
    """One agency entering one notice, with the guide version that binds it."""

    id = key()
    notice = reference(Notice)
    agency = reference(Agency)
    uscc = text()
    guide = reference(Guide)
    price_fen = fen()
    state = text()
    receipt = text(unique=True)
    entry_index = big()
    registered_by = reference(Person)
    registered_at = moment()
    ended_at = moment(null=True)
    place = whole(null=True)
    reason = text(null=True)

    registration_state_known = Check(
        "state in ('registered','withdrawn','selected','reserve','not_selected','confirmed','declined','skipped')"
    )
    registration_price_not_negative = Check("price_fen >= 0")
    registration_place_positive = Check("place is null or place > 0")


class RefusedRegistration(Table, tablename="refused_registration"):
    """Somebody who came in time and could not be receipted before the freeze: published by name."""

    id = key()
    notice = reference(Notice)
    agency = reference(Agency)
    arrived_at = moment()
    reason = text()
    entry_index = big()
