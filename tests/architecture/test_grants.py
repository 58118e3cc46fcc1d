"""What the running market may do to each table: tried, not read from the catalogue, against a list written by hand."""

import asyncpg
import pytest

from market import db

# table: (may insert, columns it may update, may delete); nothing else is allowed anywhere
MAY: dict[str, tuple[bool, str, bool]] = {
    "admission_check": (True, "outcome reasons decided_by decided_at", False),
    "agency": (
        True,
        "name division state legal_representative contact_name contact_phone introduction applied_at check_due_at"
        " admitted_at left_at suspended_until next_check_at eliminated_at reentry_on",
        False,
    ),
    "agency_score": (True, "", False),
    "api_token": (True, "revoked_at", False),
    "award": (True, "state confirmed_at cancelled_at cancel_reason", False),
    "beacon": (True, "", False),
    "commitment": (True, "", False),
    "contract": (
        True,
        "state paper_number paper_hash amount_fen signed_on agreed_on pay_days owner_signed_at agency_signed_at"
        " signed_at file_by_at filed_at begun_at first_delivered_at delivered_at silence_at returns accepted_at"
        " pay_by_at billed_fen paid_on closed_at lapsed_at terminated_at ended_by fault end_words fault_agreed"
        " fault_answer excuse excuse_words next_check_at awaits_reviews",
        False,
    ),
    "contract_change": (True, "agreed answered_at", False),
    "contract_delivery": (True, "outcome reasons decided_at", False),
    "draw": (True, "", False),
    "draw_commitment": (True, "", False),
    "draw_input": (True, "", False),
    "draw_secret": (True, "", False),
    "guide": (
        True,
        "state conditions steps time_limit_days fee_kind fee fee_max_fen materials deliverables contact plain_words"
        " drafted_at published_at ended_at hash",
        False,
    ),
    "holiday": (False, "", False),
    "item": (True, "state published_at abolished_at abolition_reason", False),
    "item_qualification": (True, "", False),
    "job_run": (True, "", False),
    "late_fact": (True, "ended_at workdays_late", False),
    "ledger_checkpoint": (True, "", False),
    "ledger_document": (True, "", False),
    "ledger_entry": (False, "", False),
    "ledger_head": (False, "", False),
    "ledger_node": (False, "", False),
    "membership": (True, "manager ended_at", False),
    "message": (True, "read_at", False),
    "migration": (False, "", False),
    "notice": (
        True,
        "state title scope method ceiling_fen floor_fen floor_reason time_limit_days qualifications recusals"
        " contact_name contact_phone exception_code exception_basis direct_ground direct_reason direct_agency least"
        " suite version published_at opens_at closes_at reveal_by draw_at closed_at inputs_frozen_at drawn_at"
        " standstill_ends_at awarded_at ended_at end_reason ended_by annulment_decision pool_size next_check_at",
        False,
    ),
    "notice_version": (True, "", False),
    "opened_quote": (True, "", False),
    "opening": (True, "", False),
    "organisation": (True, "name", False),
    "person": (True, "name phone password_hash disabled_at password_given_at", False),
    "pool": (True, "", False),
    "practitioner": (True, "ended_at", False),
    "project": (True, "", False),
    "qualification": (True, "verified_at revoked_at lapse_recorded_at next_check_at withdrawn_at", False),
    "ranking": (
        True,
        "state confirmed_by confirmed_for confirmed_at published_at changes run archive drafted_at"
        " objections_until_at recompute_asked_at",
        False,
    ),
    "refused_registration": (True, "", False),
    "registration": (True, "state ended_at place reason", False),
    "regulator_scope": (False, "", False),
    "related_party": (True, "verified ended_at", False),
    "review": (
        True,
        "state quality timeliness fees conduct attitude words sealed_hash revealed_at annulment_decision next_check_at",
        False,
    ),
    "review_follow_up": (True, "done_at outcome words regulator person", False),
    "item_suspension": (True, "ended_at", False),
    "agency_bar": (True, "lifted_at", False),
    "ranking_objection": (True, "outcome answer answered_by answered_for answered_at", False),
    "record_import": (True, "", False),
    "approval": (True, "", False),
    "supervision_check": (True, "annulled_at annulled_reason", False),
    "public_credit": (True, "", False),
    "abandonment": (
        True,
        "state contested_at contest_words excuse decided_by decided_for decided_at decision_words",
        False,
    ),
    "lead": (True, "state ended_by ended_for ended_at end_words", False),
    "owner_question": (True, "answer words answered_by answered_at", False),
    "credit_case": (
        True,
        "state noticed_at posted_at posted_by posted_how bounced_at public_until_at served_at"
        " served_how statement_until_at stated_at hearing_asked_at hearing_at hearing_record"
        " deciding_at escalate_at escalated_at decide_by_at draft drafted_by drafted_for drafted_at"
        " ended_at end_words ended_by next_check_at",
        False,
    ),
    "case_statement": (True, "", False),
    "case_decision": (True, "", False),
    "measure": (True, "ended_at ended_why", False),
    "credit_entry": (True, "state ends_on annulled_at annulled_reason", False),
    "appeal": (True, "outcome answer decided_by decided_for decided_at", False),
    "repair": (True, "outcome answer decided_by decided_for decided_at", False),
    "score_claim": (True, "worker until_at", False),
    "score_run": (True, "", False),
    "sealed_review": (True, "", False),
    "sealed_quote": (True, "", False),
    "session": (True, "seen_at organisation", True),
    "sign_in_attempt": (True, "window_at failures", True),
    "signal": (True, "", False),
    "statutory_limit": (False, "", False),
    "worker_beat": (True, "seen_at", True),
}


async def allowed(statement: str) -> bool:
    """Try a statement as the running market; any refusal but one of privilege means that it may."""
    try:
        async with db.writing():
            await db.execute(statement)
            raise asyncpg.RaiseError("undo")
    except asyncpg.InsufficientPrivilegeError:
        return False
    except asyncpg.PostgresError:
        return True


async def test_every_table_is_on_the_list(module_database):
    rows = await db.fetch("select tablename from pg_tables where schemaname = 'public'")
    assert {row["tablename"] for row in rows} == set(MAY)


@pytest.mark.parametrize("table", sorted(MAY))
async def test_the_running_market_does_what_the_list_says_and_nothing_else(module_database, table):
    insert, update, delete = MAY[table]
    columns = [
        row["column_name"]
        for row in await db.fetch(
            "select column_name from information_schema.columns where table_schema = 'public' and table_name = $1",
            table,
        )
    ]
    updatable = {name for name in columns if await allowed(f'update {table} set "{name}" = "{name}" where false')}
    assert await allowed(f"insert into {table} default values") is insert
    assert updatable == set(update.split())
    assert await allowed(f"delete from {table} where false") is delete
    for never in (
        "truncate {}",
        "drop table {}",
        "alter table {} add column more int",
        "alter table {} disable trigger all",
        "create trigger more before insert on {} for each row execute function notice_moves()",
        "lock table {} in access exclusive mode",
    ):
        refused = not await allowed(never.format(table))
        assert refused or (never.startswith("lock") and (delete or update)), never


async def test_nothing_new_can_be_created_and_no_other_role_be_taken(module_database):
    for never in (
        "create table more (id int)",
        "create schema more",
        "create or replace function ledger_append(timestamptz, text, text, bytea)"
        " returns bigint language sql as 'select 1'",
        "set role market_owner",
        "alter role market_app superuser",
        "set session_replication_role = replica",
        "copy person to program 'cat'",
    ):
        assert not await allowed(never), never
