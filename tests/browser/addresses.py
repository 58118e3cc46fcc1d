"""
Where a browser goes: for every route an address made of real rows, and who goes there.

A route with parameters names the rows by SQL: the columns are the parameters, `who` is the organisation that visits.
A route without an entry and with a parameter has no example, which fails the test of all routes.
"""

import re
import warnings
from collections.abc import Mapping
from typing import Any

from litestar.handlers import HTTPRouteHandler

from market import db
from market.kernel.roles import Role
from tests.architecture.test_routes import an_app, handlers

_GUIDE = "select a.uscc, i.code as item_code, g.version as number from guide g join agency a on a.id = g.agency" \
    " join item i on i.id = g.item where g.state = 'published' order by g.version desc, g.id limit 1"  # fmt: skip
# Notices of the builders (XZ) end in awards without the bundle of a draw.
_DRAWN = (
    "select n.code from notice n join draw d on d.notice = n.id where n.method = 'random_draw'"
    " and n.code not like 'XZ-%' order by n.id desc"
)
_ACTS = "select distinct on (act) c.number, c.owner, c.agency, act from contract c, (values ('due', 'sign')," \
    " ('due', 'excuse'), ('signed', 'file'), ('performing', 'deliver'), ('delivered', 'accept')," \
    " ('delivered', 'return'), ('accepted', 'close'), ('performing', 'change')," \
    " ('performing', 'terminate')) v (state, act)" \
    " where c.state = v.state order by act, c.id desc"  # fmt: skip
_RANKED = "select slot::text from ranking where state = 'published' order by slot desc limit 1"
_DECIDED = (
    "select distinct on (m.kind, d.by_silence) d.number from case_decision d join measure m on m.decision = d.id"
    " where m.ended_at is null and m.ends_at > now(){only} order by m.kind, d.by_silence, d.id desc"
)
# One case of each state, and one of each way its notice went.
_CASES = (
    "(select distinct on (state, posted_at is null, bounced_at is null, draft is null) * from credit_case"
    " order by state, posted_at is null, bounced_at is null, draft is null, id desc) c"
)
_WAITS = 'id in (select d."case" from case_decision d join {0} x on x.decision = d.id where x.outcome is null)'
_AGENCY_ACTS = {
    "acknowledge": "state = 'noticed'", "state": "state = 'served'",
    "ask-hearing": "state = 'served' and hearing_asked_at is null", "appeal": "state = 'signed'",
    "ask-repair": "state = 'in_force' and ground = 'fee_over_guide'",
}  # fmt: skip
_REGULATOR_ACTS = {
    "post": "state = 'noticed' and posted_at is null", "bounce": "posted_at is not null and state = 'noticed'"
    " and bounced_at is null", "hold-hearing": "state = 'deciding' and hearing_asked_at is not null",
    "draft": "state = 'escalated'", "sign": "state = 'deciding' and draft is not null", "dismiss": "state = 'served'",
    "answer-appeal": _WAITS.format("appeal"), "answer-repair": _WAITS.format("repair"),
}  # fmt: skip


def _acts(acts: Mapping[str, str]) -> str:
    """Write the query for one case that an act is open on, for each act."""
    one = "(select number, '{}' as act, agency from credit_case where {} order by id desc limit 1)"
    return " union all ".join(one.format(act, where) for act, where in acts.items())


_ANNOUNCED = "select number from credit_case where state = 'noticed' and public_until_at > now() order by id limit 1"
_OWN_LINE = (
    "select distinct on (r.state) r.slot::text, a.organisation as who from ranking r join agency_score s"
    " on s.run = r.run join agency a on a.id = s.agency where a.state = 'admitted' order by r.state, a.id"
)
_DRAFT = "select code from notice where state = 'draft' order by id limit 1"

SPECIAL: Mapping[str, str] = {
    "/regulator/signals/{key:int}": "select distinct on (code) id as key from signal where code in ('R03', 'T01')"
    " order by code, id desc",
    "/api/v1/signals/{key:int}": "select id as key from signal order by id desc limit 1",
    "/regulator/leads/{key:int}": "select distinct on (state) id as key from lead order by state, id desc",
    "/owner/questions/{key:int}": "select id as key, owner as who from owner_question order by id",
    "/agencies/{uscc:str}": "select distinct on (state) uscc from agency where state not in ('applying', 'returned')"
    " order by state, id",
    "/agency/awards/{award:int}/decline": "select w.id as award, a.organisation as who from award w"
    " join agency a on a.id = w.agency where w.state = 'proposed' order by w.id desc limit 1",
    "/agency/guides/new": "select 'item=' || i.code as query, a.organisation as who from guide g"
    " join agency a on a.id = g.agency join item i on i.id = g.item where g.state = 'published'"
    " and a.organisation = {agency} order by g.id limit 1",
    "/agency/guides/{guide_id:int}": "select g.id as guide_id, a.organisation as who from guide g"
    " join agency a on a.id = g.agency where g.state = 'published' order by g.id limit 1",
    "/agency/join/{step:int}": "select step, organisation as who from agency, generate_series(1, 4) step"
    " where id = (select min(id) from agency where state in ('applying', 'returned'))",
    "/agency/receipts/{code:str}": "select distinct on (n.method) r.receipt as code, a.organisation as who"
    " from registration r join agency a on a.id = r.agency join notice n on n.id = r.notice"
    " where r.state = 'registered' order by n.method, r.id",
    "/agency/receipts/{code:str}/receipt.json": "select r.receipt as code, a.organisation as who from registration r"
    " join agency a on a.id = r.agency where r.state = 'registered' order by r.id limit 1",
    "/api/v1/agencies/{uscc:str}": "select uscc from agency where state = 'admitted' order by id limit 1",
    "/api/v1/guides/{uscc:str}/{item_code:str}": _GUIDE,
    "/api/v1/items/{code:str}": "select code from item where state = 'listed' order by id limit 1",
    "/api/v1/notices/{code:str}": _DRAWN + " limit 1",
    "/api/v1/notices/{code:str}/draw": _DRAWN + " limit 1",
    "/api/v1/openapi.json/{path:str}": "select 'openapi.json' as path",
    "/api/v1/receipts/{code:str}": "select r.receipt as code, a.organisation as who from registration r"
    " join agency a on a.id = r.agency where r.state = 'registered' order by r.id limit 1",
    "/authority/items/{code:str}": "select code from item where state = 'proposed' order by id limit 1",
    "/guides/compare": "select string_agg('id=' || id, '&') as query from"
    " (select id from guide where state = 'published' and item = (select item from guide where state = 'published'"
    " group by item order by count(*) desc, item limit 1) order by id limit 4) g",
    "/guides/{uscc:str}/{item_code:str}": _GUIDE,
    "/guides/{uscc:str}/{item_code:str}/v/{number:int}": _GUIDE,
    "/help/{slug:str}": "select unnest(array['owner', 'agency', 'supervision', 'public', 'selection', 'verify',"
    " 'fingerprints']) as slug",
    "/help/indicators/{code:str}": "select unnest(array['M02', 'T01', 'F01']) as code",
    "/inbox/{number:int}": "select id as number, organisation as who from message where read_at is not null"
    " order by id limit 1",
    "/log/checkpoint/{size:int}": "select size from ledger_checkpoint order by size limit 1",
    "/log/entry/{index:int}": "select 0 as index",
    "/log/proof": "select 'first=1&second=2' as query",
    "/notices": "select query from (values (''), ('word=无此公告')) v (query)",
    "/notices/{code:str}": "select distinct on (state, method) code from notice where state <> 'draft'"
    " order by state, method, id desc",
    "/notices/{code:str}/draw.json": _DRAWN + " limit 1",
    "/notices/{code:str}/draw.zip": _DRAWN + " limit 1",
    "/notices/{code:str}/opening.json": "select n.code from notice n join opening o on o.notice = n.id"
    " order by n.id desc limit 1",
    "/notices/{code:str}/notice.json": _DRAWN + " limit 1",
    "/notices/{code:str}/register": "select distinct on (n.method) n.code, a.organisation as who from notice n"
    " join guide g on g.item = n.item join agency a on a.id = g.agency and a.state = 'admitted'"
    " where n.state = 'open' and n.closes_at > now() and g.state = 'published'"
    " and not exists (select from registration r where r.notice = n.id and r.agency = a.id)"
    " order by n.method, n.id desc, a.id desc",
    "/notices/{code:str}/register/withdraw": "select n.code, a.organisation as who from registration r"
    " join notice n on n.id = r.notice join agency a on a.id = r.agency where n.state = 'open'"
    " and n.closes_at > now() and r.state = 'registered' order by r.id limit 1",
    "/operator/admissions/{uscc:str}": "select uscc from agency where state = 'applying' order by id limit 1",
    "/owner/notices/{code:str}/check": _DRAFT,
    "/owner/notices/{code:str}/conditions": _DRAFT,
    "/owner/notices/{code:str}/needs": _DRAFT,
    "/owner/notices/{code:str}/withdraw": "select code from notice where state = 'open' and owner = {owner}"
    " order by id desc limit 1",
    "/regulator/items/{code:str}": "select code from item where state in ('proposed', 'listed') order by id limit 2",
    "/regulator/items/{code:str}/abolish": "select code from item where state = 'listed' order by id limit 1",
    "/regulator/notices/{code:str}/withdraw": "select code from notice where state = 'closed' order by id desc limit 1",
    "/services/{code:str}": "select distinct on (state) code from item where state <> 'proposed' order by state, id",
    "/search": "select query from (values (''), ('q=示例'), ('q=zzzz')) v (query)",
    "/agency/abandonments/{abandonment:int}": "select distinct on (b.state) b.id as abandonment, a.organisation as who"
    " from abandonment b join agency a on a.id = b.agency order by b.state, b.id desc",
    "/auditor/abandonments/{abandonment:int}": "select max(id) as abandonment from abandonment",
    "/regulator/abandonments/{abandonment:int}": "select distinct on (state) id as abandonment from abandonment"
    " order by state, id desc",
    "/agency/cases/{number:str}": "select c.number, a.organisation as who from"
    f" {_CASES} join agency a on a.id = c.agency"
    " where c.state in ('noticed', 'served', 'signed', 'in_force', 'reversed')",
    "/agency/cases/{number:str}/{act:str}": "select v.number, v.act, a.organisation as who from"
    f" ({_acts(_AGENCY_ACTS)}) v join agency a on a.id = v.agency",
    "/auditor/cases/{number:str}": "select number from credit_case where state = 'in_force' order by id desc limit 1",
    "/regulator/cases/{number:str}": f"select number from {_CASES}",
    "/regulator/cases/{number:str}/{act:str}": _acts(_REGULATOR_ACTS),
    "/api/v1/leads/{key:int}": "select id as key from lead order by id desc limit 1",
    "/api/v1/abandonments/{key:int}": "select distinct on (b.state) b.id as key, a.organisation as who"
    " from abandonment b join agency a on a.id = b.agency order by b.state, b.id desc",
    "/api/v1/cases/{number:str}": "select distinct on (c.state) c.number, a.organisation as who from credit_case c"
    " join agency a on a.id = c.agency where c.noticed_at is not null order by c.state, c.id desc",
    "/agency/contracts/{number:str}": "select distinct on (c.state) c.number, a.organisation as who from contract c"
    " join agency a on a.id = c.agency order by c.state, c.id desc",
    "/agency/contracts/{number:str}/review": "select distinct on (r.state) c.number, a.organisation as who"
    " from review r join contract c on c.id = r.contract join agency a on a.id = c.agency where r.side = 'agency'"
    " order by r.state, c.id desc",
    "/agency/contracts/{number:str}/{act:str}": "select t.number, t.act, a.organisation as who"
    f" from ({_ACTS}) t join agency a on a.id = t.agency",
    "/api/v1/contracts/{number:str}": "select number from contract order by id limit 1",
    "/api/v1/contracts/{number:str}/reviews": "select number from contract order by id limit 1",
    "/contracts/{number:str}": "select distinct on (state) number from contract order by state, id desc",
    "/owner/contracts/{number:str}": "select distinct on (state) number, owner as who from contract"
    " order by state, id desc",
    "/owner/contracts/{number:str}/review": "select distinct on (r.state) c.number, c.owner as who from review r"
    " join contract c on c.id = r.contract where r.side = 'owner' order by r.state, c.id desc",
    "/api/v1/agencies/{uscc:str}/score": "select a.uscc from agency a join agency_score s on s.agency = a.id"
    " join ranking r on r.run = s.run where r.state = 'published' order by r.slot desc, s.place limit 1",
    "/api/v1/rankings/{slot:str}": _RANKED,
    "/api/v1/credit-rules/{version:str}": "select 'credit-score-1' as version",
    "/api/v1/agencies/{uscc:str}/entries": "select uscc from agency where state = 'admitted' order by id limit 1",
    "/api/v1/decisions/{number:str}": _DECIDED.format(only=""),
    "/api/v1/announcements/{number:str}": _ANNOUNCED,
    "/credit/announcements/{number:str}": _ANNOUNCED,
    "/credit/exits/{number:str}": _DECIDED.format(only=" and m.kind = 'elimination'"),
    "/credit/decisions/{number:str}": _DECIDED.format(only=""),
    "/credit/measures/{number:str}": _DECIDED.format(only=""),
    "/credit/rules/{version:str}": "select 'credit-score-1' as version",
    "/agency/credit/{slot:str}": _OWN_LINE,
    "/api/v1/rankings/{slot:str}/mine": _OWN_LINE,
    "/api/v1/rankings/{slot:str}/objections": "select slot::text from ranking order by slot limit 1",
    "/regulator/rankings/{slot:str}": "select slot::text from ranking order by slot",
    "/regulator/rankings/{slot:str}/confirm": "select slot::text from ranking order by slot",
    "/regulator/runs/{as_of:str}": "select as_of::text from score_run where agencies > 0 order by as_of desc limit 1",
    "/credit/{slot:str}": _RANKED,
    "/credit/{slot:str}/public.zip": _RANKED,
    "/agencies/{uscc:str}/score": "select a.uscc from agency a join agency_score s on s.agency = a.id"
    " join ranking r on r.run = s.run where r.state = 'published' order by r.slot desc, s.place limit 1",
    "/owner/contracts/{number:str}/{act:str}": f"select number, act, owner as who from ({_ACTS}) t",
}


def every_get_route() -> dict[str, HTTPRouteHandler]:
    """Return the handler of every address a browser can ask for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the framework's news about itself has its own place in other tests
        return {path: handler for path, method, handler in handlers(an_app()) if method == "GET"}


def role_of(path: str, handler: HTTPRouteHandler) -> Role | None:
    """Return for whom a route is: nobody in particular, the role its address names, or the first it lets in."""
    roles = {role for guard in handler.resolve_guards() for role in getattr(guard, "roles", ())}
    named = path.split("/")[1]
    if not roles:
        return None
    return Role(named) if named in roles else min(roles)


async def example_rows(path: str, samples: Mapping[Role, int]) -> list[Mapping[str, Any]]:
    """Look up the examples of a route."""
    keys = {str(role): key for role, key in samples.items()}
    return [dict(row) for row in await db.fetch(re.sub(r"\{(\w+)\}", lambda m: str(keys[m[1]]), SPECIAL[path]))]


def address_of(path: str, row: Mapping[str, Any]) -> tuple[str, int | None]:
    """Return the address of one example, and which organisation goes there if that matters."""
    address = re.sub(r"\{(\w+):\w+\}", lambda found: str(row[found[1]]), path)
    return address + (f"?{row['query']}" if row.get("query") else ""), row.get("who")
