-- Sealed quotes: sealed with the registration and before the freeze, opened after it, drawn only when opened; grants.

-- an opening follows the freeze of the inputs, so that nobody can withdraw a notice whose prices are known
alter table opening add constraint opening_after_inputs foreign key (notice) references draw_input (notice);

create or replace function quote_sealed_in_time() returns trigger language plpgsql as $$
begin
  if not exists (select from registration r where r.id = new.registration and r.notice = new.notice) then
    raise exception 'quote: it is sealed for another notice' using errcode = 'GX005';
  end if;
  if exists (select from pool where notice = new.notice) then
    raise exception 'quote: the pool is frozen' using errcode = 'GX005';
  end if;
  return new;
end $$;
create or replace trigger quote_sealed_in_time before insert on sealed_quote
  for each row execute function quote_sealed_in_time();

-- No registration without a quote where quotes decide, and no quote elsewhere; asked at the end of the transaction.
create or replace function registration_has_quote() returns trigger language plpgsql as $$
begin
  if current_user = 'market_app' and (select method = 'lowest_quote' from notice where id = new.notice)
     <> exists (select from sealed_quote where registration = new.id) then
    raise exception 'registration %: a quote is missing, or nobody asked for one', new.receipt using errcode = 'GX005';
  end if;
  return null;
end $$;
create constraint trigger registration_has_quote after insert on registration
  deferrable initially deferred for each row execute function registration_has_quote();

create or replace function quote_opened_in_order() returns trigger language plpgsql as $$
begin
  if not exists (select from registration r join opening o on o.notice = r.notice where r.id = new.registration) then
    raise exception 'quote: its notice has no opening log' using errcode = 'GX006';
  end if;
  return new;
end $$;
create or replace trigger quote_opened_in_order before insert on opened_quote
  for each row execute function quote_opened_in_order();

create or replace function draw_after_opening() returns trigger language plpgsql as $$
begin
  if (select method = 'lowest_quote' from notice where id = new.notice)
     and not exists (select from opening where notice = new.notice) then
    raise exception 'draw: the quotes are not opened' using errcode = 'GX006';
  end if;
  return new;
end $$;
create or replace trigger draw_after_opening before insert on draw for each row execute function draw_after_opening();

revoke execute on all functions in schema public from public;
grant select, insert on sealed_quote, opening, opened_quote to market_app;
grant usage on all sequences in schema public to market_app;

-- Readers outside the market see what was opened; of what is sealed, nothing.
grant select on opening, opened_quote to market_read;
