import type { Database } from '@passerelle/database'
import type { Category, Purpose, Role } from './vocabulary.js'

/** Who saw what, of whom, when and why: never the values. One entry per request and set of categories. */
export interface Disclosure {
  readonly at: string
  readonly userId: string
  readonly agencyId: string
  readonly role: Role
  readonly purpose: Purpose
  readonly categories: readonly Category[]
  readonly learnerIds: readonly string[]
  readonly requestId: string
  /** What was done: `read` or `export`. */
  readonly act: string
}
/** As one learner reads it: without the other learners of the same answer. */
export type LearnerDisclosure = Omit<Disclosure, 'learnerIds'> & { readonly id: number }

const ddl = `
create schema if not exists audit;
create table if not exists audit.disclosures (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  user_id text not null, agency_id text not null, role text not null, purpose text not null,
  categories text[] not null, learner_ids text[] not null, request_id text not null, act text not null
);
create index if not exists disclosures_learner on audit.disclosures using gin (learner_ids);
create or replace function audit.refuse_change() returns trigger language plpgsql as
  $$ begin raise exception 'audit.disclosures is append-only' using errcode = '42501'; end $$;
create or replace trigger disclosures_append_only before update or delete or truncate on audit.disclosures
  for each statement execute function audit.refuse_change();
`

/**
 * The disclosure log (R-V.5). `record` returns once the entries are kept, so the answer that waits for it never leaves unlogged; entries of
 * requests that come together are written together. Where it cannot be kept, `record` throws and the answer must not leave.
 */
export class DisclosureLog {
  private waiting: { entries: readonly Disclosure[]; done: () => void; failed: (error: unknown) => void }[] = []
  private writing = false

  private constructor(private readonly db: Database) {}

  static async open(db: Database): Promise<DisclosureLog> {
    await db.exec(ddl)
    return new DisclosureLog(db)
  }

  record(entries: readonly Disclosure[]): Promise<void> {
    if (entries.length === 0) return Promise.resolve()
    return new Promise((done, failed) => {
      this.waiting.push({ entries, done, failed })
      if (!this.writing) void this.write()
    })
  }

  /** What was disclosed of one learner, newest first; `before` is the id of the last entry seen. */
  async of(learnerId: string, limit: number, before?: number): Promise<LearnerDisclosure[]> {
    const rows = await this.db.query<Record<string, any>>(
      `select id, at, user_id, agency_id, role, purpose, categories, request_id, act from audit.disclosures
       where learner_ids @> array[$1::text] and ($2::bigint is null or id < $2) order by id desc limit $3`,
      [learnerId, before ?? null, limit],
      { name: 'disclosures-of' },
    )
    return rows.map(
      ({ user_id, agency_id, request_id, ...row }) =>
        ({ ...row, userId: user_id, agencyId: agency_id, requestId: request_id }) as LearnerDisclosure,
    )
  }

  private async write(): Promise<void> {
    this.writing = true
    while (this.waiting.length > 0) {
      const batch = this.waiting
      this.waiting = []
      try {
        await this.insert(batch.flatMap(({ entries }) => entries))
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
    }
    this.writing = false
  }

  private async insert(entries: readonly Disclosure[]): Promise<void> {
    await this.db.query(
      `insert into audit.disclosures(at, user_id, agency_id, role, purpose, categories, learner_ids, request_id, act)
       select at, user_id, agency_id, role, purpose,
         (select array_agg(value) from json_array_elements_text(categories)), (select array_agg(value) from json_array_elements_text(learner_ids)),
         request_id, act
       from json_to_recordset($1::json)
         as e(at timestamptz, user_id text, agency_id text, role text, purpose text, categories json, learner_ids json, request_id text, act text)`,
      [
        JSON.stringify(
          entries.map(e => ({
            at: e.at,
            user_id: e.userId,
            agency_id: e.agencyId,
            role: e.role,
            purpose: e.purpose,
            categories: e.categories,
            learner_ids: e.learnerIds,
            request_id: e.requestId,
            act: e.act,
          })),
        ),
      ],
      { name: 'disclosures-record' },
    )
  }
}
