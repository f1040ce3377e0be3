/**
 * The table of disclosures and the one function that writes it. What is looked up by is made of the entry by the database, so that it cannot say
 * anything else. An agency's head row is held until the commit is visible: so its entries are numbered in the order of commits, without gaps, whatever
 * number of processes write.
 */
export const disclosureSchema = `
create schema if not exists audit;
create or replace function audit.learners_of(entry json) returns text[] language sql immutable strict parallel safe
  return (select coalesce(array_agg(l ->> 'learnerId'), '{}') from json_array_elements(entry -> 'learners') l);
create or replace function audit.categories_of(entry json) returns text[] language sql immutable strict parallel safe
  return (select coalesce(array_agg(c), '{}') from json_array_elements_text(entry -> 'categories') c);

create table if not exists audit.heads (
  agency_id text collate "C" primary key,
  sequence bigint not null default 0,
  hash bytea not null default ''
) with (fillfactor = 10);

create table if not exists audit.disclosures (
  id bigint generated always as identity primary key,
  agency_id text collate "C" not null,
  sequence bigint not null,
  hash bytea not null,
  entry json not null,
  learner_ids text[] not null generated always as (audit.learners_of(entry)) stored,
  categories text[] not null generated always as (audit.categories_of(entry)) stored,
  constraint disclosures_sequence unique (agency_id, sequence)
);
create index if not exists disclosures_by_learner on audit.disclosures using gin (learner_ids);

create or replace function audit.refuse_change() returns trigger language plpgsql as
  $$ begin raise exception 'audit.% is append-only', tg_table_name using errcode = '42501'; end $$;
create or replace trigger disclosures_append_only before update or delete or truncate on audit.disclosures
  for each statement execute function audit.refuse_change();
create or replace trigger heads_never_removed before delete or truncate on audit.heads
  for each statement execute function audit.refuse_change();

-- Entries sorted by agency, so that processes lock heads in one order; contents: the hash of each; e_entries: one a line.
create or replace function audit.record(e_agency text[], e_content text[], e_entries text) returns void language plpgsql as $$
declare
  agency text;
  sequences bigint[];
  hashes bytea[];
  n bigint;
  link bytea;
begin
  for i in 1..cardinality(e_agency) loop
    if agency is distinct from e_agency[i] then
      if i > 1 then
        update audit.heads h set sequence = n, hash = link where h.agency_id = agency;
      end if;
      agency := e_agency[i];
      select h.sequence, h.hash into n, link from audit.heads h where h.agency_id = agency for update;
      if not found then
        insert into audit.heads as h (agency_id) values (agency) on conflict (agency_id) do update set agency_id = excluded.agency_id
          returning h.sequence, h.hash into n, link;
      end if;
    end if;
    n := n + 1;
    link := sha256(convert_to(encode(link, 'hex') || e_content[i], 'UTF8'));
    sequences[i] := n;
    hashes[i] := link;
  end loop;
  update audit.heads h set sequence = n, hash = link where h.agency_id = agency;
  insert into audit.disclosures (agency_id, sequence, hash, entry)
    select e.agency_id, e.sequence, e.hash, e.entry::json
    from rows from (unnest(e_agency, sequences, hashes), string_to_table(e_entries, chr(10))) as e(agency_id, sequence, hash, entry);
end $$;
`

/** The table of before there was a chain stands where the new one goes. */
export const findUnchained = `select from information_schema.columns where table_schema = 'audit' and table_name = 'disclosures' and column_name = 'user_id'`
export const setAsideUnchained = `alter table audit.disclosures rename to disclosures_unchained;`
export const readUnchained = `select id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, user_id, agency_id, role, purpose,
  categories, learner_ids, request_id, act from audit.disclosures_unchained where id > $1 order by id limit 1000`
