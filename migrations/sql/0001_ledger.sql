-- The one way into the log. It runs as the owner of the schema, so that the
-- running market can append and do nothing else. The head row is locked until
-- the caller's transaction ends: entries are numbered in the order of commits.
-- Basis: RFC 6962 section 2.1.
create or replace function ledger_append(p_at timestamptz, p_type text, p_subject text, p_body bytea)
returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
  n bigint;
  front bytea[];
  h bytea;
  lvl smallint := 0;
  m bigint;
begin
  select size, frontier into strict n, front from ledger_head where id = 1 for update;
  h := sha256('\x00'::bytea || p_body);
  insert into ledger_entry (index, at, type, subject, body, leaf) values (n, p_at, p_type, p_subject, p_body, h);
  m := n;
  while m & 1 = 1 loop
    h := sha256('\x01'::bytea || front[cardinality(front)] || h);
    front := trim_array(front, 1);
    m := m >> 1;
    lvl := lvl + 1::smallint;
    insert into ledger_node (level, index, hash) values (lvl, m, h);
  end loop;
  update ledger_head set size = n + 1, frontier = array_append(front, h), at = greatest(at, p_at) where id = 1;
  return n;
end $$;

-- The same for many acts of one transaction; returns the index of the first.
create or replace function ledger_append_many(p_at timestamptz[], p_type text[], p_subject text[], p_body bytea[])
returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
  n bigint;
  first bigint;
  front bytea[];
  h bytea;
  lvl smallint;
  m bigint;
  latest timestamptz;
begin
  if cardinality(p_at) <> cardinality(p_body) or cardinality(p_type) <> cardinality(p_body)
     or cardinality(p_subject) <> cardinality(p_body) then
    raise exception 'ledger_append_many: lists of different lengths';
  end if;
  select size, frontier, at into strict n, front, latest from ledger_head where id = 1 for update;
  first := n;
  for i in 1 .. cardinality(p_body) loop
    h := sha256('\x00'::bytea || p_body[i]);
    insert into ledger_entry (index, at, type, subject, body, leaf)
      values (n, p_at[i], p_type[i], p_subject[i], p_body[i], h);
    lvl := 0;
    m := n;
    while m & 1 = 1 loop
      h := sha256('\x01'::bytea || front[cardinality(front)] || h);
      front := trim_array(front, 1);
      m := m >> 1;
      lvl := lvl + 1::smallint;
      insert into ledger_node (level, index, hash) values (lvl, m, h);
    end loop;
    front := array_append(front, h);
    latest := greatest(latest, p_at[i]);
    n := n + 1;
  end loop;
  update ledger_head set size = n, frontier = front, at = latest where id = 1;
  return first;
end $$;

insert into ledger_head (id, size, frontier, at) values (1, 0, '{}', '2000-01-01T00:00:00+00')
on conflict do nothing;
