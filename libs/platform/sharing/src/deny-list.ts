import { makeSchema, type Sql } from '@passerelle/database'
import { levelsWithinSql } from './data-period.js'
import { toBits } from './permission.js'
import type { Category, Purpose, Role } from './vocabulary.js'

/**
 * What must not be read from now on: whose data, by whom, for what. What is left out means any, so a denial may close more than the event that it
 * announces, and never less: it lasts only until the models have read that event.
 */
export interface Closing {
  /** Whose data; absent: everybody's. */
  readonly learnerId?: string
  /** Who may not read; absent: nobody. */
  readonly userId?: string
  /** Who goes on reading, though everybody else who is meant may not. */
  readonly exceptUserId?: string
  /** Absent: every agency. */
  readonly agencyId?: string
  /** Only those who act in this role. */
  readonly role?: Role
  /** Absent: every purpose. */
  readonly purpose?: Purpose
  /**
   * Absent: every category; where no learner is named either, whoever it is about is not believed to hold the role at all. Alone they close to everybody,
   * whoever's they are.
   */
  readonly categories?: readonly Category[]
  /** The instant from which it closes; absent: at once. */
  readonly from?: string
  /** Only what rests on this sharing agreement: what an agency sees on another ground it goes on seeing. */
  readonly agreementId?: string
}

/**
 * What must not be read any more although the entitlements still say so: written and committed before the event that takes it away, read
 * by the statement that reads the rows, and removed once the models have caught up. So a withdrawal holds from the next read on.
 */
export interface Denial extends Closing {
  /** Chosen by the caller; denying again under it replaces it. */
  readonly denialId: string
  /** The stream or record that it is about. */
  readonly ref: string
}

/** How long a denial holds where nobody confirms or lifts it: the one who wrote it is gone, and its event was never written. */
const unconfirmedMs = 10 * 60_000

/** Whose learner id stands for every learner's. */
export const everybody = ''

/** An agency's role reads the denials that are for it, through the view, and nothing else here. */
export const denyListSchema = `
create schema if not exists sharing;
-- First what readers lock first.
do $$ begin
  if to_regclass('sharing.denials_here') is not null then lock table sharing.denials_here in access exclusive mode; end if;
end $$;
create table if not exists sharing.denials (
  denial_id text primary key,
  learner_id text,
  user_id text,
  agency_id text,
  agency_role text,
  purpose text,
  categories int not null,
  ref text not null,
  position text collate "C",
  expires_at timestamptz not null
);
alter table sharing.denials drop constraint if exists denials_check;
alter table sharing.denials add column if not exists role text, add column if not exists starts_at timestamptz not null default '-infinity',
  add column if not exists agreement_id text, add column if not exists except_user_id text;
update sharing.denials set learner_id = '${everybody}' where learner_id is null;
create index if not exists denials_learner on sharing.denials (learner_id) where learner_id is not null;
drop index if exists sharing.denials_user;
create or replace view sharing.denials_here with (security_barrier) as
  select learner_id, user_id, agency_id, purpose, categories, expires_at, role, starts_at, agreement_id, except_user_id
  from sharing.denials where agency_role is null or agency_role = current_user::text;
grant usage on schema sharing to public;
grant select on sharing.denials_here to public;
${levelsWithinSql('sharing')}`

/** Denials `n` of every learner's data to this person: the person, the agency and the role as SQL. */
export const deniedToAll = (n: {
  readonly userId: string
  readonly agencyId: string
  readonly role: string
  readonly now: string
}): string =>
  `n.learner_id = '${everybody}' and n.categories = -1 and n.purpose is null and (n.user_id is null or n.user_id = ${n.userId}) and n.except_user_id is distinct from ${n.userId}
   and (n.agency_id is null or n.agency_id = ${n.agencyId}) and (n.role is null or n.role = ${n.role}) and n.starts_at <= ${n.now} and n.expires_at > ${n.now}`

export class DenyList {
  /** `schemaOf` names the schema and role of an agency. */
  constructor(private readonly schemaOf: (agencyId: string) => string) {}

  async create(db: Sql): Promise<void> {
    await makeSchema(db, 'sharing', denyListSchema)
  }

  /** Holds once committed. @throws where it would deny nothing to nobody */
  async deny(db: Sql, denials: Denial | readonly Denial[], now?: string): Promise<void> {
    const all = [denials].flat() as readonly Denial[]
    for (const { learnerId, userId, agencyId, categories } of all) {
      if (!learnerId && !userId && !agencyId && !categories)
        throw new Error('A denial names a learner, or a person or an agency that may not read, or what nobody may')
      if (categories?.length === 0) throw new Error('A denial names its categories, or none at all to mean every one')
    }
    await db.query(
      `insert into sharing.denials (denial_id, learner_id, user_id, agency_id, agency_role, role, purpose, categories, ref, starts_at, agreement_id, except_user_id, expires_at)
       select d.denial_id, coalesce(d.learner_id, '${everybody}'), d.user_id, d.agency_id, d.agency_role, d.role, d.purpose, d.categories, d.ref,
         coalesce(d.starts_at, '-infinity'), d.agreement_id, d.except_user_id, coalesce($2::timestamptz, now()) + $3 * interval '1 millisecond'
       from jsonb_to_recordset($1::jsonb) as d (denial_id text, learner_id text, user_id text, agency_id text, agency_role text, role text, purpose text,
         categories int, ref text, starts_at timestamptz, agreement_id text, except_user_id text)
       on conflict (denial_id) do update set learner_id = excluded.learner_id, user_id = excluded.user_id, agency_id = excluded.agency_id,
         agency_role = excluded.agency_role, role = excluded.role, purpose = excluded.purpose, categories = excluded.categories, ref = excluded.ref,
         starts_at = excluded.starts_at, agreement_id = excluded.agreement_id, except_user_id = excluded.except_user_id, position = null, expires_at = excluded.expires_at`,
      [
        JSON.stringify(
          all.map(
            ({ denialId, learnerId, userId, exceptUserId, agencyId, role, purpose, categories, ref, from, agreementId }) => ({
              denial_id: denialId,
              learner_id: learnerId,
              user_id: userId,
              except_user_id: exceptUserId,
              agency_id: agencyId,
              agency_role: agencyId && this.schemaOf(agencyId),
              role,
              purpose,
              categories: categories ? toBits(categories) : -1,
              ref,
              starts_at: from,
              agreement_id: agreementId,
            }),
          ),
        ),
        now,
        unconfirmedMs,
      ],
    )
  }

  /** The event is in the log at this position: its denials stay until every model that they guard has read that far. */
  async confirm(db: Sql, denialIds: string | readonly string[], position: string): Promise<void> {
    const confirmed = `update sharing.denials set position = $2, expires_at = 'infinity' where denial_id = any($1::text[])`
    await db.query(confirmed, [[denialIds].flat(), position])
  }

  /** The event was not written after all. */
  async lift(db: Sql, denialIds: string | readonly string[]): Promise<void> {
    await db.query('delete from sharing.denials where denial_id = any($1::text[])', [[denialIds].flat()])
  }

  /** What takes something away of this learner, or of everybody, and may not be known to the models: the streams that say it. */
  async streamsOn(db: Sql, learnerId: string): Promise<string[]> {
    const rows = await db.query<{ ref: string }>(
      `select distinct ref from sharing.denials where learner_id in ('${everybody}', $1) and expires_at > now()`,
      [learnerId],
      { name: 'denied_streams' },
    )
    return rows.map(({ ref }) => ref)
  }

  /** The models have read up to here: what was confirmed by then is in the entitlements now. What nobody confirmed goes when it expires. */
  async settle(db: Sql, position: string): Promise<void> {
    await db.query('delete from sharing.denials where position <= $1 collate "C" or expires_at <= now()', [position])
  }

  /**
   * Denies, records, confirms; lifts where nothing was recorded. The answer of `record` is not given back before the denial is committed, so whoever
   * was told of a withdrawal has it. Where it is unknown whether the event was written, the denial stays until it expires.
   */
  async around<T extends { readonly position: string | undefined }>(
    db: Sql,
    denials: Denial | readonly Denial[],
    record: () => Promise<T>,
    wasNotWritten: (error: unknown) => boolean,
  ): Promise<T> {
    const ids = ([denials].flat() as readonly Denial[]).map(({ denialId }) => denialId)
    await this.deny(db, denials)
    let recorded: T
    try {
      recorded = await record()
    } catch (error) {
      if (wasNotWritten(error)) await this.lift(db, ids)
      throw error
    }
    if (recorded.position === undefined) await this.lift(db, ids)
    else await this.confirm(db, ids, recorded.position)
    return recorded
  }
}
