import type { Database } from '@passerelle/database'
import { linkCases, type MergedPeriod, readAsOne } from '@passerelle/learner'
import type { Category, Purpose, Role } from '@passerelle/sharing'
import { HubRows, type RowOf } from './hub-rows.js'

export type LinkCaseRow = RowOf<typeof linkCases> & { readonly version: number }
/** Somebody looked while two persons were read as one. */
export interface AccessDuringMerge {
  readonly at: string
  readonly userId: string
  readonly agencyId: string
  readonly role: Role
  readonly purpose: Purpose
  readonly categories: readonly Category[]
  readonly pair: readonly string[]
  /** Of the two, those that were looked at. */
  readonly learnerIds: readonly string[]
  readonly linkCaseId: string
  readonly breachAssessmentId: string | undefined
  /** The same person looked at the other record too: what they saw was of two persons. */
  readonly sawBoth: boolean
}

/** What the hub knows of records that may be one person's. It tells nobody anything: who asks has to hold both. */
export class HubLinks {
  private readonly rows: HubRows

  constructor(private readonly db: Database) {
    this.rows = new HubRows(db)
  }

  /** Cases that wait for somebody: to look, or to merge what was confirmed. */
  async openCasesOf(learnerId: string): Promise<LinkCaseRow[]> {
    return this.casesOf([learnerId], ['proposed', 'confirmed'])
  }

  /** Everybody who is read as one person with this learner, themself included. */
  async readAsOneWith(learnerId: string): Promise<string[]> {
    let one = [learnerId]
    for (let before = 0; before < one.length;) {
      before = one.length
      one = readAsOne(learnerId, await this.casesOf(one, ['merged']))
    }
    return one
  }

  async isAbsorbed(learnerId: string, exceptCaseId: string): Promise<boolean> {
    const merged = await this.rows.find(linkCases, { absorbed: learnerId, status: 'merged' })
    return merged.some(({ linkCaseId }) => linkCaseId !== exceptCaseId)
  }

  /**
   * R-I.2: who looked at either record while a merge held that was taken back, out of the disclosure log: each is a possible breach, and first of all
   * where the same person saw both.
   */
  async accessDuringFalseMerges(learnerId: string): Promise<AccessDuringMerge[]> {
    const cases = await this.casesOf([learnerId])
    const found = await Promise.all(
      cases.flatMap(({ linkCaseId, learnerId: one, otherLearnerId: other, merges }) =>
        (merges ?? []).map(period => this.accessIn(linkCaseId!, [one!, other!], period)),
      ),
    )
    return found.flat()
  }

  private async accessIn(linkCaseId: string, pair: readonly string[], period: MergedPeriod): Promise<AccessDuringMerge[]> {
    const { mergedAt, unmergedAt, breachAssessmentId } = period
    if (unmergedAt === undefined) return []
    const rows = await this.db.query<Record<string, any>>(
      `select at, user_id, agency_id, role, purpose, categories, array(select unnest(learner_ids) intersect select unnest($1::text[])) as learner_ids
         from audit.disclosures where learner_ids && $1::text[] and at >= $2::timestamptz and at <= $3::timestamptz order by at, user_id`,
      [pair, mergedAt, unmergedAt],
    )
    const sawBoth = new Set(
      [...Map.groupBy(rows, row => row['user_id'] as string)].flatMap(([userId, own]) =>
        pair.every(id => own.some(row => row['learner_ids'].includes(id))) ? [userId] : [],
      ),
    )
    return rows.map(({ at, user_id, agency_id, role, purpose, categories, learner_ids }) => ({
      linkCaseId,
      breachAssessmentId,
      at: new Date(at).toISOString(),
      userId: user_id,
      agencyId: agency_id,
      role,
      purpose,
      categories,
      pair,
      learnerIds: learner_ids,
      sawBoth: sawBoth.has(user_id),
    }))
  }

  /** Cases of any of these records, each once; with the version that a command has to name. */
  private casesOf(learnerIds: readonly string[], statuses?: readonly string[]): Promise<LinkCaseRow[]> {
    return this.db.query<LinkCaseRow & object>(
      `select link_case_id as "linkCaseId", learner_id as "learnerId", other_learner_id as "otherLearnerId", band, score,
              field_weights as "fieldWeights", obstacles, status, survivor, absorbed, merges, version::int as version
         from hub.link_cases where (learner_id = any($1::text[]) or other_learner_id = any($1::text[]))
          and ($2::text[] is null or status = any($2::text[])) order by score desc, link_case_id`,
      [learnerIds, statuses ?? null],
    )
  }
}
