"""
Projects, selection notices (选取公告) and their published versions.

A draft is saved step by step, so what a later step asks may be null until
then; constraint ``notice_published_whole`` demands all of it from the rest. A
notice row's content is fixed when it is published (trigger
``notice_content_fixed``); what was hashed and promised to the public is the
canonical text in ``notice_version``.
"""

from piccolo.columns import Array, Text
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from market.accounts.tables import Organisation
from market.agencies.tables import Agency
from market.catalogue.tables import Item
from market.columns import day, document, fen, key, moment, reference, text, whole, yes_no


class Project(Table):
    """What an owner is building, and with whose money."""

    id = key()
    owner = reference(Organisation)
    name = text()
    project_code = text()
    division = text()
    funds = document()
    public_funds = yes_no()
    approving_authority = text()
    approval_document = text()
    created_at = moment()

    project_once_per_owner = Unique([owner, project_code])
    project_code_shape = Check("project_code ~ '^[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{6}$'")


class Notice(Table):
    """An owner's public request for one service, from draft to end."""

    id = key()
    code = text(unique=True)
    project = reference(Project)
    owner = reference(Organisation)
    item = reference(Item)
    division = text()
    trade = text()
    state = text()
    title = text(null=True)
    scope = text(null=True)
    method = text(null=True)
    ruleset = text()
    practice = yes_no()
    public_funds = yes_no()
    ceiling_fen = fen(null=True)
    floor_fen = fen(null=True)
    floor_reason = text(null=True)
    time_limit_days = whole(null=True)
    qualifications = document()
    recusals = document()
    contact_name = text(null=True)
    contact_phone = text(null=True)
    exception_code = text(null=True)
    exception_basis = text(null=True)
    direct_ground = text(null=True)
    direct_reason = text(null=True)
    direct_agency = reference(Agency, null=True)
    least = whole(null=True)
    drain_seconds = whole()
    suite = text()
    version = whole()
    predecessor = text(null=True, unique=True)
    drafted_at = moment()
    published_at = moment(null=True)
    opens_at = moment(null=True)
    closes_at = moment(null=True)
    reveal_by = moment(null=True)
    draw_at = moment(null=True)
    closed_at = moment(null=True)
    inputs_frozen_at = moment(null=True)
    drawn_at = moment(null=True)
    standstill_ends_at = moment(null=True)
    awarded_at = moment(null=True)
    ended_at = moment(null=True)
    end_reason = text(null=True)
    ended_by = text(null=True)
    annulment_decision = text(null=True)
    pool_size = whole(null=True)
    next_check_at = moment(null=True)

    notice_state_known = Check(
        "state in ('draft','open','closed','opening','standstill','awarded','failed','withdrawn','annulled')"
    )
    notice_method_known = Check(
        "method in ('random_draw','lowest_quote','benchmark_quote','mean_quote','inquiry','credit_merit',"
        "'plan_merit','direct')"
    )
    notice_ceiling_positive = Check("ceiling_fen > 0")
    notice_floor_below_ceiling = Check("floor_fen is null or (floor_fen > 0 and floor_fen <= ceiling_fen)")
    notice_time_limit_in_range = Check("time_limit_days between 1 and 730")
    notice_suite_known = Check("suite in ('sha256','sm3')")
    notice_times_in_order = Check("opens_at < closes_at and closes_at < reveal_by and reveal_by <= draw_at")
    notice_published_whole = Check(
        "published_at is null or (opens_at is not null and closes_at is not null and reveal_by is not null"
        " and draw_at is not null and method is not null and ceiling_fen is not null"
        " and time_limit_days is not null and coalesce(least, 0) > 0 and coalesce(title, '') <> ''"
        " and coalesce(scope, '') <> '' and coalesce(contact_name, '') <> '' and coalesce(contact_phone, '') <> '')"
    )
    notice_open_is_published = Check("state in ('draft','withdrawn') or published_at is not null")
    notice_ended_has_reason = Check(
        "state not in ('failed','withdrawn','annulled') or (ended_at is not null and coalesce(end_reason, '') <> '')"
    )
    notice_annulled_by_decision = Check("state <> 'annulled' or annulment_decision is not null")
    notice_withdrawn_by_known = Check("state <> 'withdrawn' or ended_by in ('owner','regulator')")
    notice_direct_has_ground = Check(
        "method is distinct from 'direct' or published_at is null"
        " or (direct_ground is not null and coalesce(direct_reason, '') <> '' and direct_agency is not null)"
    )
    notice_practice_rules = Check("practice = (ruleset like 'practice-%')")


class NoticeVersion(Table, tablename="notice_version"):
    """What was published, to the byte, and its hash NH."""

    id = key()
    notice = reference(Notice)
    number = whole()
    body = text()
    hash = text()
    published_at = moment()

    notice_version_once = Unique([notice, number])
    notice_version_hash_once = Unique([hash])  # noqa: A003 (the column above)


class DrawCommitment(Table, tablename="draw_commitment"):
    """A keeper's promise, made before the notice is published, of a secret that it keeps elsewhere."""

    id = key()
    notice = reference(Notice)
    keeper = text()
    commitment = text()
    made_at = moment()

    draw_commitment_once = Unique([notice, keeper])
    draw_commitment_keeper_known = Check("keeper in ('operator','owner','witness')")
    draw_commitment_shape = Check("commitment ~ '^[0-9a-f]{64}$'")


class StatutoryLimit(Table, tablename="statutory_limit"):
    """
    The amount from which a selection must go to a statutory procedure, by kind of limit, place and year.

    Qualification '*' means every item; otherwise items whose template demands it.
    """

    id = key()
    code = text()
    division_prefix = text()
    qualification = text()
    funds = Array(base_column=Text(), default=list, null=False)
    limit_fen = fen()
    basis = text()
    valid_from = day()
    valid_until = day(null=True)

    statutory_limit_once = Unique([code, division_prefix, qualification, valid_from])
