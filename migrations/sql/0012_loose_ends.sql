-- Loose ends of cases, drafts and exits. It replaces functions of 0010 and rests on nothing later.

-- Leaving is no way around an elimination: whoever has left, or applies again, is eliminated by the same signed decision,
-- and an upheld appeal leads back to where the agency stood.
create or replace function agency_moves() returns trigger language plpgsql as $$
begin
  if new.state = old.state then
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
  if new.state = 'eliminated' and (new.eliminated_at is null or new.reentry_on is null or not exists (
      select from credit_case c join case_decision d on d.case = c.id
      where c.agency = new.id and c.state = 'signed' and d.measure = 'elimination' and c.served_at is not null
        and d.signed_at >= c.statement_until_at and d.executes_at <= new.eliminated_at
        and elimination_has_ground(c))) then
    raise exception 'agency %: no elimination without a signed decision', old.uscc using errcode = 'GX004';
  end if;
  if old.state = 'eliminated' and new.state in ('admitted', 'left') and not exists (
      select from credit_case c join case_decision d on d.case = c.id
      where c.agency = new.id and c.state = 'reversed' and d.measure = 'elimination') then
    raise exception 'agency %: no return without an appeal that was upheld', old.uscc using errcode = 'GX004';
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
