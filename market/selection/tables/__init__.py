"""
Pools, secrets, beacons, draws and awards.

Each step of a draw has one row that is written once and never changed; the
database refuses a second pool, a second freeze of the inputs and a second draw.
The queries are in the modules beside, by who asks: the acts, the keepers, the pages.
"""

from piccolo.constraints import Check, Unique
from piccolo.table import Table

from market.agencies.tables import Agency
from market.columns import document, fen, key, moment, reference, text, whole
from market.notices.tables import Notice
from market.registrations.tables import Registration


class Pool(Table):
    """The frozen lists of a notice and their hash PH."""

    id = key()
    notice = reference(Notice, unique=True)
    lists = document()
    hash = text()
    frozen_at = moment()


class DrawSecret(Table, tablename="draw_secret"):
    """A keeper's secret, revealed between the freeze of the pool and the freeze of the inputs."""

    id = key()
    notice = reference(Notice)
    keeper = text()
    secret = text()
    revealed_at = moment()

    draw_secret_once = Unique([notice, keeper])
    draw_secret_shape = Check("secret ~ '^[0-9a-f]{64}$'")


class DrawInput(Table, tablename="draw_input"):
    """The secrets that count, null where not revealed in time, and their hash."""

    id = key()
    notice = reference(Notice, unique=True)
    secrets = document()
    hash = text()
    frozen_at = moment()


class Beacon(Table):
    """A public number nobody here can choose, once it has happened."""

    id = key()
    kind = text()
    event = text()
    value = text()
    published_at = moment()

    beacon_once = Unique([kind, event])


class Opening(Table):
    """The opening log of a notice's sealed quotes, as published, and its hash."""

    id = key()
    notice = reference(Notice, unique=True)
    log = document()
    hash = text()
    opened_at = moment()


class Draw(Table):
    """A finished draw: the whole bundle that anyone recomputes."""

    id = key()
    notice = reference(Notice, unique=True)
    bundle = document()
    result_hash = text()
    drawn_at = moment()


class Award(Table):
    """One registration proposed as winner; cancelled, never edited into another."""

    id = key()
    notice = reference(Notice)
    registration = reference(Registration, unique=True)
    agency = reference(Agency)
    amount_fen = fen()
    place = whole()
    state = text()
    proposed_at = moment()
    standstill_ends_at = moment()
    confirmed_at = moment(null=True)
    cancelled_at = moment(null=True)
    cancel_reason = text(null=True)

    award_state_known = Check("state in ('proposed','confirmed','cancelled')")
    award_amount_not_negative = Check("amount_fen >= 0")
    award_cancelled_has_reason = Check(
        "state <> 'cancelled' or (cancelled_at is not null and coalesce(cancel_reason, '') <> '')"
    )
    award_confirmed_has_moment = Check("state <> 'confirmed' or confirmed_at is not null")
