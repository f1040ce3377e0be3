import { type Decider, Refused } from '@passerelle/event-log'
import { type NoticeEvent, noticeEvents } from './notice.events.js'

/** One language and form of a notice. */
export interface Variant {
  readonly language: string
  readonly easyRead: boolean
}
interface PublishedVariant extends Variant {
  readonly sha256: string
  readonly retired: boolean
}
export interface Notice {
  readonly variants: readonly PublishedVariant[]
}

export interface PublishNotice extends Variant {
  readonly noticeId: string
  readonly title: string
  readonly paragraphs: readonly string[]
  /** Over title and paragraphs. */
  readonly sha256: string
}

/** Once for each variant: what people have read is never changed. */
export function publish(notice: Notice, command: PublishNotice): NoticeEvent[] {
  const known = variantOf(notice, command)
  if (known?.sha256 === command.sha256 && !known.retired) return []
  if (known)
    throw new Refused('NOTICE.PUBLISHED', 'People may have answered on this wording already.', 'Publish it as a new version.', {
      noticeId: command.noticeId,
      language: command.language,
      easyRead: command.easyRead,
    })
  if (command.paragraphs.length === 0)
    throw new Refused('NOTICE.EMPTY', 'A notice says something.', 'Give it at least one paragraph.')
  return [{ type: 'NoticePublished', data: { ...command, paragraphs: [...command.paragraphs] } }]
}

export function retire(notice: Notice, { reason, ...variant }: Variant & { readonly reason: string }): NoticeEvent[] {
  const known = variantOf(notice, variant)
  if (!known) throw new Refused('NOTICE.UNKNOWN', 'There is no such notice.', 'Look it up among the notices.', { ...variant })
  return known.retired ? [] : [{ type: 'NoticeRetired', data: { ...variant, reason } }]
}

/** Whether a person can be asked with it. */
export const isPublished = (notice: Notice, variant: Variant): boolean => variantOf(notice, variant)?.retired === false

export const notice: Decider<Notice, NoticeEvent> = {
  events: noticeEvents,
  initial: { variants: [] },
  subject: () => undefined,
  evolve(state, event) {
    switch (event.type) {
      case 'NoticePublished': {
        const { language, easyRead, sha256 } = event.data
        return { variants: [...state.variants, { language, easyRead, sha256, retired: false }] }
      }
      case 'NoticeRetired':
        return { variants: state.variants.map(each => (isSame(each, event.data) ? { ...each, retired: true } : each)) }
    }
  },
}

const isSame = (a: Variant, b: Variant) => a.easyRead === b.easyRead && a.language.toLowerCase() === b.language.toLowerCase()
const variantOf = ({ variants }: Notice, wanted: Variant) => variants.find(each => isSame(each, wanted))
