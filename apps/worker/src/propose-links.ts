import { createHash } from 'node:crypto'
import { hubContext, HubRows, type OpenHub } from '@passerelle/hub'
import { confirm, learner, learners, linkCase, propose } from '@passerelle/learner'
import { findLinks, type Link, type PersonRecord } from '@passerelle/learner/matching'

export interface Proposals {
  readonly records: number
  readonly candidates: number
  readonly proposed: number
  readonly confirmed: number
}
type Matched = Pick<OpenHub, 'db' | 'store' | 'now'>

/** Compares every learner of the hub with every other, and opens a case for each pair that may be one person's. Asked twice, nothing new. */
export async function proposeLinks(hub: Matched): Promise<Proposals> {
  const records = await readRecords(hub)
  const { links, candidates } = findLinks(records)
  let [proposed, confirmed] = [0, 0]
  for (const link of links) {
    const [learnerId, otherLearnerId] = [records[link.left]!.id, records[link.right]!.id].sort() as [string, string]
    const linkCaseId = caseIdOf(learnerId, otherLearnerId)
    const { events } = await hub.store.handle(linkCase, linkCaseId, contextAt(hub.now()), state =>
      propose(state, { linkCaseId, learnerId, otherLearnerId, ...toProposal(link) }),
    )
    if (events.length === 0) continue
    proposed++
    if (link.decision !== 'automatic') continue
    await hub.store.handle(linkCase, linkCaseId, contextAt(hub.now()), state => confirm(state, 'likelihood'))
    confirmed++
  }
  return { records: records.length, candidates, proposed, confirmed }
}

/** One case for two records, whichever is named first. */
const caseIdOf = (learnerId: string, otherLearnerId: string) =>
  createHash('sha256')
    .update(JSON.stringify([learnerId, otherLearnerId]))
    .digest('hex')
    .slice(0, 32)

const toProposal = ({ score, fieldWeights, blockingKey, decision, obstacles }: Link) => ({
  score: Number(score.toFixed(2)),
  fieldWeights: Object.entries(fieldWeights).map(([field, weight]) => ({ field, weight })),
  blockingKey,
  band: decision,
  obstacles: [...obstacles],
})

/** As the hub knows them, with the HMACs of their identifiers: those stand in no view. Who was forgotten is compared with nobody. */
async function readRecords({ db, store }: Matched): Promise<PersonRecord[]> {
  const records: PersonRecord[] = []
  for (const row of await new HubRows(db).find(learners, {})) {
    const { learnerId, givenName, familyName, birthDate, sex, municipality, email } = row
    if (!learnerId || (!givenName && !familyName)) continue
    const { identifiers } = (await store.load(learner, learnerId)).state
    const known = { givenName, familyName, birthDate, sex: sex === 'unknown' ? null : sex, municipality, email }
    records.push({
      id: learnerId,
      ...Object.fromEntries(Object.entries(known).filter(([, value]) => typeof value === 'string')),
      identifiers: bySystem(identifiers),
    })
  }
  return records
}

/** By agency and system: the same number in two agencies' systems is no evidence, nor are two numbers. */
const bySystem = (identifiers: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    identifiers.map(identifier => {
      const [agencyId, system, valueHash] = identifier.split('|')
      return [`${agencyId}|${system}`, valueHash!]
    }),
  )

const contextAt = (now: Date) =>
  hubContext(now, {
    userId: 'matching',
    legalBasis: { kind: 'publicTask', statute: 'GDPR 5(1)(d)' },
    correlationId: `matching-${now.toISOString()}`,
  })
