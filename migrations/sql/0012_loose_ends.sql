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
