"""
Service guides (服务指南): the four facts of an agency for an item, in versions.

Fee standards are data (`fee`), with one computed maximum in fen beside them
that selections compare with; a published row never changes but for its state.
"""

from piccolo.constraints import Check, Unique
from piccolo.table import Table

from market.agencies.tables import Agency
from market.catalogue.tables import Item
from market.columns import document, fen, key, moment, reference, text, whole


class Guide(Table):
    """One version of one agency's guide for one item."""

    id = key()
    agency = reference(Agency)
    item = reference(Item)
    version = whole()
    state = text(index=True)
    conditions = text()
    steps = document()
    time_limit_days = whole()
    fee_kind = text()
    fee = document()
    fee_max_fen = fen()
    materials = text()
    deliverables = text()
    contact = text()
    plain_words = text()
    drafted_at = moment()
    published_at = moment(null=True)
    ended_at = moment(null=True)
    hash = text(null=True)

    guide_version_once = Unique([agency, item, version])
    guide_state_known = Check("state in ('draft','published','superseded','withdrawn')")
    guide_fee_kind_known = Check("fee_kind in ('fixed','per_unit','tiered','percentage','negotiated')")
    guide_time_limit_in_range = Check("time_limit_days between 1 and 365")
    guide_fee_max_not_negative = Check("fee_max_fen >= 0")
    guide_published_whole = Check("state = 'draft' or (published_at is not null and hash is not null)")
