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

-- Stable, as convert_to is: an immutable one would not be inlined, and cost three times as much.
create function log.link(prev bytea, content text) returns bytea language sql stable parallel safe
  return sha256(convert_to(encode(prev, 'hex') || content, 'UTF8'));

create function log.fold(prev bytea, contents text[]) returns bytea language plpgsql stable parallel safe as $$
declare
  content text;
begin
  foreach content in array contents loop
    prev := log.link(prev, content);
  end loop;
  return prev;
end $$;

-- Appends a group: a_… one element for each append, sorted by stream, each stream once; e_… one for each event, in that order.
-- a_expected: the revision, or -1 none, -2 any, -3 exists. a_start: where its events begin, from 1. e_append: which append,
-- from 1. e_nth: which of its events, from 0. e_data, e_meta: JSON texts, one a line. careful (for one append) looks for its ids
-- first; without it, a known id that meets its expectation fails the whole group with 23505.
-- Gives for each append its outcome, the position of its last event, and that event's or, on a conflict, the stream's revision.
create function log.append(
  a_stream text[], a_expected bigint[], a_count int[], a_start int[],
  e_append int[], e_nth int[], e_id uuid[], e_type text[], e_schema_version smallint[], e_subject text[],
  e_content text[], e_data text, e_meta text,
  careful bool
) returns table (outcome text, pos bigint, revision bigint)
language plpgsql security definer
set search_path = pg_catalog, pg_temp set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
declare
  appends int := cardinality(a_stream);
  written int := 0;
  base bigint;
  at timestamptz;
  done int[];
  a_first bigint[];
  a_base bigint[];
  a_prev bytea[];
  a_hash bytea[];
  e_prev bytea[];
  e_hash bytea[];
  link bytea;
  content text;
  e int;
  known bigint := 0;
begin
  if careful then
    -- Locked first: whoever writes these ids to this stream is then done, and seen.
    perform from log.streams s where s.stream = a_stream[1] for update;
    select count(*) into known from log.events e where e.event_id = any (e_id);
  end if;

  if known = 0 then
    -- One after the other in the order of the array, by nested loop: two processes lock their streams in the same order.
    with met as (
      merge into log.streams s
      using unnest(a_stream, a_expected, a_count, a_start) with ordinality as a(stream, expected, n, start, ord)
      on s.stream = a.stream
      when matched and (s.version = a.expected or a.expected < -1) then
        update set version = s.version + a.n,
          hash = case a.n when 1 then log.link(s.hash, e_content[a.start]) else log.fold(s.hash, e_content[a.start:a.start + a.n - 1]) end
      when not matched and a.expected in (-1, -2) then
        insert values (a.stream, a.n - 1,
          case a.n when 1 then log.link('', e_content[a.start]) else log.fold('', e_content[a.start:a.start + a.n - 1]) end)
      returning a.ord::int, a.n, coalesce(old.version, -1) + 1 as first, coalesce(old.hash, '') as prev, new.hash
    )
    select array_agg(m.ord), sum(m.n), array_agg(m.first), array_agg(m.prev), array_agg(m.hash) into done, written, a_first, a_prev, a_hash
      from (select * from met order by ord) m;
  end if;

  if written > 0 then
    if cardinality(done) < appends then
      -- Some were refused: what the others got goes to their own places.
      select array_agg(m.first order by o), array_agg(m.prev order by o), array_agg(m.hash order by o) into a_first, a_prev, a_hash
        from generate_series(1, appends) o left join unnest(done, a_first, a_prev, a_hash) as m(ord, first, prev, hash) on m.ord = o;
    end if;
    if cardinality(e_id) = appends then
      e_prev := a_prev;
      e_hash := a_hash;
    else
      e_prev := array_fill(null::bytea, array[cardinality(e_id)]);
      e_hash := e_prev;
      e := 0;
      foreach content in array e_content loop
        e := e + 1;
        if e_nth[e] = 0 then
          link := a_prev[e_append[e]];
        end if;
        e_prev[e] := link;
        link := log.link(link, content);
        e_hash[e] := link;
      end loop;
    end if;
    update log.head h set pos = h.pos + written,
        recorded_at = greatest(h.recorded_at, date_trunc('milliseconds', clock_timestamp()))
      returning old.pos, new.recorded_at into base, at;
    for a in 1..appends loop
      if a_first[a] is not null then
        a_base[a] := base;
        base := base + a_count[a];
      end if;
    end loop;
    insert into log.events
      select a_base[i.a] + i.nth + 1, a_stream[i.a], a_first[i.a] + i.nth, i.id, i.type, i.schema_version, i.subject,
        i.data::json, i.meta::json, at, i.prev, i.hash
      from rows from (
        unnest(e_append, e_nth, e_id, e_type, e_schema_version, e_subject, e_prev, e_hash),
        string_to_table(e_data, chr(10)),
        string_to_table(e_meta, chr(10))
      ) as i(a, nth, id, type, schema_version, subject, prev, hash, data, meta)
      where a_first[i.a] is not null;
  end if;

  for a in 1..appends loop
    if written > 0 and a_first[a] is not null then
      outcome := 'appended';
      pos := a_base[a] + a_count[a];
      revision := a_first[a] + a_count[a] - 1;
    else
      -- Every id of the batch in this stream: it is there already.
      select count(*), max(e.pos) filter (where b.nth = a_count[a] - 1), max(e.version) filter (where b.nth = a_count[a] - 1)
        into known, pos, revision
        from unnest(e_id, e_append, e_nth) as b(id, append, nth) join log.events e on e.event_id = b.id
        where b.append = a and e.stream = a_stream[a];
      outcome := case known when a_count[a] then 'duplicate' else 'conflict' end;
      if outcome = 'conflict' then
        revision := coalesce((select s.version from log.streams s where s.stream = a_stream[a]), -1);
      end if;
    end if;
    return next;
  end loop;
end $$;

revoke all on schema log from public;
revoke all on all functions in schema log from public;
`
