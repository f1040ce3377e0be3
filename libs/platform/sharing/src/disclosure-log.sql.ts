/**
 * The table of disclosures and the one function that writes it. An agency's head row is held until the commit is visible: so its entries are numbered in
 * the order of commits, without gaps, whatever number of processes write. The columns beside the entry are there to look it up by.
 */
export const disclosureSchema = `
create schema if not exists audit;

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
  at timestamptz not null,
  user_id text not null,
  role text not null,
  purpose text not null,
  categories text[] not null,
  learner_ids text[] not null,
  constraint disclosures_sequence unique (agency_id, sequence)
);
create index if not exists disclosures_by_learner on audit.disclosures using gin (learner_ids);

create or replace function audit.refuse_change() returns trigger language plpgsql as
  $$ begin raise exception 'audit.% is append-only', tg_table_name using errcode = '42501'; end $$;
create or replace trigger disclosures_append_only before update or delete or truncate on audit.disclosures
  for each statement execute function audit.refuse_change();
create or replace trigger heads_never_removed before delete or truncate on audit.heads
  for each statement execute function audit.refuse_change();

-- Entries sorted by agency, so that processes lock heads in one order. e_content: the hash of each; e_categories, e_learners: as texts of arrays;
-- e_nth: in which order they came; e_entries: one a line.
create or replace function audit.record(
  e_agency text[], e_content text[], e_at timestamptz[], e_user text[], e_role text[], e_purpose text[], e_categories text[], e_learners text[],
  e_nth int[], e_entries text
) returns void language plpgsql as $$
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
  insert into audit.disclosures (agency_id, sequence, hash, entry, at, user_id, role, purpose, categories, learner_ids)
    select e.agency_id, e.sequence, e.hash, e.entry::json, e.at, e.user_id, e.role, e.purpose, e.categories::text[], e.learner_ids::text[]
    from rows from (
      unnest(e_agency, sequences, hashes, e_at, e_user, e_role, e_purpose, e_categories, e_learners, e_nth),
      string_to_table(e_entries, chr(10))
    ) as e(agency_id, sequence, hash, at, user_id, role, purpose, categories, learner_ids, nth, entry)
    order by e.nth;
end $$;
`

/** Entries that are looked up by something else than they say: somebody wanted them not to be found. */
export const misfiled = `select agency_id as "agencyId", min(sequence) as sequence from audit.disclosures
  where (agency_id, at, user_id, role, purpose) is distinct from
      (entry ->> 'agencyId', (entry ->> 'at')::timestamptz, entry ->> 'userId', entry ->> 'role', entry ->> 'purpose')
    or array_to_json(categories)::text is distinct from (entry -> 'categories')::text
    or learner_ids is distinct from (select array_agg(l ->> 'learnerId') from json_array_elements(entry -> 'learners') l)
  group by agency_id order by agency_id`

/** The table of before there was a chain stands where the new one goes. */
export const findUnchained = `select from information_schema.columns where table_schema = 'audit' and table_name = 'disclosures' and column_name = 'request_id'`
export const setAsideUnchained = `alter table audit.disclosures rename to disclosures_unchained;`
export const readUnchained = `select id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, user_id, agency_id, role, purpose,
  categories, learner_ids, request_id, act from audit.disclosures_unchained where id > $1 order by id limit 1000`
