import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, text, language, list, bool, hmac, published } = fields

/** What a person reads before they answer: one version, in the languages and the easy-read variants in which there is one (R-C.3). */
export const noticeEvents = defineEvents('notice', {
  /** `noticeId` is what a request names as its `noticeVersion`. `sha256` is over title and paragraphs: what was read can be proved later. */
  NoticePublished: v1({
    noticeId: id,
    language,
    easyRead: bool,
    title: published(text),
    paragraphs: list(published(text), 50),
    sha256: hmac,
  }),
  /** Nobody is asked with it any more; what was answered on it stays. */
  NoticeRetired: v1({ language, easyRead: bool, reason: code }),
})
export type NoticeEvent = EventOf<typeof noticeEvents>
