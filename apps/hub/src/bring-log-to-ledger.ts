import { randomUUID } from 'node:crypto'
import { forgetCategory, forgetLearner, learner } from '@passerelle/learner'
import type { LedgerEntry } from '@passerelle/keyring'
import { categories, type Category } from '@passerelle/sharing'
import { hubContext } from './hub-context.js'
import type { OpenHub } from './open-hub.js'

/**
 * After a restore: keys that the ledger names are gone, but the restored log may not say so yet, and the restored views still hold what was forgotten
 * since. It is written down again, and nobody reads it before the views have forgotten it anew. Where nothing was restored, nothing is done.
 */
export async function bringLogToLedger(hub: Pick<OpenHub, 'db' | 'store' | 'keyring' | 'now'>): Promise<void> {
  const ledger = Map.groupBy(await hub.keyring.ledger(), ({ subject }) => subject)
  if (ledger.size === 0) return
  const facts = await hub.db.query<{ learner_id: string; erased: Category[] }>(
    'select learner_id, erased from hub.learner_facts where learner_id = any($1::text[])',
    [[...ledger.keys()]],
  )
  const said = new Map(facts.map(row => [row.learner_id, row.erased]))
  for (const [subject, entries] of ledger)
    if (entries.some(({ category }) => !said.get(subject)?.includes(category))) await forgetAnew(hub, subject, entries)
}

async function forgetAnew(
  { store, now }: Pick<OpenHub, 'store' | 'now'>,
  subject: string,
  entries: readonly LedgerEntry[],
): Promise<void> {
  const { state } = await store.load(learner, subject)
  const missing = entries.filter(({ category }) => !state.erased.includes(category))
  if (state.learnerId === undefined || missing.length === 0) return
  const { reason } = missing[0]!
  // The store denies it to everybody before it is written.
  await store.handle(learner, subject, contextAt(now()), learnerNow =>
    entries.length === categories.length
      ? forgetLearner(learnerNow, { reason, retained: [{ what: 'skeleton', statute: 'GDPR17-3-b' }] })
      : missing.flatMap(each => forgetCategory(learnerNow, { category: each.category, reason: each.reason, retained: [] })),
  )
}

const contextAt = (now: Date) =>
  hubContext(now, {
    legalBasis: { kind: 'legalObligation', statute: 'GDPR 17' },
    correlationId: randomUUID(),
    causationId: randomUUID(),
  })
