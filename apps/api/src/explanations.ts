import { createHash } from 'node:crypto'
import { type EventLog, idPattern } from '@passerelle/event-log'
import type { Caller } from '@passerelle/http'
import { entitlementPolicy } from '@passerelle/views'
import {
  asToldToLearner,
  BadQuery,
  explainAccess,
  type Explanation,
  type Instant,
  type LearnerFacts,
  matrix,
  type Permission,
  type Purpose,
  type Role,
  withHiddenNamed,
  withoutHidden,
} from '@passerelle/sharing'
import { type FactsOnRecord, toOracleFacts } from './facts-on-record.js'
import type { Reads } from './reads.js'
import { isKept } from './who-looked.js'

export interface AccessQuestion {
  readonly learnerId: string
  /** Absent: the caller's own. */
  readonly agencyId?: string | null
  readonly role: Role
  readonly purpose: Purpose
  /** Absent: now. */
  readonly at?: Instant | null
}
export interface AccessAnswer {
  readonly learnerId: string
  readonly agencyId: string
  readonly role: Role
  readonly purpose: Purpose
  readonly at: Instant
  readonly record: {
    /** Facts count that were recorded by then. */
    readonly recordedUntil: Instant
    /** How far the log went, of now. */
    readonly position?: string
    readonly policyVersion: number
    readonly matrixDigest: string
  }
  readonly categories: readonly Explanation[]
}

/** How much a caller may be told of what decides: `officer` and `learner` of every agency. */
type Listener = { readonly of: 'officer' | 'learner' } | { readonly of: 'agency'; readonly knowsOfHidden: boolean }

/** Answers why somebody sees what they see, or saw: the oracle, asked with the facts that were on record. */
export class Explanations {
  constructor(
    private readonly facts: FactsOnRecord,
    private readonly log: EventLog,
    private readonly now: () => Date,
  ) {}

  /** Undefined alike for a learner whom nobody knows, and for whom or what the caller may not ask about. */
  async explain(caller: Caller, reads: Reads, question: AccessQuestion): Promise<AccessAnswer | undefined> {
    const now = this.now().toISOString()
    const { learnerId, role, purpose } = question
    const agencyId = question.agencyId ?? caller.agencyId
    const at = question.at ?? now
    if (at > now) throw new BadQuery('What will be seen is not known yet.', 'Name a moment that is past, or none.')
    // What cannot be an id is nobody's.
    if (![learnerId, agencyId].every(each => idPattern.test(each))) return undefined
    const listener = listenerOf(caller, learnerId, agencyId, await reads.permissionOn(learnerId))
    if (!listener) return undefined
    const known = await this.known(learnerId, agencyId, question.at ?? undefined)
    if (!known) return undefined
    // What is kept now is kept of the past too, from before anybody had cause to.
    const ofNow = listener.of === 'learner' && question.at ? ((await this.known(learnerId, agencyId)) ?? known) : known
    const learner = toldTo(listener, known.learner, isKept(ofNow.learner, now))
    const facts = { learner: (id: string) => (id === learnerId ? learner : undefined), region: known.region }
    // Of the whole log: where the learner's own events end would tell of what the caller may not know.
    const position = question.at ? {} : { position: await this.log.head() }
    // It is itself part of the record of who may see what (C14).
    reads.told(learnerId, ['C14'])
    return {
      learnerId,
      agencyId,
      role,
      purpose,
      at,
      record: { recordedUntil: at, ...position, policyVersion: entitlementPolicy.version, matrixDigest },
      categories: explainAccess(facts, { agencyId, role }, purpose, at, learnerId).map(each => named(each, listener)),
    }
  }

  private async known(learnerId: string, agencyId: string, asOf?: Instant) {
    const known = await this.facts.of(learnerId, { agencyId, ...(asOf && { asOf }) })
    return known && toOracleFacts(known)
  }
}

/** Which rules decided, so that two answers can be told apart: the same digest, the same matrix. */
const matrixDigest = createHash('sha256').update(JSON.stringify(matrix)).digest('hex').slice(0, 16)

/** Whether the caller may be told (C14 of the matrix): the learner of themself, the authority’s officer of everybody, an agency of itself. */
function listenerOf(
  { role, sector, ownLearnerIds, agencyId: own }: Caller,
  learnerId: string,
  agencyId: string,
  permission: Permission | undefined,
): Listener | undefined {
  if (role === 'learner') return ownLearnerIds.includes(learnerId) ? { of: 'learner' } : undefined
  if (role === 'dataProtectionOfficer' && sector === 'authority') return { of: 'officer' }
  if (sector === 'learner' || agencyId !== own || !permission || permission.denied.has('C14')) return undefined
  if (permission.ownLevels.C14 !== 'full') return undefined
  const knowsOfHidden = !permission.denied.has('C10') && permission.levels.C10 !== undefined
  return { of: 'agency', knowsOfHidden }
}

function toldTo(listener: Listener, facts: LearnerFacts, isKept: boolean): LearnerFacts {
  if (listener.of === 'learner') return asToldToLearner(facts, isKept)
  return listener.of === 'agency' && !listener.knowsOfHidden ? withoutHidden(facts) : withHiddenNamed(facts)
}

/** A restriction that another agency placed is not this one's to look up. */
function named({ ref, ...explanation }: Explanation, listener: Listener): Explanation {
  return ref === undefined || (listener.of === 'agency' && explanation.rule === 'restriction')
    ? explanation
    : { ...explanation, ref }
}
