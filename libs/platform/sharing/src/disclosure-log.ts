import { hash as digest } from 'node:crypto'
import { type Database, makeSchema, type Sql } from '@passerelle/database'
import { type Disclosure, entryText } from './disclosure.js'
import type { ChainedDisclosure, ChainFault, ChainHead } from './disclosure-chain.js'
import { disclosureSchema, findUnchained, misfiled, readUnchained, setAsideUnchained } from './disclosure-log.sql.js'
import { SealedPlaces } from './sealed-place.js'
import type { Category } from './vocabulary.js'

/** An entry as one learner finds it: without the other learners of the same answer, under a name that tells nothing of others. */
export type LearnerDisclosure = Disclosure & { readonly id: string }
export interface DisclosuresQuery {
  readonly first: number
  /** Only before the entry of this id. */
  readonly before?: string
  /** Only entries with one of these. */
  readonly categories: readonly Category[]
  /** Only what this person did. */
  readonly userId?: string
  /** Leaves out what was done to protect somebody. */
  readonly withoutSafeguarding?: boolean
  /** Leaves out, from this instant on, what was seen in an emergency of which the learner is not told. */
  readonly keptSince?: string
}

/**
 * The disclosure log (R-V.5). `record` returns once the entries are kept, so the answer that waits for it never leaves unlogged; entries of
 * requests that come together are written together. Where it cannot be kept, `record` throws and the answer must not leave, whatever is in it.
 */
export class DisclosureLog {
  private waiting: { entries: readonly Disclosure[]; done: () => void; failed: (error: unknown) => void }[] = []
  private writing = false

  private constructor(
    private readonly db: Database,
    private readonly places: SealedPlaces,
  ) {}

  /** Makes what is not there yet, and takes over the entries of a hub that linked none. `placeKey`: 32 bytes, the same in all processes. */
  static async open(db: Database, placeKey: Buffer): Promise<DisclosureLog> {
    await db.transaction(async sql => {
      const unchained = (await sql.query(findUnchained)).length > 0
      if (unchained) await sql.exec(setAsideUnchained)
      await makeSchema(sql, 'audit', disclosureSchema)
      if (unchained) await takeOver(sql)
    })
    return new DisclosureLog(db, new SealedPlaces(placeKey))
  }

  record(entries: readonly Disclosure[]): Promise<void> {
    if (entries.length === 0) return Promise.resolve()
    return new Promise((done, failed) => {
      this.waiting.push({ entries, done, failed })
      if (!this.writing) void this.write()
    })
  }

  /** What was disclosed of one learner, newest first. @throws BadQuery where `before` is no id of theirs */
  async of(learnerId: string, query: DisclosuresQuery): Promise<LearnerDisclosure[]> {
    const { first, before, categories, userId, withoutSafeguarding = false, keptSince } = query
    const place = before === undefined ? null : this.places.open(before, learnerId)
    const rows = await this.db.query<{ id: number; entry: Disclosure }>(
      `select id, entry from audit.disclosures
       where learner_ids @> array[$1::text] and ($2::bigint is null or id < $2) and categories && $3::text[]
         and ($4::text is null or user_id = $4) and not ($5::bool and (purpose = 'safeguarding' or role = 'safeguardingLead'))
         and not ($6::timestamptz is not null and at >= $6 and exists (
           select from json_array_elements(entry -> 'learners') l, json_array_elements(l -> 'because') b where b ->> 'rule' = 'keptBreakGlass'))
       order by id desc limit $7`,
      [learnerId, place, categories, userId ?? null, withoutSafeguarding, keptSince ?? null, first],
      { name: 'disclosures-of' },
    )
    return rows.map(({ id, entry }) => ({
      ...entry,
      learners: entry.learners.filter(seen => seen.learnerId === learnerId),
      id: this.places.seal(id, learnerId),
    }))
  }

  /** The last entry of each agency's chain, or of one. */
  async heads(agencyId?: string): Promise<ChainHead[]> {
    return this.db.query<ChainHead & object>(
      `select agency_id as "agencyId", sequence, encode(hash, 'hex') as hash from audit.heads
       where $1::text is null or agency_id = $1 order by agency_id`,
      [agencyId ?? null],
    )
  }

  /** An agency's entries as they are kept, from its first to `head`. */
  async *chain({ agencyId, sequence: until }: ChainHead): AsyncGenerator<ChainedDisclosure> {
    for (let after = 0; ;) {
      const page = await this.db.query<ChainedDisclosure & object>(
        `select agency_id as "agencyId", sequence, encode(hash, 'hex') as hash, entry from audit.disclosures
         where agency_id = $1 and sequence > $2 and sequence <= $3 order by sequence limit 1000`,
        [agencyId, after, until],
      )
      yield* page
      if (page.length < 1000) return
      after = page.at(-1)!.sequence
    }
  }

  /** In each agency the first entry that is looked up by something else than it says. */
  async misfiled(): Promise<ChainFault[]> {
    const found = await this.db.query<{ agencyId: string; sequence: number }>(misfiled)
    return found.map(place => ({ ...place, why: 'it is not found under what it says: its place in the index was altered' }))
  }

  private async write(): Promise<void> {
    this.writing = true
    while (this.waiting.length > 0) {
      const batch = this.waiting
      this.waiting = []
      try {
        await append(
          this.db,
          batch.flatMap(({ entries }) => entries),
        )
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
    }
    this.writing = false
  }
}

async function append(sql: Sql, entries: readonly Disclosure[]): Promise<void> {
  const sorted = entries
    .map((entry, nth) => ({ entry, nth, text: entryText(entry) }))
    .sort((a, b) => (a.entry.agencyId < b.entry.agencyId ? -1 : a.entry.agencyId > b.entry.agencyId ? 1 : 0))
  const each = (of: (entry: Disclosure) => string) => sorted.map(({ entry }) => of(entry))
  await sql.query(
    'select audit.record($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
    [
      each(entry => entry.agencyId),
      sorted.map(({ text }) => digest('sha256', text, 'hex')),
      each(entry => entry.at),
      each(entry => entry.userId),
      each(entry => entry.role),
      each(entry => entry.purpose),
      each(entry => arrayText(entry.categories)),
      each(entry => arrayText(entry.learners.map(({ learnerId }) => learnerId))),
      sorted.map(({ nth }) => nth),
      sorted.map(({ text }) => text).join('\n'),
    ],
    { name: 'disclosures-record' },
  )
}

/** As PostgreSQL writes an array: an array of arrays of several lengths it would not take. */
const arrayText = (texts: readonly string[]): string =>
  `{${texts.map(text => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join()}}`

/** Entries of before there was a chain, in the order in which they came: linked as they stand, without the basis, which nobody kept. */
async function takeOver(sql: Sql): Promise<void> {
  for (let after = 0; ;) {
    const rows = await sql.query(readUnchained, [after])
    if (rows.length === 0) break
    const entries = rows.map(
      ({ at, user_id, agency_id, role, purpose, categories, learner_ids, request_id, act }): Disclosure => ({
        at,
        userId: user_id,
        agencyId: agency_id,
        role,
        purpose,
        categories,
        learners: (learner_ids as string[]).map(learnerId => ({ learnerId })),
        requestId: request_id,
        act,
      }),
    )
    await append(sql, entries)
    after = rows.at(-1)!['id']
  }
  await sql.exec('drop table audit.disclosures_unchained')
}
