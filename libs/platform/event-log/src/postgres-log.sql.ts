/**
 * Tables and the one function that writes them. Needs PostgreSQL 18 (RETURNING old.…).
 *
 * Order: the head row is taken last, after every check, and is held until the commit is visible. So positions are handed out
 * in the order of commits, and gap-free: a rollback rolls the head back as well.
 */
export const logSchema = `
create schema log;

create table log.head (
  one bool primary key default true check (one),
  log_id uuid not null default gen_random_uuid(),
  pos bigint not null default 0,
  recorded_at timestamptz not null default '-infinity'
) with (fillfactor = 10);
insert into log.head default values;

create table log.streams (
  stream text collate "C" primary key,
  version bigint not null,
  hash bytea not null
) with (fillfactor = 70);

create table log.events (
  pos bigint primary key,
  stream text collate "C" not null,
  version bigint not null,
  event_id uuid not null,
  type text collate "C" not null,
  schema_version smallint not null,
  subject_id text collate "C",
  data json not null,
  meta json not null,
  recorded_at timestamptz not null,
  prev_hash bytea not null,
  hash bytea not null,
  constraint events_version unique (stream, version),
  constraint events_id unique (event_id)
);
create index events_subject on log.events (subject_id, pos);

create function log.refuse() returns trigger language plpgsql as $$
begin
  raise exception 'The log is only ever appended to: % of log.% is refused.', tg_op, tg_table_name using errcode = '42501';
end $$;
create trigger append_only before update or delete or truncate on log.events for each statement execute function log.refuse();
create trigger never_removed before delete or truncate on log.streams for each statement execute function log.refuse();
create trigger never_removed before delete or truncate on log.head for each statement execute function log.refuse();

create function log.link(prev bytea, content text) returns bytea language sql immutable parallel safe
  return sha256(convert_to(encode(prev, 'hex') || content, 'UTF8'));

create function log.fold(prev bytea, contents text[]) returns bytea language plpgsql immutable parallel safe as $$
begin
  for i in 1..cardinality(contents) loop
    prev := sha256(convert_to(encode(prev, 'hex') || contents[i], 'UTF8'));
  end loop;
  return prev;
end $$;

-- Appends a group: a_… one element for each append, sorted by stream, each stream once; e_… one for each event, in that order.
-- a_expected: the revision, or -1 none, -2 any, -3 exists. a_careful looks for the ids first; without it, a known id that
-- meets its expectation fails the whole group with 23505.
-- Gives for each append its outcome, the position of its last event, and that event's or, on a conflict, the stream's revision.
create function log.append(
  a_stream text[], a_expected bigint[], a_count int[],
  e_id uuid[], e_type text[], e_schema_version smallint[], e_subject text[], e_content text[], e_data json[], e_meta json[],
  a_careful bool
) returns table (outcome text, pos bigint, revision bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  upto int := 0;
  events int := 0;
  base bigint;
  at timestamptz;
  current_version bigint;
  prev bytea;
  next bytea;
  known bigint;
  known_pos bigint;
  o_outcome text[] := array_fill(null::text, array[cardinality(a_stream)]);
  o_pos bigint[] := array_fill(null::bigint, array[cardinality(a_stream)]);
  o_revision bigint[] := array_fill(null::bigint, array[cardinality(a_stream)]);
  e_stream text[] := array_fill(null::text, array[cardinality(e_id)]);
  e_version bigint[] := array_fill(null::bigint, array[cardinality(e_id)]);
  e_prev bytea[] := array_fill(null::bytea, array[cardinality(e_id)]);
  e_hash bytea[] := array_fill(null::bytea, array[cardinality(e_id)]);
begin
  for a in 1..cardinality(a_stream) loop
    declare
      first int := upto + 1;
      expected bigint := a_expected[a];
      n int := a_count[a];
      met bool;
    begin
      upto := upto + n;
      met := false;
      if a_careful then
        -- Locked first: whoever writes these ids to this stream is then done, and seen.
        perform from log.streams s where s.stream = a_stream[a] for update;
        select count(*) into known from log.events e where e.event_id = any (e_id[first:upto]);
      else
        known := 0;
      end if;
      if known = 0 then
        if expected >= -1 then
          if expected >= 0 then
            update log.streams s set version = s.version + n, hash = log.fold(s.hash, e_content[first:upto])
              where s.stream = a_stream[a] and s.version = expected
              returning old.version, old.hash, new.hash into current_version, prev, next;
          else
            next := log.fold('', e_content[first:upto]);
            insert into log.streams as s values (a_stream[a], n - 1, next) on conflict do nothing returning -1, ''::bytea into current_version, prev;
          end if;
        elsif expected = -2 then
          insert into log.streams as s values (a_stream[a], n - 1, log.fold('', e_content[first:upto]))
            on conflict (stream) do update set version = s.version + n, hash = log.fold(s.hash, e_content[first:upto])
            returning coalesce(old.version, -1), coalesce(old.hash, ''), new.hash into current_version, prev, next;
        else
          update log.streams s set version = s.version + n, hash = log.fold(s.hash, e_content[first:upto])
            where s.stream = a_stream[a]
            returning old.version, old.hash, new.hash into current_version, prev, next;
        end if;
        met := found;
      end if;
      if met then
        o_outcome[a] := 'appended';
        o_revision[a] := current_version + n;
        for e in first..upto loop
          e_stream[e] := a_stream[a];
          e_version[e] := current_version + 1 + e - first;
          e_prev[e] := prev;
          if e < upto then
            prev := log.link(prev, e_content[e]);
          else
            prev := next;
          end if;
          e_hash[e] := prev;
        end loop;
        events := events + n;
        o_pos[a] := events;
      else
        -- Every id of the batch in this stream: it is there already.
        select count(*), max(e.pos) filter (where e.event_id = e_id[upto]), max(e.version) filter (where e.event_id = e_id[upto])
          into known, known_pos, current_version
          from log.events e where e.event_id = any (e_id[first:upto]) and e.stream = a_stream[a];
        if known = n then
          o_outcome[a] := 'duplicate';
          o_pos[a] := known_pos;
        else
          o_outcome[a] := 'conflict';
          current_version := coalesce((select s.version from log.streams s where s.stream = a_stream[a]), -1);
        end if;
        o_revision[a] := current_version;
      end if;
    end;
  end loop;

  if events > 0 then
    update log.head h set pos = h.pos + events,
        recorded_at = greatest(h.recorded_at, date_trunc('milliseconds', clock_timestamp()))
      returning old.pos, new.recorded_at into base, at;
    insert into log.events
      select base + row_number() over (order by i.ord), i.stream, i.version, i.id, i.type, i.schema_version, i.subject, i.data, i.meta, at, i.prev, i.hash
      from unnest(e_stream, e_version, e_id, e_type, e_schema_version, e_subject, e_data, e_meta, e_prev, e_hash)
        with ordinality as i(stream, version, id, type, schema_version, subject, data, meta, prev, hash, ord)
      where i.version is not null;
  end if;

  return query
    select o.outcome, case o.outcome when 'appended' then base + o.pos else o.pos end, o.revision
    from unnest(o_outcome, o_pos, o_revision) with ordinality as o(outcome, pos, revision, ord) order by o.ord;
end $$;

revoke all on schema log from public;
revoke all on all functions in schema log from public;
`
