"""
The catalogue's first day: the items of the seed, put in with their ledger entries.

Each item passes through the same moves as any other, so it works for the
running market and for the owner of the schema alike. What is there already is
left as it is: loading twice changes nothing.
"""

from datetime import datetime, time

from market.catalogue import queries, seed, service
from market.catalogue.rules import Needed, Proposal
from market.catalogue.seed import Basis, SeedItem
from market.catalogue.states import ItemState
from market.db import writing
from market.kernel.times import ZONE
from market.ledger import service as ledger
from market.ledger.service import Act


async def load_seed(now: datetime) -> int:
    """Insert what the seed holds and the catalogue lacks, and return how many items that were."""
    acts: list[Act] = []
    async with writing():
        for item in seed.load():
            acts += await _put(item, now)
        if acts:
            await ledger.append_many(acts)
    return sum(act.type == "item.published" for act in acts)


async def _put(item: SeedItem, now: datetime) -> list[Act]:
    """Insert one item and return the acts to log: published, and abolished where it was."""
    facts = proposal_of(item)
    item_id = await queries.insert(facts, by=None, now=now)
    if item_id is None:
        return []
    abolished = item.outcome is ItemState.ABOLISHED
    outcome = ItemState.LISTED if abolished else item.outcome
    await queries.publish(item_id, outcome, now=now)
    about = service.subject(item.code)
    acts = [Act("item.published", now, about, {**service.facts_of(facts), "state": str(outcome)})]
    if abolished and item.abolished_on and item.abolition_reason:
        at = datetime.combine(item.abolished_on, time(), ZONE)
        await queries.abolish(item_id, outcome, reason=item.abolition_reason, now=at)
        fields = {
            "code": item.code,
            "before": str(outcome),
            "reason": item.abolition_reason,
            "on": item.abolished_on.isoformat(),
        }
        acts.append(Act("item.abolished", now, about, fields))
    return acts


def proposal_of(item: SeedItem) -> Proposal:
    """Return a seed item as a proposal; further clauses and unread citations go into its note."""
    basis = item.basis
    notes = [item.note, item.cited, *(_quoted(each) for each in item.further)]
    return Proposal(
        code=item.code,
        name=item.name,
        name_en=item.name_en,
        trade=item.trade,
        family=item.family,
        approval=item.approval,
        authority_trade=item.authority_trade,
        fee_basis=item.fee_basis,
        ceiling_days=item.ceiling_days,
        lawful=item.tests.lawful,
        compulsory=item.tests.compulsory,
        prior=item.tests.prior,
        paid=item.tests.paid,
        law=basis.law if basis else None,
        article=basis.article if basis else None,
        clause=basis.quote if basis else None,
        source_url=basis.source_url if basis else None,
        read_on=basis.read_on if basis else None,
        valid_from=basis.valid_from if basis else None,
        valid_until=basis.valid_until if basis else None,
        note="\n".join(note for note in notes if note) or None,
        qualifications=tuple(Needed(each.code, each.name) for each in item.qualifications),
    )


def _quoted(basis: Basis) -> str:
    return f"《{basis.law}》{basis.article or ''}：{basis.quote}"
