"""
The inbox of organisations and the outbox behind it.

A message is written in the transaction of the act that it reports; delivery
outside the market reads it from here later.
"""

from piccolo.table import Table

from market.accounts.tables import Organisation
from market.columns import document, key, moment, reference, text


class Message(Table):
    """One message to one organisation; its words come from the terms and its ``params``."""

    id = key()
    organisation = reference(Organisation)
    kind = text()
    subject = text()
    params = document()
    created_at = moment(index=True)
    read_at = moment(null=True)
