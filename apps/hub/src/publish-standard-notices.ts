import { hashOfNotice, notice, publishNotice, standardNotices } from '@passerelle/consent'
import { type CommandContext, type EventStore, inTurn } from '@passerelle/event-log'

/** A hub has something to ask with from its first day. Asked twice, nothing new. */
export async function publishStandardNotices(store: EventStore, now: Date): Promise<void> {
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

const contextAt = (now: Date): CommandContext => ({
  actor: { userId: 'hub', agencyId: 'hub', role: 'system' },
  controllerAgencyId: 'hub',
  purpose: 'administration',
  legalBasis: { kind: 'legalObligation', statute: 'GDPR 13' },
  occurredAt: now.toISOString(),
  correlationId: 'standard-notices',
  causationId: 'standard-notices',
  language: 'en',
})
