-- Loose ends of cases, drafts and exits. It replaces functions of 0010 and 0011.

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
-- decision that is due; the moment of the first one stands.
create or replace function agency_moves() returns trigger language plpgsql as $$
begin
  if new.state = old.state then
    if old.state = 'eliminated'
       and (new.eliminated_at, new.reentry_on) is distinct from (old.eliminated_at, old.reentry_on)
       and (new.eliminated_at is distinct from old.eliminated_at or new.reentry_on is null
         or new.reentry_on < old.reentry_on
         or not exists (select from measure m where m.agency = new.id and m.kind = 'elimination')
         or not elimination_is_due(new.id, clock_timestamp(), new.reentry_on)) then
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

-- One objection of an agency against each draft, where there was one against each ranking; a constraint changed under
-- its own name, which an auto-migration does not see. What was filed before is against the draft that stood then.
update ranking_objection o set run_number = s.number from ranking r, score_run s
  where r.id = o.ranking and s.id = coalesce(case when o.filed_at >= r.drafted_at then r.run end,
    (select e.id from score_run e where e.as_of = r.slot and e.computed_at <= o.filed_at order by e.number desc limit 1),
    r.run);
alter table ranking_objection drop constraint ranking_objection_once,
  add constraint ranking_objection_once unique (ranking, run_number, agency);
create or replace function objection_in_time() returns trigger language plpgsql as $$
begin
  new.run_number := (select s.number from ranking r join score_run s on s.id = r.run where r.id = new.ranking
    and r.state = 'drafted' and new.filed_at >= r.drafted_at and new.filed_at < r.objections_until_at);
  if new.run_number is null then
    raise exception 'objection: the period for objections is not open' using errcode = 'GX005';
  end if;
  return new;
end $$;
