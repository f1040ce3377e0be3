import { hashOfNotice, notice, notices, publishNotice, standardNotices } from '@passerelle/consent'
import type { Database } from '@passerelle/database'
import { type EventStore, inTurn } from '@passerelle/event-log'
import { hubContext } from './hub-context.js'
import { HubRows } from './facts/hub-rows.js'

/** A hub has something to ask with from its first day. Asked twice, nothing new; and once its views know them all, the log is not asked. */
export async function publishStandardNotices(db: Database, store: EventStore, now: Date): Promise<void> {
  const known = await new HubRows(db).find(notices, { noticeId: { in: standardNotices.map(({ noticeId }) => noticeId) } })
  const isKnown = ({ noticeId, language, easyRead }: (typeof standardNotices)[number]) =>
    known.some(row => row.noticeId === noticeId && row.language === language && (row.form === 'easyRead') === easyRead)
  if (standardNotices.every(isKnown)) return
  for (const [noticeId, wordings] of Map.groupBy(standardNotices, each => each.noticeId)) {
    const publishing = wordings.map(
      wording => (state: Parameters<typeof publishNotice>[0]) =>
        // One that the authority retired stays so.
        state.variants.some(each => each.language === wording.language && each.easyRead === wording.easyRead)
          ? []
          : publishNotice(state, { ...wording, sha256: hashOfNotice(wording) }),
    )
    await store.handle(notice, noticeId, contextAt(now), inTurn(notice, ...publishing))
  }
}

const contextAt = (now: Date) =>
  hubContext(now, { legalBasis: { kind: 'legalObligation', statute: 'GDPR 13' }, correlationId: 'standard-notices' })
