-- Every effect of an elimination asks the database for every condition: the state of the agency, its measure, its bar.
-- What 0010 left to the service alone is here: an appeal that waits, a notice that announced less, who signs, how long,
-- and that the minute announced has come by the clock of the database, whatever moment a statement names.

-- Only a breach of the four kinds that DESIGN §7 names bears an elimination, however grave another one is found.
create or replace function elimination_has_ground(c credit_case) returns boolean language sql stable as $$
  select case c.ground
    when 'low_ranking' then exists (
      select from ranking b join ranking l on l.id = c.ranking_last
        join agency_score sb on sb.run = b.run and sb.agency = c.agency
        join agency_score sl on sl.run = l.run and sl.agency = c.agency
      where b.id = c.ranking_before and b.state = 'published' and l.state = 'published' and b.slot < l.slot
        and sb.grade = 'D' and sl.grade = 'D'
        and parts_alone(sb.parts) < 6000 and parts_alone(sl.parts) < 6000 and l.published_at <= c.opened_at
        and not exists (select from ranking m where m.slot = l.slot and m.state = 'published' and m.edition > l.edition)
        and not exists (select from ranking m where m.slot = b.slot and m.state = 'published' and m.edition > b.edition)
        and not exists (select from ranking m join agency_score sm on sm.run = m.run and sm.agency = c.agency
          where m.state = 'published' and m.slot > b.slot and m.slot < l.slot and sm.grade <> 'N'))
    when 'abandonments' then abandonments_confirmed(c.agency, c.opened_at) >= 3
    when 'serious_breach' then exists (
      select from case_decision d join credit_case o on o.id = d.case
      where d.id = c.basis_decision and o.agency = c.agency and d.breach = 'serious' and not d.by_silence
        and o.ground in ('forced_service', 'false_report', 'collusion', 'false_entry')
        and o.state in ('signed', 'in_force', 'ended') and d.signed_at <= c.opened_at
        and not exists (select from appeal p where p.decision = d.id and p.outcome is null))
    when 'external_decision' then coalesce(c.external_document, '') <> ''
    else false end
$$;


-- What rests on a decision falls with it: an appeal upheld against the one reverses the other.
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
  if new.state = 'deciding' and coalesce(new.deciding_at < new.statement_until_at, true) then
    raise exception 'case %: the statement period is not over', old.number using errcode = 'GX007';
  end if;
  if new.state = 'signed' and not exists (select from case_decision d where d.case = old.id) then
    raise exception 'case %: nobody has signed', old.number using errcode = 'GX004';
  end if;
  if new.state = 'reversed' and not exists (select from appeal a join case_decision d on d.id = a.decision
     where (d.case = old.id or d.id = old.basis_decision) and a.outcome = 'upheld') then
    raise exception 'case %: no appeal was upheld', old.number using errcode = 'GX004';
  end if;
  return new;
end $$;

-- Whether an agency's elimination may take effect at a moment and keep it out until a day: each decision takes effect once.
create or replace function elimination_is_due(of_agency bigint, at timestamptz, until date) returns boolean
language sql stable as $$
  select exists (
    select from credit_case c join case_decision d on d.case = c.id
    where c.agency = of_agency and c.state = 'signed' and c.proposed = 'elimination' and d.measure = 'elimination'
      and c.served_at is not null and d.signed_at >= c.statement_until_at and d.executes_at <= at
      and until <= ((at at time zone 'Asia/Shanghai')::date + make_interval(months => d.reentry_months))::date
      and not exists (select from appeal p where p.decision = d.id and p.outcome is null)
      and not exists (select from measure m where m.decision = d.id)
      and elimination_has_ground(c))
$$;

-- Leaving is no way around an elimination: whoever has left, or applies again, is eliminated by the same signed decision,
-- and an upheld appeal leads back to where the agency stood. Who is eliminated already stays out longer only by another
-- decision that is due; the moment of the first one stands. Once one of several is reversed, what is left alone counts.
create or replace function agency_moves() returns trigger language plpgsql as $$
begin
  if new.state = old.state then
    if old.state = 'eliminated'
       and (new.eliminated_at, new.reentry_on) is distinct from (old.eliminated_at, old.reentry_on)
       and (new.eliminated_at is distinct from old.eliminated_at or new.reentry_on is null
         or not exists (select from measure m where m.agency = new.id and m.kind = 'elimination' and m.ended_at is null
           and m.reentry_on <= new.reentry_on)
         or not case when new.reentry_on > old.reentry_on
           then elimination_is_due(new.id, clock_timestamp(), new.reentry_on)
           else exists (select from credit_case c join case_decision d on d.case = c.id
             where c.agency = new.id and c.state = 'reversed' and d.measure = 'elimination') end) then
      raise exception 'agency %: an elimination is neither moved nor made longer', old.uscc using errcode = 'GX003';
    end if;
    return new;
  end if;
  if not (old.state, new.state) in (
    ('applying', 'returned'), ('returned', 'applying'), ('applying', 'admitted'), ('admitted', 'suspended'),
    ('suspended', 'admitted'), ('admitted', 'left'), ('suspended', 'left'), ('left', 'applying'),
    ('eliminated', 'applying'), ('admitted', 'eliminated'), ('suspended', 'eliminated'), ('left', 'eliminated'),
    ('applying', 'eliminated'), ('returned', 'eliminated'), ('eliminated', 'admitted'), ('eliminated', 'left')) then
    raise exception 'agency %: % to % is no move of the lifecycle', old.uscc, old.state, new.state
      using errcode = 'GX001';
  end if;
  if new.state = 'eliminated' and (new.eliminated_at is null or new.reentry_on is null
     or (current_user = 'market_app' and new.eliminated_at > clock_timestamp())
     or not elimination_is_due(new.id, new.eliminated_at, new.reentry_on)) then
    raise exception 'agency %: no elimination without a signed decision', old.uscc using errcode = 'GX004';
  end if;
  if old.state = 'eliminated' and new.state in ('admitted', 'left') and not exists (
      select from credit_case c join case_decision d on d.case = c.id
      where c.agency = new.id and c.state = 'reversed' and d.measure = 'elimination') then
    raise exception 'agency %: no return without an appeal that was upheld', old.uscc using errcode = 'GX004';
  end if;
  return new;
end $$;

-- What is signed is no harsher than the notice said, and somebody of a regulator signs it.
create or replace function decision_is_lawful() returns trigger language plpgsql as $$
declare
  c credit_case;
  mildest_first text[] := array['reminder', 'rectification', 'suspend_item', 'suspend_all', 'elimination'];
begin
  select * into c from credit_case where id = new."case" for update;
  if c.state not in ('deciding', 'escalated') then
    raise exception 'decision %: its case is not to be decided', new.number using errcode = 'GX004';
  end if;
  if c.served_at is null or c.statement_until_at is null or new.signed_at < c.statement_until_at then
    raise exception 'decision %: the statement period is not over', new.number using errcode = 'GX007';
  end if;
  if current_user = 'market_app' and new.signed_at > clock_timestamp() then
    raise exception 'decision %: it is signed in the future', new.number using errcode = 'GX007';
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
    if not exists (select from membership m join organisation o on o.id = m.organisation
       where m.person = new.signed_by and o.id = new.signed_for and o.kind = 'regulator' and m.ended_at is null) then
      raise exception 'decision %: who signs is of no regulator', new.number using errcode = 'GX004';
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
  if array_position(mildest_first, new.measure) > array_position(mildest_first, c.proposed) then
    raise exception 'decision %: it is harsher than what its notice announced', new.number using errcode = 'GX004';
  end if;
  if new.measure = 'elimination' and not elimination_has_ground(c) then
    raise exception 'decision %: an elimination has no ground here', new.number using errcode = 'GX004';
  end if;
  return new;
end $$;


-- A notice counts as served the way it was: after its posting or its public notice, with a whole period to answer it.
-- Ten working days are never fewer than ten days; only the rules for practice count in minutes.
create or replace function served_in_truth() returns trigger language plpgsql as $$
begin
  if new.served_how = 'posted'
     and (new.posted_at is null or new.bounced_at is not null or new.served_at <= new.posted_at)
     or new.served_how = 'published'
     and (new.bounced_at is null or new.public_until_at is null or new.served_at < new.public_until_at) then
    raise exception 'case %: its notice did not reach the agency that way', old.number using errcode = 'GX007';
  end if;
  if new.ruleset not like 'practice-%' and new.statement_until_at < new.served_at + interval '10 days' then
    raise exception 'case %: the statement period is too short', old.number using errcode = 'GX007';
  end if;
  return new;
end $$;
create or replace trigger served_in_truth before update on credit_case for each row
  when (old.state is distinct from new.state and new.state = 'served') execute function served_in_truth();


-- The measure of a second elimination begins later than the first one's and may end before it.
create or replace function measure_follows_decision() returns trigger language plpgsql as $$
begin
  if not exists (select from case_decision d join credit_case c on c.id = d.case
      where d.id = new.decision and c.agency = new.agency and c.state = 'signed' and d.measure = new.kind
        and d.item is not distinct from new.item and d.executes_at <= new.begins_at
        and not exists (select from appeal p where p.decision = d.id and p.outcome is null)) then
    raise exception 'measure: no decision says so' using errcode = 'GX004';
  end if;
  if new.kind = 'elimination' and not exists (select from agency a where a.id = new.agency and a.state = 'eliminated'
      and a.eliminated_at <= new.begins_at and a.reentry_on >= new.reentry_on) then
    raise exception 'measure: its agency is not eliminated' using errcode = 'GX004';
  end if;
  return new;
end $$;

-- A bar follows an elimination and names nobody but the agency and whoever was its verified controller or
-- representative since its case was opened.
create or replace function bar_follows_elimination() returns trigger language plpgsql as $$
begin
  if current_user = 'market_app' and not exists (
      select from agency a join credit_case c on c.agency = a.id join case_decision d on d.case = c.id
      where a.id = new.agency and a.state = 'eliminated' and c.number = new.basis and c.state = 'signed'
        and d.measure = 'elimination' and new.from_at >= a.eliminated_at and new.until_on <= a.reentry_on
        and (new.kind = 'uscc' and new.identifier = a.uscc
          or exists (select from related_party p where p.agency = a.id and p.verified
            and (p.ended_at is null or p.ended_at >= c.opened_at)
            and p.kind = new.kind and p.kind in ('controller', 'legal_representative')
            and p.identifier = new.identifier))) then
    raise exception 'bar: no elimination asks for it' using errcode = 'GX004';
  end if;
  return new;
end $$;
create or replace trigger bar_follows_elimination before insert on agency_bar
  for each row execute function bar_follows_elimination();

revoke execute on function elimination_is_due(bigint, timestamptz, date), served_in_truth(), bar_follows_elimination()
  from public;
grant execute on function elimination_is_due(bigint, timestamptz, date) to market_app;
