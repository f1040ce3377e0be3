import type { Sql } from '@passerelle/database'
import { toBits } from './permission.js'
import type { Category, Purpose } from './vocabulary.js'

/**
 * What must not be read any more although the entitlements still say so: written and committed before the event that takes it away, read
 * by the statement that reads the rows, and removed once the models have caught up. So a withdrawal holds from the next read on.
 */
export interface Denial {
  /** Chosen by the caller; denying again under it replaces it. */
  readonly denialId: string
  /** Whose data; absent: everybody's, for a person who must not read any more at all. */
  readonly learnerId?: string
  /** Who may not read; absent: nobody. */
  readonly userId?: string
  /** Absent: every agency. */
  readonly agencyId?: string
  /** Absent: every purpose. */
  readonly purpose?: Purpose
  /** Absent: every category. */
  readonly categories?: readonly Category[]
  /** The consent, restriction or role that it is about. */
  readonly ref: string
}

/** How long a denial holds where nobody confirms or lifts it: the one who wrote it is gone, and its event was never written. */
const unconfirmedMs = 10 * 60_000

/** An agency's role reads the denials that are for it, through the view, and nothing else here. */
export const denyListSchema = `
create schema if not exists sharing;
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
  expires_at timestamptz not null,
  check (learner_id is not null or user_id is not null)
);
create index if not exists denials_learner on sharing.denials (learner_id) where learner_id is not null;
create index if not exists denials_user on sharing.denials (user_id) where learner_id is null;
create or replace view sharing.denials_here with (security_barrier) as
  select learner_id, user_id, agency_id, purpose, categories, expires_at
  from sharing.denials where agency_role is null or agency_role = current_user::text;
grant usage on schema sharing to public;
grant select on sharing.denials_here to public;
`

export class DenyList {
  /** `schemaOf` names the schema and role of an agency. */
  constructor(private readonly schemaOf: (agencyId: string) => string) {}

  async create(db: Sql): Promise<void> {
    await db.exec(denyListSchema)
  }

  /** Holds once committed. @throws where it would deny nothing to nobody */
  async deny(db: Sql, denial: Denial, now?: string): Promise<void> {
    const { denialId, learnerId, userId, agencyId, purpose, categories, ref } = denial
    if (learnerId === undefined && userId === undefined) throw new Error('A denial names a learner or a person who may not read')
    if (categories?.length === 0) throw new Error('A denial names its categories, or none at all to mean every one')
    await db.query(
      `insert into sharing.denials (denial_id, learner_id, user_id, agency_id, agency_role, purpose, categories, ref, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9::timestamptz, now()) + $10 * interval '1 millisecond')
       on conflict (denial_id) do update set learner_id = excluded.learner_id, user_id = excluded.user_id, agency_id = excluded.agency_id,
         agency_role = excluded.agency_role, purpose = excluded.purpose, categories = excluded.categories, ref = excluded.ref,
         position = null, expires_at = excluded.expires_at`,
      [
        denialId,
        learnerId,
        userId,
        agencyId,
        agencyId === undefined ? null : this.schemaOf(agencyId),
        purpose,
        categories ? toBits(categories) : -1,
        ref,
        now,
        unconfirmedMs,
      ],
    )
  }

  /** The event is in the log at this position: the denial stays until every model that it guards has read that far. */
  async confirm(db: Sql, denialId: string, position: string): Promise<void> {
    await db.query(`update sharing.denials set position = $2, expires_at = 'infinity' where denial_id = $1`, [denialId, position])
  }

  /** The event was not written after all. */
  async lift(db: Sql, denialId: string): Promise<void> {
    await db.query('delete from sharing.denials where denial_id = $1', [denialId])
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
    denial: Denial,
    record: () => Promise<T>,
    wasNotWritten: (error: unknown) => boolean,
  ): Promise<T> {
    await this.deny(db, denial)
    try {
      const recorded = await record()
      if (recorded.position === undefined) await this.lift(db, denial.denialId)
      else await this.confirm(db, denial.denialId, recorded.position)
      return recorded
    } catch (error) {
      if (wasNotWritten(error)) await this.lift(db, denial.denialId)
      throw error
    }
  }
}
