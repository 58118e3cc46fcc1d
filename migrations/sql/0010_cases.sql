-- Cases, decisions and what follows from them; facts the score reads; editions of a ranking; grants.
-- They hold for every role; only the insert checks exempt the owner of the schema, who writes rows that arrive whole.

-- a constraint changed under its own name, which an auto-migration does not see
alter table score_run drop constraint score_run_once, add constraint score_run_once unique (as_of, number);
alter table ranking drop constraint ranking_once, add constraint ranking_once unique (slot, edition);

alter table credit_case add constraint credit_case_basis_decision_exists
  foreign key (basis_decision) references case_decision (id);

create index if not exists credit_case_due on credit_case (next_check_at) where next_check_at is not null;
create index if not exists item_suspension_in_force on item_suspension (agency, item) where ended_at is null;
create index if not exists agency_bar_in_force on agency_bar (identifier) where lifted_at is null;
create index if not exists measure_due on measure (ends_at) where ended_at is null and ends_at is not null;
create index if not exists abandonment_counts on abandonment (agency, happened_at) where state = 'confirmed';
create unique index if not exists ranking_one_under_way on ranking (slot) where state <> 'published';
create unique index if not exists repair_one_open on repair (decision) where outcome is null;

-- The life of a case. Dismissed is open from everywhere before a signature; nothing leads back.
create or replace function case_moves() returns trigger language plpgsql as $$
declare
  fixed text[] := array['id', 'number', 'agency', 'ground', 'fact_key', 'ruleset', 'division', 'trade', 'facts',
    'clause', 'proposed', 'item', 'lead', 'ranking_before', 'ranking_last', 'basis_decision', 'external_document',
    'opened_by', 'opened_for', 'opened_at'];
  name text;
begin
  foreach name in array fixed loop
    if to_jsonb(new) -> name is distinct from to_jsonb(old) -> name then
      raise exception 'case %: what was opened is not edited', old.number using errcode = 'GX003';
    end if;
  end loop;
  if old.served_at is not null and (new.served_at, new.served_how, new.noticed_at)
     is distinct from (old.served_at, old.served_how, old.noticed_at) then
    raise exception 'case %: what was served is not edited', old.number using errcode = 'GX003';
  end if;
  if old.statement_until_at is not null and new.statement_until_at < old.statement_until_at then
    raise exception 'case %: a statement period is never shortened', old.number using errcode = 'GX003';
  end if;
  if new.state = old.state then
    return new;
  end if;
  if not (old.state, new.state) in (
    ('opened', 'noticed'), ('noticed', 'served'), ('served', 'deciding'), ('deciding', 'escalated'),
    ('deciding', 'signed'), ('escalated', 'signed'), ('signed', 'in_force'), ('in_force', 'ended'),
    ('signed', 'reversed'), ('in_force', 'reversed'), ('ended', 'reversed'), ('in_force', 'repaired'),
    ('opened', 'dismissed'), ('noticed', 'dismissed'), ('served', 'dismissed'), ('deciding', 'dismissed'),
    ('escalated', 'dismissed')) then
    raise exception 'case %: % to % is no move of the lifecycle', old.number, old.state, new.state
      using errcode = 'GX001';
  end if;
  if new.state = 'deciding' and new.deciding_at < new.statement_until_at then
    raise exception 'case %: the statement period is not over', old.number using errcode = 'GX007';
  end if;
  if new.state = 'signed' and not exists (select from case_decision d where d.case = old.id) then
    raise exception 'case %: nobody has signed', old.number using errcode = 'GX004';
  end if;
  if new.state = 'reversed' and not exists (select from appeal a join case_decision d on d.id = a.decision
     where d.case = old.id and a.outcome = 'upheld') then
    raise exception 'case %: no appeal was upheld', old.number using errcode = 'GX004';
  end if;
  return new;
end $$;
create or replace trigger case_moves before update on credit_case for each row execute function case_moves();
create or replace trigger case_begins before insert on credit_case
  for each row execute function begins_at_the_beginning('opened');

-- How many abandonments of an agency count at a moment: confirmed, within twelve months before it.
create or replace function abandonments_confirmed(of_agency bigint, at timestamptz) returns bigint
language sql stable as $$
  select count(*) from abandonment where agency = of_agency and state = 'confirmed' and decided_at <= at
    and happened_at > at - interval '12 months' and happened_at <= at
$$;

-- What an elimination may be opened on; every line is a fact of the record, none is a statistic.
create or replace function elimination_has_ground(c credit_case) returns boolean language sql stable as $$
  select case c.ground
    when 'low_ranking' then exists (
      select from ranking b join ranking l on l.id = c.ranking_last
        join agency_score sb on sb.run = b.run and sb.agency = c.agency
        join agency_score sl on sl.run = l.run and sl.agency = c.agency
      where b.id = c.ranking_before and b.state = 'published' and l.state = 'published' and b.slot < l.slot
        and sb.grade = 'D' and sl.grade = 'D' and l.published_at <= c.opened_at
        and not exists (select from ranking m where m.slot = l.slot and m.state = 'published' and m.edition > l.edition)
        and not exists (select from ranking m where m.slot = b.slot and m.state = 'published' and m.edition > b.edition)
        and not exists (select from ranking m join agency_score sm on sm.run = m.run and sm.agency = c.agency
          where m.state = 'published' and m.slot > b.slot and m.slot < l.slot and sm.grade <> 'N'))
    when 'abandonments' then abandonments_confirmed(c.agency, c.opened_at) >= 3
    when 'serious_breach' then exists (
      select from case_decision d join credit_case o on o.id = d.case
      where d.id = c.basis_decision and o.agency = c.agency and d.breach = 'serious' and not d.by_silence
        and o.state in ('signed', 'in_force', 'ended') and d.signed_at <= c.opened_at)
    when 'external_decision' then coalesce(c.external_document, '') <> ''
    else false end
$$;

-- A decision rests on a served notice, a statement period that is over, and two people.
create or replace function decision_is_lawful() returns trigger language plpgsql as $$
declare
  c credit_case;
begin
  select * into c from credit_case where id = new.case for update;
  if c.state not in ('deciding', 'escalated') then
    raise exception 'decision %: its case is not to be decided', new.number using errcode = 'GX004';
  end if;
  if c.served_at is null or c.statement_until_at is null or new.signed_at < c.statement_until_at then
    raise exception 'decision %: the statement period is not over', new.number using errcode = 'GX007';
  end if;
  if c.hearing_asked_at is not null and (c.hearing_at is null or c.hearing_at > new.signed_at) then
    raise exception 'decision %: the hearing asked for was not held', new.number using errcode = 'GX007';
  end if;
  if new.by_silence then
    if c.ground <> 'abandonments' or c.state <> 'deciding' or c.stated_at is not null or c.hearing_asked_at is not null
       or new.measure is distinct from 'elimination' or abandonments_confirmed(c.agency, c.opened_at) < 3 then
      raise exception 'decision %: silence never replaces this signature', new.number using errcode = 'GX004';
    end if;
  else
    if new.signed_by is not distinct from c.opened_by or c.drafted_by is distinct from new.drafted_by then
      raise exception 'decision %: who opened or drafted a case does not sign', new.number using errcode = 'GX004';
    end if;
    if exists (select from ranking r where r.id in (c.ranking_before, c.ranking_last) and r.confirmed_by = new.signed_by)
       or (c.ground = 'abandonments' and exists (select from abandonment a where a.agency = c.agency
         and a.state = 'confirmed' and a.decided_by = new.signed_by)) then
      raise exception 'decision %: who confirmed the facts does not sign', new.number using errcode = 'GX004';
    end if;
    if exists (select from lead l where l.id = c.lead and l.reviewed_by = new.signed_by) then
      raise exception 'decision %: who made the lead does not sign', new.number using errcode = 'GX004';
    end if;
  end if;
  if new.measure = 'elimination' and not elimination_has_ground(c) then
    raise exception 'decision %: an elimination has no ground here', new.number using errcode = 'GX004';
  end if;
  return new;
end $$;
create or replace trigger decision_is_lawful before insert on case_decision
  for each row execute function decision_is_lawful();

create or replace function never_edited() returns trigger language plpgsql as $$
begin
  raise exception '%: what was signed or filed is not edited', tg_table_name using errcode = 'GX003';
end $$;
create or replace trigger case_decision_fixed before update or delete on case_decision
  for each row execute function never_edited();
create or replace trigger case_statement_fixed before update or delete on case_statement
  for each row execute function never_edited();

-- An agency is eliminated by executing a signed decision at its moment, and comes back by applying or by an appeal.
create or replace function agency_moves() returns trigger language plpgsql as $$
begin
  if new.state = old.state then
    return new;
  end if;
  if not (old.state, new.state) in (
    ('applying', 'returned'), ('returned', 'applying'), ('applying', 'admitted'), ('admitted', 'suspended'),
    ('suspended', 'admitted'), ('admitted', 'left'), ('suspended', 'left'), ('left', 'applying'),
    ('eliminated', 'applying'), ('admitted', 'eliminated'), ('suspended', 'eliminated'), ('eliminated', 'admitted')) then
    raise exception 'agency %: % to % is no move of the lifecycle', old.uscc, old.state, new.state
      using errcode = 'GX001';
  end if;
  if new.state = 'eliminated' and (new.eliminated_at is null or new.reentry_on is null or not exists (
      select from credit_case c join case_decision d on d.case = c.id
      where c.agency = new.id and c.state = 'signed' and d.measure = 'elimination' and c.served_at is not null
        and d.signed_at >= c.statement_until_at and d.executes_at <= new.eliminated_at
        and elimination_has_ground(c))) then
    raise exception 'agency %: no elimination without a signed decision', old.uscc using errcode = 'GX004';
  end if;
  if old.state = 'eliminated' and new.state = 'admitted' and not exists (
      select from credit_case c join case_decision d on d.case = c.id
      where c.agency = new.id and c.state = 'reversed' and d.measure = 'elimination') then
    raise exception 'agency %: no return without an appeal that was upheld', old.uscc using errcode = 'GX004';
  end if;
  return new;
end $$;

-- Nobody kept out by an elimination registers: not the agency, not who has its verified controller or representative.
create or replace function agency_is_barred(of_agency bigint, at timestamptz) returns boolean language sql stable as $$
  select exists (
    select from agency_bar b where b.lifted_at is null and b.from_at <= at
      and b.until_on > (at at time zone 'Asia/Shanghai')::date
      and ((b.kind = 'uscc' and b.identifier = (select uscc from agency where id = of_agency))
        or exists (select from related_party p where p.agency = of_agency and p.verified and p.ended_at is null
          and p.kind in ('controller', 'legal_representative') and p.identifier = b.identifier)))
$$;
create or replace function registration_not_barred() returns trigger language plpgsql as $$
begin
  if current_user = 'market_app' and agency_is_barred(new.agency, new.registered_at) then
    raise exception 'registration: an elimination keeps this agency out' using errcode = 'GX008';
  end if;
  return new;
end $$;
create or replace trigger registration_not_barred before insert on registration
  for each row execute function registration_not_barred();

-- An elimination's measure and bar belong to an eliminated agency.
create or replace function measure_follows_decision() returns trigger language plpgsql as $$
begin
  if not exists (select from case_decision d join credit_case c on c.id = d.case
      where d.id = new.decision and c.agency = new.agency and d.measure = new.kind
        and d.item is not distinct from new.item and d.executes_at <= new.begins_at) then
    raise exception 'measure: no decision says so' using errcode = 'GX004';
  end if;
  return new;
end $$;
create or replace trigger measure_follows_decision before insert on measure
  for each row execute function measure_follows_decision();

-- Points of credit rest on a decision or on a fact of the record; a signal has no column here at all.
create or replace function entry_has_ground() returns trigger language plpgsql as $$
begin
  if not (case new.ground
      when 'decision' then exists (select from case_decision d join credit_case c on c.id = d.case
        where d.id = new.decision and c.agency = new.agency and d.entry_kind = new.kind and d.breach <> 'none')
      when 'lateness' then exists (select from late_fact l join contract c on c.id = l.contract
        where c.id = new.contract and c.agency = new.agency and l.fault in ('agency', 'both'))
      when 'abandonment' then exists (select from abandonment a
        where a.id = new.abandonment and a.agency = new.agency and a.state = 'confirmed')
      else false end) then
    raise exception 'credit entry %: it rests on nothing', new.number using errcode = 'GX004';
  end if;
  return new;
end $$;
create or replace trigger entry_has_ground before insert on credit_entry
  for each row execute function entry_has_ground();

create or replace function entry_fixed() returns trigger language plpgsql as $$
declare
  free text[] := array['state', 'ends_on', 'annulled_at', 'annulled_reason'];
begin
  if to_jsonb(new) - free <> to_jsonb(old) - free or new.ends_on > old.ends_on
     or (old.state = 'annulled' and new.state <> 'annulled') then
    raise exception 'credit entry %: it is ended early or annulled, never edited', old.number using errcode = 'GX003';
  end if;
  return new;
end $$;
create or replace trigger entry_fixed before update on credit_entry for each row execute function entry_fixed();

create or replace function abandonment_moves() returns trigger language plpgsql as $$
declare
  free text[] := array['state', 'contested_at', 'contest_words', 'excuse', 'decided_by', 'decided_for', 'decided_at',
    'decision_words'];
begin
  if to_jsonb(new) - free <> to_jsonb(old) - free then
    raise exception 'abandonment %: what was notified is not edited', old.id using errcode = 'GX003';
  end if;
  if new.state <> old.state and not (old.state, new.state) in (
    ('notified', 'contested'), ('notified', 'confirmed'), ('notified', 'excused'), ('contested', 'confirmed'),
    ('contested', 'excused'), ('confirmed', 'annulled')) then
    raise exception 'abandonment %: % to % is no move of the lifecycle', old.id, old.state, new.state
      using errcode = 'GX001';
  end if;
  return new;
end $$;
create or replace trigger abandonment_moves before update on abandonment
  for each row execute function abandonment_moves();
create or replace trigger abandonment_begins before insert on abandonment
  for each row execute function begins_at_the_beginning('notified');

-- An appeal and a repair are decided by somebody who did not sign or draft.
create or replace function decided_by_another() returns trigger language plpgsql as $$
begin
  if old.outcome is not null then
    raise exception '%: what was answered is not edited', tg_table_name using errcode = 'GX003';
  end if;
  if new.decided_by is not null and exists (select from case_decision d where d.id = new.decision
      and (d.signed_by = new.decided_by or d.drafted_by = new.decided_by)) then
    raise exception '%: who signed or drafted does not answer it', tg_table_name using errcode = 'GX004';
  end if;
  return new;
end $$;
create or replace trigger appeal_by_another before update on appeal for each row execute function decided_by_another();
create or replace trigger repair_by_another before update on repair for each row execute function decided_by_another();

-- Rankings: a draft may cite a new run of its own day; a correction of what is published is the next edition.
create or replace function ranking_moves() returns trigger language plpgsql as $$
begin
  if old.state = 'published' then
    raise exception 'ranking %: what is published is not edited', old.slot using errcode = 'GX003';
  end if;
  if new.state <> old.state and not (old.state, new.state) in (('drafted', 'confirmed'), ('confirmed', 'published')) then
    raise exception 'ranking %: % to % is no move of the lifecycle', old.slot, old.state, new.state
      using errcode = 'GX001';
  end if;
  if (new.slot, new.edition) is distinct from (old.slot, old.edition) or (old.state = 'confirmed'
       and (new.run, new.archive, new.drafted_at, new.objections_until_at, new.confirmed_by, new.confirmed_for,
         new.confirmed_at) is distinct from (old.run, old.archive, old.drafted_at, old.objections_until_at,
         old.confirmed_by, old.confirmed_for, old.confirmed_at))
     or (old.state = 'drafted' and new.run = old.run and (new.archive, new.drafted_at, new.objections_until_at)
       is distinct from (old.archive, old.drafted_at, old.objections_until_at)) then
    raise exception 'ranking %: what was drafted or signed is not edited', old.slot using errcode = 'GX003';
  end if;
  if new.run <> old.run and not exists (select from score_run n, score_run o where n.id = new.run and o.id = old.run
      and n.as_of = old.slot and n.number > o.number) then
    raise exception 'ranking %: its new run is not a later one of its day', old.slot using errcode = 'GX001';
  end if;
  if new.state = 'confirmed' and old.state = 'drafted' and (exists (select from ranking_objection o
      where o.ranking = old.id and o.outcome is null) or (new.recompute_asked_at is not null)) then
    raise exception 'ranking %: an objection waits for its answer', old.slot using errcode = 'GX001';
  end if;
  return new;
end $$;

create or replace function objection_in_time() returns trigger language plpgsql as $$
begin
  if not exists (select from ranking r where r.id = new.ranking and r.state = 'drafted'
      and new.filed_at >= r.drafted_at and new.filed_at < r.objections_until_at) then
    raise exception 'objection: the period for objections is not open' using errcode = 'GX005';
  end if;
  return new;
end $$;
create or replace trigger objection_in_time before insert on ranking_objection
  for each row execute function objection_in_time();

-- The lines of old nights may be given up, unless a ranking cites their run; the scores themselves stay.
create or replace function computed_once() returns trigger language plpgsql as $$
begin
  raise exception '%: what a run wrote is not edited', tg_table_name using errcode = 'GX003';
end $$;
create or replace function score_lines_fixed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.lines = '[]'::jsonb and to_jsonb(new) - 'lines' = to_jsonb(old) - 'lines'
     and not exists (select from ranking r where r.run = old.run) then
    return new;
  end if;
  raise exception '%: what a run wrote is not edited', tg_table_name using errcode = 'GX003';
end $$;
create or replace trigger agency_score_fixed before update or delete on agency_score
  for each row execute function score_lines_fixed();
create or replace function prune_lines(before date) returns bigint
language plpgsql security definer set search_path = public as $$
declare
  pruned bigint;
begin
  update agency_score s set lines = '[]'::jsonb from score_run r
    where r.id = s.run and r.as_of < before and r.as_of < current_date - 30 and s.lines <> '[]'::jsonb
      and not exists (select from ranking k where k.run = r.id);
  get diagnostics pruned = row_count;
  return pruned;
end $$;

revoke execute on all functions in schema public from public;
grant execute on function ledger_append(timestamptz, text, text, bytea) to market_app;
grant execute on function ledger_append_many(timestamptz[], text[], text[], bytea[]) to market_app;
grant execute on function prune_lines(date) to market_app;
grant execute on function abandonments_confirmed(bigint, timestamptz), elimination_has_ground(credit_case),
  agency_is_barred(bigint, timestamptz) to market_app;

grant select, insert on item_suspension, agency_bar, ranking_objection, record_import, approval, supervision_check,
  public_credit, abandonment, lead, owner_question, credit_case, case_statement, case_decision, measure, credit_entry,
  appeal, repair to market_app;
grant usage on all sequences in schema public to market_app;
grant update (ended_at) on item_suspension to market_app;
grant update (lifted_at) on agency_bar to market_app;
grant update (eliminated_at, reentry_on) on agency to market_app;
grant update (outcome, answer, answered_by, answered_for, answered_at) on ranking_objection to market_app;
grant update (annulled_at, annulled_reason) on supervision_check to market_app;
grant update (state, contested_at, contest_words, excuse, decided_by, decided_for, decided_at, decision_words)
  on abandonment to market_app;
grant update (state, ended_by, ended_for, ended_at, end_words) on lead to market_app;
grant update (answer, words, answered_by, answered_at) on owner_question to market_app;
grant update (state, noticed_at, posted_at, posted_by, posted_how, bounced_at, public_until_at, served_at, served_how,
  statement_until_at, stated_at, hearing_asked_at, hearing_at, hearing_record, deciding_at, escalate_at, escalated_at,
  decide_by_at, draft, drafted_by, drafted_for, drafted_at, ended_at, end_words, ended_by, next_check_at)
  on credit_case to market_app;
grant update (ended_at, ended_why) on measure to market_app;
grant update (state, ends_on, annulled_at, annulled_reason) on credit_entry to market_app;
grant update (outcome, answer, decided_by, decided_for, decided_at) on appeal, repair to market_app;
grant update (run, archive, drafted_at, objections_until_at, recompute_asked_at) on ranking to market_app;

-- Readers outside the market see what is public: signed decisions' measures and in-force entries; no lead, no question,
-- no case before its decision.
grant select (id, agency, kind, item, begins_at, ends_at, reentry_on, ended_at, ended_why) on measure to market_read;
grant select (id, number, agency, kind, ground, recorded_at, ends_on, state) on credit_entry to market_read;
grant select (number, as_of) on score_run to market_read;
grant select (edition) on ranking to market_read;
