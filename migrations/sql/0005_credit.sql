-- Scores and rankings: what a run wrote stays, a ranking moves only forward, grants.
-- They hold for every role; only the insert check exempts the owner of the schema.

create index if not exists ranking_waits on ranking (objections_until_at) where state <> 'published';
create index if not exists agency_score_place on agency_score (run, place);

create or replace function ranking_moves() returns trigger language plpgsql as $$
begin
  if old.state = 'published' then
    raise exception 'ranking %: what is published is not edited', old.slot using errcode = 'GX003';
  end if;
  if new.state <> old.state and not (old.state, new.state) in (('drafted', 'confirmed'), ('confirmed', 'published')) then
    raise exception 'ranking %: % to % is no move of the lifecycle', old.slot, old.state, new.state
      using errcode = 'GX001';
  end if;
  if (new.slot, new.run, new.archive, new.drafted_at, new.objections_until_at)
     is distinct from (old.slot, old.run, old.archive, old.drafted_at, old.objections_until_at)
     or (old.state = 'confirmed' and (new.confirmed_by, new.confirmed_for, new.confirmed_at)
       is distinct from (old.confirmed_by, old.confirmed_for, old.confirmed_at)) then
    raise exception 'ranking %: what was drafted or signed is not edited', old.slot using errcode = 'GX003';
  end if;
  return new;
end $$;
create or replace trigger ranking_moves before update on ranking for each row execute function ranking_moves();
create or replace trigger ranking_begins before insert on ranking
  for each row execute function begins_at_the_beginning('drafted');

-- A ranking is its quarter's: it cites the run of the same day.
create or replace function ranking_follows_run() returns trigger language plpgsql as $$
begin
  if not exists (select from score_run r where r.id = new.run and r.as_of = new.slot) then
    raise exception 'ranking %: its run is of another day', new.slot using errcode = 'GX001';
  end if;
  return new;
end $$;
create or replace trigger ranking_follows_run before insert on ranking
  for each row execute function ranking_follows_run();

create or replace function computed_once() returns trigger language plpgsql as $$
begin
  raise exception '%: what a run wrote is not edited', tg_table_name using errcode = 'GX003';
end $$;
create or replace trigger score_run_fixed before update or delete on score_run
  for each row execute function computed_once();
create or replace trigger agency_score_fixed before update or delete on agency_score
  for each row execute function computed_once();
create or replace trigger signal_fixed before update or delete on signal for each row execute function computed_once();
create or replace trigger ranking_kept before delete on ranking for each row execute function computed_once();

revoke execute on all functions in schema public from public;
grant select, insert on score_run, score_claim, agency_score, signal, ranking to market_app;
grant usage on all sequences in schema public to market_app;
grant update (worker, until_at) on score_claim to market_app;
grant update (state, confirmed_by, confirmed_for, confirmed_at, published_at, changes) on ranking to market_app;

-- Readers outside the market see runs and rankings; scores they read in the published archive, signals nowhere.
grant select (id, as_of, ruleset, code_version, inputs_hash, result_hash, agencies, computed_at) on score_run
  to market_read;
grant select (id, slot, run, state, drafted_at, objections_until_at, confirmed_for, confirmed_at, published_at, changes)
  on ranking to market_read;
