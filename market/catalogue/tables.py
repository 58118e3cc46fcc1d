"""
Catalogue items (中介服务事项) with outcome and legal basis.

An item is mandatory only if the four tests hold and the clause was really
read: the database holds both.

Basis: 国办发〔2015〕31号; DESIGN §2.
"""

from piccolo.constraints import Check, Unique
from piccolo.table import Table

from market.accounts.tables import Organisation
from market.columns import day, key, moment, reference, text, whole, yes_no


class Item(Table):
    """One kind of service that an approval may need."""

    id = key()
    code = text(unique=True)
    name = text()
    name_en = text()
    trade = text(index=True)
    family = text()
    state = text(index=True)
    approval = text()
    authority_trade = text()
    fee_basis = text()
    ceiling_days = whole()
    lawful = yes_no()
    compulsory = yes_no()
    prior = yes_no()
    paid = yes_no()
    law = text(null=True)
    article = text(null=True)
    clause = text(null=True)
    source_url = text(null=True)
    read_on = day(null=True)
    valid_from = day(null=True)
    valid_until = day(null=True)
    note = text(null=True)
    proposed_by = reference(Organisation, null=True)
    proposed_at = moment()
    published_at = moment(null=True)
    abolished_at = moment(null=True)
    abolition_reason = text(null=True)

    item_state_known = Check("state in ('proposed','listed','mandatory','government_paid','abolished')")
    item_fee_basis_known = Check("fee_basis in ('fixed','per_unit','tiered','percentage','negotiated')")
    item_ceiling_days_positive = Check(ceiling_days > 0)
    item_mandatory_has_clause_read = Check(
        "state <> 'mandatory' or (lawful and compulsory and prior and paid and law is not null and article is not null"
        " and coalesce(clause, '') <> '' and coalesce(source_url, '') <> '' and read_on is not null)"
    )
    item_abolished_has_reason = Check(
        "state <> 'abolished' or (abolished_at is not null and coalesce(abolition_reason, '') <> '')"
    )


class ItemQualification(Table, tablename="item_qualification"):
    """A qualification an agency needs before it may serve an item; all of them, not any."""

    id = key()
    item = reference(Item)
    code = text()
    name = text()

    item_qualification_once = Unique([item, code])
