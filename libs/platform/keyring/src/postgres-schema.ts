import type { Database } from '@passerelle/database'

/** Any number that no other part of the hub locks with. */
const setupLock = 0x6b657972

const schema = `
create schema keyring;

-- One row. Every destruction gives it a new epoch: a process whose opened keys carry another one lets them go.
create table keyring.state (
  one_row boolean primary key default true check (one_row),
  keyring_id uuid not null default gen_random_uuid(),
  epoch uuid not null default gen_random_uuid(),
  ledger_apart boolean not null default false
);
insert into keyring.state default values;

create table keyring.data_key (
  subject text collate "C" not null,
  category text collate "C" not null,
  kek text not null,
  wrapped text not null,
  primary key (subject, category)
);
create index data_key_kek on keyring.data_key (kek);

-- The ledger. It outlives its keys.
create table keyring.destroyed (
  subject text collate "C" not null,
  category text collate "C" not null,
  destroyed_at timestamptz not null,
  reason text not null,
  primary key (subject, category)
);

-- A destroyed key does not come back, whoever inserts it: the hub, a person at a prompt, or a restore of the rows.
-- The shared lock waits for a destruction that is under way; the look at the ledger after it sees what that one entered.
create function keyring.pass_over_destroyed() returns trigger language plpgsql as $$
begin
  perform from keyring.state for share;
  if exists (select from keyring.destroyed d where d.subject = new.subject and d.category = new.category) then
    return null;
  end if;
  return new;
end $$;
create trigger pass_over_destroyed before insert or update on keyring.data_key
  for each row execute function keyring.pass_over_destroyed();

create function keyring.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'The ledger of destroyed keys is only ever added to.';
end $$;
create trigger refuse_change before update or delete or truncate on keyring.destroyed
  for each statement execute function keyring.refuse_change();
`

/** Makes the schema where it is not there; of several processes, one does. */
export async function makeKeyringSchema(database: Database): Promise<void> {
  // Reads the catalogue itself: `to_regclass` may answer from what this connection remembered before it got the lock.
  const isThere = `select exists (select from pg_catalog.pg_tables where schemaname = 'keyring' and tablename = 'destroyed') as there`
  if ((await database.query(isThere))[0]!['there']) return
  await database.transaction(async tx => {
    await tx.query(`select pg_advisory_xact_lock(${setupLock})`)
    if (!(await tx.query(isThere))[0]!['there']) await tx.exec(schema)
  })
}
