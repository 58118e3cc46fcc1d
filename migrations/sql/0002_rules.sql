-- Invariants that no column can say: lifecycles, content fixed once published,
-- windows. They hold for every role; rows that arrive whole (the sample city,
-- a restored archive) are written by the owner of the schema, which only the
-- insert checks exempt.

-- one of each
create unique index if not exists person_login_once on person (login);
create unique index if not exists guide_one_published on guide (agency, item) where state = 'published';
create unique index if not exists guide_one_draft on guide (agency, item) where state = 'draft';
create unique index if not exists registration_one_live on registration (notice, agency) where state <> 'withdrawn';
create unique index if not exists award_one_standing on award (notice) where state in ('proposed', 'confirmed');
create unique index if not exists qualification_one_live on qualification (agency, code, number, valid_until)
  where withdrawn_at is null;
create unique index if not exists practitioner_one_standing on practitioner (agency, certificate, certificate_number)
  where ended_at is null;
create unique index if not exists related_party_one_standing on related_party (agency, kind, name, coalesce(identifier, ''))
  where ended_at is null;
create unique index if not exists admission_check_one_pending on admission_check (agency) where outcome is null;

-- a draw has its steps in order: no inputs without a pool, no draw without inputs, no award without a draw
alter table draw_input add constraint draw_input_after_pool foreign key (notice) references pool (notice);
alter table draw add constraint draw_after_inputs foreign key (notice) references draw_input (notice);
alter table award add constraint award_after_draw foreign key (notice) references draw (notice);
alter table notice add constraint notice_predecessor_exists foreign key (predecessor) references notice (code);

-- what the worker and the public lists look for
create index if not exists notice_due on notice (next_check_at) where next_check_at is not null;
create index if not exists qualification_due on qualification (next_check_at) where next_check_at is not null;
create index if not exists notice_newest on notice (published_at desc, id desc) where published_at is not null;
create index if not exists notice_state_newest on notice (state, published_at desc, id desc) where published_at is not null;
create index if not exists notice_item_newest on notice (item, published_at desc, id desc) where published_at is not null;
create index if not exists notice_owner_newest on notice (owner, id desc);
create index if not exists notice_closing on notice (closes_at) where state = 'open';
create index if not exists award_newest on award (proposed_at desc, id desc);
create index if not exists guide_newest on guide (published_at desc, id desc) where state = 'published';
create index if not exists message_unread on message (organisation, created_at desc) where read_at is null;
create index if not exists registration_agency_newest on registration (agency, registered_at desc);

create or replace function notice_moves() returns trigger language plpgsql as $$
begin
  if new.state = old.state then
    return new;
  end if;
  if not (old.state, new.state) in (
    ('draft', 'open'), ('draft', 'withdrawn'), ('open', 'withdrawn'), ('open', 'closed'), ('closed', 'withdrawn'),
    ('closed', 'failed'), ('closed', 'opening'), ('opening', 'failed'), ('opening', 'standstill'),
    ('standstill', 'failed'), ('standstill', 'awarded'), ('opening', 'annulled'), ('standstill', 'annulled'),
    ('awarded', 'annulled')) then
    raise exception 'notice %: % to % is no move of the lifecycle', old.code, old.state, new.state
      using errcode = 'GX001';
  end if;
  if new.state = 'withdrawn' and old.state = 'closed' then
    if new.ended_by is distinct from 'regulator' then
      raise exception 'notice %: after closing only a regulator withdraws', old.code using errcode = 'GX002';
    end if;
    if exists (select from draw_input where notice = old.id) then
      raise exception 'notice %: its inputs are frozen, nobody withdraws it', old.code using errcode = 'GX002';
    end if;
  elsif new.state = 'withdrawn' and new.ended_by is distinct from 'owner' then
    raise exception 'notice %: before closing its owner withdraws', old.code using errcode = 'GX002';
  end if;
  if new.state = 'opening' and not exists (select from draw_input where notice = old.id) then
    raise exception 'notice %: its inputs are not frozen', old.code using errcode = 'GX001';
  end if;
  if new.state = 'standstill' and not exists (select from draw where notice = old.id) then
    raise exception 'notice %: it is not drawn', old.code using errcode = 'GX001';
  end if;
  return new;
end $$;
create or replace trigger notice_moves before update on notice for each row execute function notice_moves();

create or replace function notice_content_fixed() returns trigger language plpgsql as $$
declare
  free text[] := array['state', 'closed_at', 'inputs_frozen_at', 'drawn_at', 'standstill_ends_at', 'awarded_at',
    'ended_at', 'end_reason', 'ended_by', 'annulment_decision', 'pool_size', 'next_check_at'];
begin
  if old.state <> 'draft' and to_jsonb(new) - free <> to_jsonb(old) - free then
    raise exception 'notice %: what is published is not edited', old.code using errcode = 'GX003';
  end if;
  return new;
end $$;
create or replace trigger notice_content_fixed before update on notice
  for each row execute function notice_content_fixed();

create or replace function guide_content_fixed() returns trigger language plpgsql as $$
declare
  free text[] := array['state', 'ended_at'];
begin
  if old.state <> 'draft' then
    if to_jsonb(new) - free <> to_jsonb(old) - free then
      raise exception 'guide %: what is published is not edited', old.id using errcode = 'GX003';
    end if;
    if new.state <> old.state and not (old.state = 'published' and new.state in ('superseded', 'withdrawn')) then
      raise exception 'guide %: % to % is no move of the lifecycle', old.id, old.state, new.state
        using errcode = 'GX001';
    end if;
  elsif new.state not in ('draft', 'published') then
    raise exception 'guide %: % to % is no move of the lifecycle', old.id, old.state, new.state
      using errcode = 'GX001';
  end if;
  return new;
end $$;
create or replace trigger guide_content_fixed before update on guide
  for each row execute function guide_content_fixed();

create or replace function agency_moves() returns trigger language plpgsql as $$
begin
  if new.state = old.state then
    return new;
  end if;
  if new.state = 'eliminated' then
    raise exception 'agency %: no elimination without a signed decision', old.uscc using errcode = 'GX004';
  end if;
  if not (old.state, new.state) in (
    ('applying', 'returned'), ('returned', 'applying'), ('applying', 'admitted'), ('admitted', 'suspended'),
    ('suspended', 'admitted'), ('admitted', 'left'), ('suspended', 'left'), ('left', 'applying'),
    ('eliminated', 'applying')) then
    raise exception 'agency %: % to % is no move of the lifecycle', old.uscc, old.state, new.state
      using errcode = 'GX001';
  end if;
  return new;
end $$;
create or replace trigger agency_moves before update on agency for each row execute function agency_moves();

create or replace function item_moves() returns trigger language plpgsql as $$
begin
  if new.state <> old.state and new.state <> 'abolished' and old.state <> 'proposed' then
    raise exception 'item %: % to % is no move of the lifecycle', old.code, old.state, new.state
      using errcode = 'GX001';
  end if;
  return new;
end $$;
create or replace trigger item_moves before update on item for each row execute function item_moves();

create or replace function registration_moves() returns trigger language plpgsql as $$
begin
  if new.state <> old.state and not (old.state, new.state) in (
    ('registered', 'withdrawn'), ('registered', 'selected'), ('registered', 'reserve'),
    ('registered', 'not_selected'), ('reserve', 'selected'), ('selected', 'confirmed'), ('selected', 'declined'),
    ('selected', 'skipped')) then
    raise exception 'registration %: % to % is no move of the lifecycle', old.receipt, old.state, new.state
      using errcode = 'GX001';
  end if;
  if new.state = 'withdrawn' and old.state <> 'withdrawn'
     and exists (select from pool where notice = old.notice) then
    raise exception 'registration %: the pool is frozen', old.receipt using errcode = 'GX005';
  end if;
  return new;
end $$;
create or replace trigger registration_moves before update on registration
  for each row execute function registration_moves();

create or replace function award_moves() returns trigger language plpgsql as $$
begin
  if new.state <> old.state and old.state <> 'proposed' then
    raise exception 'award %: % to % is no move of the lifecycle', old.id, old.state, new.state
      using errcode = 'GX001';
  end if;
  return new;
end $$;
create or replace trigger award_moves before update on award for each row execute function award_moves();

-- Rows of the running market begin at the beginning.
create or replace function begins_at_the_beginning() returns trigger language plpgsql as $$
begin
  if current_user = 'market_app' and new.state <> tg_argv[0] then
    raise exception '%: a new row begins as %', tg_table_name, tg_argv[0] using errcode = 'GX001';
  end if;
  return new;
end $$;
create or replace trigger notice_begins before insert on notice
  for each row execute function begins_at_the_beginning('draft');
create or replace trigger guide_begins before insert on guide
  for each row execute function begins_at_the_beginning('draft');
create or replace trigger agency_begins before insert on agency
  for each row execute function begins_at_the_beginning('applying');
create or replace trigger item_begins before insert on item
  for each row execute function begins_at_the_beginning('proposed');
create or replace trigger registration_begins before insert on registration
  for each row execute function begins_at_the_beginning('registered');
create or replace trigger award_begins before insert on award
  for each row execute function begins_at_the_beginning('proposed');

-- A registration enters an open notice whose pool is not frozen; the notice row is locked against the freeze.
create or replace function registration_before_freeze() returns trigger language plpgsql as $$
begin
  if current_user = 'market_app' then
    perform 1 from notice where id = new.notice and state = 'open' for share;
    if not found then
      raise exception 'registration: the notice is not open' using errcode = 'GX005';
    end if;
  end if;
  return new;
end $$;
create or replace trigger registration_before_freeze before insert on registration
  for each row execute function registration_before_freeze();

-- A secret is revealed after the pool is frozen and before the inputs are.
create or replace function draw_secret_in_window() returns trigger language plpgsql as $$
begin
  if not exists (select from pool where notice = new.notice) then
    raise exception 'secret: the pool is not frozen' using errcode = 'GX006';
  end if;
  if exists (select from draw_input where notice = new.notice) then
    raise exception 'secret: the inputs are frozen' using errcode = 'GX006';
  end if;
  return new;
end $$;
create or replace trigger draw_secret_in_window before insert on draw_secret
  for each row execute function draw_secret_in_window();

-- A promise is made before the notice is published.
create or replace function draw_commitment_before_publication() returns trigger language plpgsql as $$
begin
  if current_user = 'market_app' then
    perform 1 from notice where id = new.notice and state = 'draft' for share;
    if not found then
      raise exception 'commitment: the notice is published' using errcode = 'GX006';
    end if;
  end if;
  return new;
end $$;
create or replace trigger draw_commitment_before_publication before insert on draw_commitment
  for each row execute function draw_commitment_before_publication();
