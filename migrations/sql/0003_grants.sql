-- What the running market may do; the written list in tests/architecture says the same.
revoke all on schema public from public;
grant usage on schema public to market_app, market_read;
revoke all on all tables in schema public from market_app, market_read;
revoke execute on all functions in schema public from public;
grant execute on function ledger_append(timestamptz, text, text, bytea) to market_app;
grant execute on function ledger_append_many(timestamptz[], text[], text[], bytea[]) to market_app;

grant select on all tables in schema public to market_app;
grant usage on all sequences in schema public to market_app;

grant insert on person, organisation, membership, session, api_token, sign_in_attempt,
  item, item_qualification, agency, admission_check, commitment, qualification, practitioner, related_party,
  guide, project, notice, notice_version, draw_commitment, registration, refused_registration,
  pool, draw_secret, draw_input, beacon, draw, award, message, job_run, worker_beat,
  ledger_document, ledger_checkpoint to market_app;

grant update (name, phone, password_hash, disabled_at, password_given_at) on person to market_app;
grant update (name) on organisation to market_app;
grant update (manager, ended_at) on membership to market_app;
grant update (seen_at, organisation) on session to market_app;
grant update (revoked_at) on api_token to market_app;
grant update (window_at, failures) on sign_in_attempt to market_app;
grant update (state, published_at, abolished_at, abolition_reason) on item to market_app;
grant update (name, division, state, legal_representative, contact_name, contact_phone, introduction, applied_at,
  check_due_at, admitted_at, left_at, suspended_until, next_check_at) on agency to market_app;
grant update (outcome, reasons, decided_by, decided_at) on admission_check to market_app;
grant update (verified_at, revoked_at, withdrawn_at, lapse_recorded_at, next_check_at) on qualification to market_app;
grant update (ended_at) on practitioner to market_app;
grant update (verified, ended_at) on related_party to market_app;
grant update (state, conditions, steps, time_limit_days, fee_kind, fee, fee_max_fen, materials, deliverables, contact,
  plain_words, drafted_at, published_at, ended_at, hash) on guide to market_app;
grant update (state, title, scope, method, ceiling_fen, floor_fen, floor_reason, time_limit_days, qualifications,
  recusals, contact_name, contact_phone, exception_code, exception_basis, direct_ground, direct_reason, direct_agency,
  least, suite, version, published_at, opens_at, closes_at, reveal_by, draw_at, closed_at, inputs_frozen_at, drawn_at,
  standstill_ends_at, awarded_at, ended_at, end_reason, ended_by, annulment_decision, pool_size, next_check_at)
  on notice to market_app;
grant update (state, ended_at, place, reason) on registration to market_app;
grant update (state, confirmed_at, cancelled_at, cancel_reason) on award to market_app;
grant update (read_at) on message to market_app;
grant update (seen_at) on worker_beat to market_app;

grant delete on session, sign_in_attempt, worker_beat to market_app;

-- Readers outside the market see no accounts, no sessions and no salts.
grant select on organisation, item, item_qualification, agency, admission_check, guide, project, notice, notice_version,
  draw_commitment, registration, refused_registration, pool, draw_secret, draw_input, beacon, draw, award, job_run,
  holiday, statutory_limit, ledger_entry, ledger_node, ledger_head, ledger_checkpoint to market_read;
