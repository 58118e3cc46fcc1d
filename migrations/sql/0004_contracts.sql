-- Contracts and reviews: lifecycles, agreed content that stays, what is sealed until it is revealed, grants.
-- They hold for every role; only the insert checks exempt the owner of the schema.

-- one of each, and what the worker looks for
create unique index if not exists contract_change_one_pending on contract_change (contract) where agreed is null;
create unique index if not exists contract_delivery_one_pending on contract_delivery (contract) where outcome is null;
create index if not exists contract_due on contract (next_check_at) where next_check_at is not null;
create index if not exists contract_awaits_reviews on contract (id) where awaits_reviews;
create index if not exists contract_newest on contract (due_at desc, id desc);
create index if not exists contract_owner_newest on contract (owner, id desc);
create index if not exists contract_agency_newest on contract (agency, id desc);
create index if not exists award_confirmed on award (confirmed_at) where state = 'confirmed';
create index if not exists review_due on review (next_check_at) where next_check_at is not null;
create index if not exists review_follow_up_open on review_follow_up (due_at) where done_at is null;

create or replace function contract_moves() returns trigger language plpgsql as $$
begin
  if new.state = old.state then
    return new;
  end if;
  if not (old.state, new.state) in (
    ('due', 'signed'), ('due', 'lapsed'), ('signed', 'filed'), ('filed', 'performing'), ('performing', 'delivered'),
    ('delivered', 'accepted'), ('delivered', 'accepted_by_silence'), ('delivered', 'returned'),
    ('returned', 'performing'), ('accepted', 'closed'), ('accepted_by_silence', 'closed'), ('signed', 'terminated'),
    ('filed', 'terminated'), ('performing', 'terminated'), ('delivered', 'terminated'), ('returned', 'terminated')) then
    raise exception 'contract %: % to % is no move of the lifecycle', old.number, old.state, new.state
      using errcode = 'GX001';
  end if;
  return new;
end $$;
create or replace trigger contract_moves before update on contract for each row execute function contract_moves();

-- Two parties' agreement is not edited: an amount or a date changes through a change that both agreed to.
create or replace function contract_content_fixed() returns trigger language plpgsql as $$
declare
  once text[] := array['signed_at', 'filed_at', 'begun_at', 'first_delivered_at', 'accepted_at', 'closed_at', 'lapsed_at',
    'terminated_at', 'fault', 'fault_agreed', 'excuse', 'billed_fen', 'paid_on'];
  column_name text;
begin
  if old.signed_at is not null and (new.paper_number, new.paper_hash, new.signed_on, new.pay_days, new.owner_signed_at,
      new.agency_signed_at, new.file_by_at) is distinct from (old.paper_number, old.paper_hash, old.signed_on,
      old.pay_days, old.owner_signed_at, old.agency_signed_at, old.file_by_at) then
    raise exception 'contract %: what is signed is not edited', old.number using errcode = 'GX003';
  end if;
  if old.signed_at is not null and (new.amount_fen, new.agreed_on) is distinct from (old.amount_fen, old.agreed_on)
     and not exists (select from contract_change c where c.contract = old.id and c.agreed
       and c.amount_fen = new.amount_fen and c.agreed_on = new.agreed_on) then
    raise exception 'contract %: no change both parties agreed to', old.number using errcode = 'GX003';
  end if;
  foreach column_name in array once loop
    if to_jsonb(old) -> column_name <> 'null' and to_jsonb(new) -> column_name <> to_jsonb(old) -> column_name then
      raise exception 'contract %: % is written once', old.number, column_name using errcode = 'GX003';
    end if;
  end loop;
  return new;
end $$;
create or replace trigger contract_content_fixed before update on contract
  for each row execute function contract_content_fixed();

-- A contract follows from its own confirmed award, and from nothing else.
create or replace function contract_follows_award() returns trigger language plpgsql as $$
begin
  if not exists (select from award w join notice n on n.id = w.notice where w.id = new.award and w.state = 'confirmed'
      and w.notice = new.notice and w.agency = new.agency and w.amount_fen = new.award_fen and n.owner = new.owner
      and n.ruleset = new.ruleset) then
    raise exception 'contract %: its award is not confirmed, or not this one', new.number using errcode = 'GX001';
  end if;
  return new;
end $$;
create or replace trigger contract_follows_award before insert on contract
  for each row execute function contract_follows_award();
create or replace trigger contract_begins before insert on contract
  for each row execute function begins_at_the_beginning('due');

create or replace function answered_once() returns trigger language plpgsql as $$
begin
  raise exception '%: it is answered, and stays so', tg_table_name using errcode = 'GX003';
end $$;
create or replace trigger contract_change_answered before update on contract_change
  for each row when (old.agreed is not null) execute function answered_once();
create or replace trigger contract_delivery_decided before update on contract_delivery
  for each row when (old.outcome is not null) execute function answered_once();
create or replace trigger late_fact_ended before update on late_fact
  for each row when (old.ended_at is not null) execute function answered_once();
create or replace trigger review_follow_up_done before update on review_follow_up
  for each row when (old.done_at is not null) execute function answered_once();

create or replace function review_moves() returns trigger language plpgsql as $$
begin
  if new.state <> old.state and not (old.state, new.state) in (
    ('open', 'submitted'), ('open', 'neutral'), ('submitted', 'revealed'), ('revealed', 'annulled')) then
    raise exception 'review %: % to % is no move of the lifecycle', old.id, old.state, new.state
      using errcode = 'GX001';
  end if;
  if old.state in ('revealed', 'neutral', 'annulled') and (new.quality, new.timeliness, new.fees, new.conduct,
      new.attitude, new.words, new.sealed_hash, new.revealed_at) is distinct from (old.quality, old.timeliness, old.fees,
      old.conduct, old.attitude, old.words, old.sealed_hash, old.revealed_at) then
    raise exception 'review %: what is revealed is not edited', old.id using errcode = 'GX003';
  end if;
  if new.state = 'revealed' and old.state = 'submitted'
     and not exists (select from sealed_review s where s.review = new.id and s.hash = new.sealed_hash) then
    raise exception 'review %: it does not say what was sealed', old.id using errcode = 'GX003';
  end if;
  return new;
end $$;
create or replace trigger review_moves before update on review for each row execute function review_moves();
create or replace trigger review_begins before insert on review
  for each row execute function begins_at_the_beginning('open');

-- Both reviews of a contract are revealed by one transaction, or none of them is.
create or replace function review_revealed_together() returns trigger language plpgsql as $$
begin
  if (select count(distinct state in ('open', 'submitted')) > 1 or count(distinct revealed_at) > 1
      from review where contract = new.contract) then
    raise exception 'contract %: its reviews are revealed together', new.contract using errcode = 'GX006';
  end if;
  return null;
end $$;
create constraint trigger review_revealed_together after update on review
  deferrable initially deferred for each row execute function review_revealed_together();

-- A review is sealed while its period lasts.
create or replace function sealed_in_time() returns trigger language plpgsql as $$
begin
  if not exists (select from review r where r.id = new.review and new.submitted_at < r.closes_at
      and new.submitted_at >= r.opened_at) then
    raise exception 'review %: its period has ended', new.review using errcode = 'GX005';
  end if;
  return new;
end $$;
create or replace trigger sealed_in_time before insert on sealed_review for each row execute function sealed_in_time();

revoke execute on all functions in schema public from public;
grant select on contract, contract_delivery, contract_change, late_fact, review, sealed_review, review_follow_up
  to market_app;
grant insert on contract, contract_delivery, contract_change, late_fact, review, sealed_review, review_follow_up
  to market_app;
grant usage on all sequences in schema public to market_app;
grant update (state, paper_number, paper_hash, amount_fen, signed_on, agreed_on, pay_days, owner_signed_at,
  agency_signed_at, signed_at, file_by_at, filed_at, begun_at, first_delivered_at, delivered_at, silence_at, returns,
  accepted_at, pay_by_at, billed_fen, paid_on, closed_at, lapsed_at, terminated_at, ended_by, fault, end_words,
  fault_agreed, fault_answer, excuse, excuse_words, next_check_at, awaits_reviews) on contract to market_app;
grant update (outcome, reasons, decided_at) on contract_delivery to market_app;
grant update (agreed, answered_at) on contract_change to market_app;
grant update (ended_at, workdays_late) on late_fact to market_app;
grant update (state, quality, timeliness, fees, conduct, attitude, words, sealed_hash, revealed_at, annulment_decision,
  next_check_at) on review to market_app;
grant update (done_at, outcome, words, regulator, person) on review_follow_up to market_app;

-- Readers outside the market see contracts and what came late, but no text of the parties and no review before its
-- reveal: of reviews the log tells them, after it.
grant select (id, number, award, notice, owner, agency, ruleset, award_fen, guide_most_fen, state, due_at, sign_by_at,
  paper_hash, amount_fen, signed_on, agreed_on, pay_days, owner_signed_at, agency_signed_at, signed_at, file_by_at,
  filed_at, begun_at, first_delivered_at, delivered_at, silence_at, returns, accepted_at, pay_by_at, billed_fen, paid_on,
  closed_at, lapsed_at, terminated_at, ended_by, fault, fault_agreed, excuse) on contract to market_read;
grant select (id, contract, number, delivered_at, silence_at, outcome, decided_at) on contract_delivery to market_read;
grant select (id, contract, number, amount_fen, agreed_on, asked_by, asked_at, agreed, answered_at) on contract_change
  to market_read;
grant select on late_fact to market_read;
