-- An objection is against one draft, where it was against one ranking.

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
