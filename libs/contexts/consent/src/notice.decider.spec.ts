import { foldView, type Told } from '@passerelle/testing'
import { hashOfNotice } from './notice-hash.js'
import { isPublished, notice, type Notice, publish, type PublishNotice, retire } from './notice.decider.js'
import type { NoticeEvent } from './notice.events.js'
import { notices } from './notices.view.js'
import { standardNotices } from './standard-notices.js'

const wording = { title: 'May we share this?', paragraphs: ['You choose.', 'You can take it back.'] }
const command: PublishNotice = { noticeId: 'n1', language: 'en', easyRead: false, ...wording, sha256: hashOfNotice(wording) }
const after = (...events: NoticeEvent[]): Notice => events.reduce((s, e) => notice.evolve(s, e), notice.initial)
const published = publish(notice.initial, command)
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('a notice', () => {
  test('R-C.3 exists in the languages and forms in which it was published, and in no other', () => {
    const state = after(...published)
    expect(isPublished(notice.initial, command)).toBe(false)
    expect(isPublished(state, command)).toBe(true)
    expect(isPublished(state, { language: 'EN', easyRead: false })).toBe(true)
    expect(isPublished(state, { language: 'en', easyRead: true })).toBe(false)
    expect(isPublished(state, { language: 'en-GB', easyRead: false })).toBe(false)
  })
  test('what people have read is never changed; asked twice, nothing new', () => {
    const state = after(...published)
    expect(publish(state, command)).toEqual([])
    const other = { ...command, paragraphs: ['You must.'] }
    expect(code(() => publish(state, { ...other, sha256: hashOfNotice(other) }))).toBe('NOTICE.PUBLISHED')
    expect(publish(state, { ...command, easyRead: true })).toHaveLength(1)
  })
  test('one that says nothing is refused', () => {
    expect(code(() => publish(notice.initial, { ...command, paragraphs: [] }))).toBe('NOTICE.EMPTY')
  })
  test('retired, it asks nobody any more, and does not come back under the same name', () => {
    const retiring = retire(after(...published), { language: 'en', easyRead: false, reason: 'unclear' })
    const state = after(...published, ...retiring)
    expect(isPublished(state, command)).toBe(false)
    expect(retire(state, { language: 'en', easyRead: false, reason: 'unclear' })).toEqual([])
    expect(code(() => publish(state, command))).toBe('NOTICE.PUBLISHED')
    expect(code(() => retire(state, { language: 'fr', easyRead: false, reason: 'unclear' }))).toBe('NOTICE.UNKNOWN')
  })
  test('everybody can read its wording, each form by itself', () => {
    const easy = publish(after(...published), { ...command, easyRead: true })
    const retired = retire(after(...published, ...easy), { language: 'en', easyRead: false, reason: 'unclear' })
    const rows = foldView(
      notices,
      ...[...published, ...easy, ...retired].map((event): Told => ({ streamId: 'notice-n1', ...event })),
    )
    expect(rows.get('n1|en|easyRead')).toMatchObject({ ...wording, form: 'easyRead', status: 'published' })
    expect(rows.get('n1|en|standard')).toMatchObject({ sha256: command.sha256, status: 'retired', reason: 'unclear' })
  })
})

describe('the standard notices', () => {
  test('stand in every language in a standard and an easy-read form, each publishable', () => {
    const state = standardNotices.reduce((s, each) => {
      const events = publish(s, { ...each, sha256: hashOfNotice(each) })
      expect(events).toHaveLength(1)
      for (const text of [each.title, ...each.paragraphs]) expect(text.length).toBeLessThanOrEqual(500)
      return events.reduce(notice.evolve, s)
    }, notice.initial)
    const languages = [...new Set(standardNotices.map(({ language }) => language))]
    expect(languages.length).toBeGreaterThanOrEqual(4)
    for (const language of languages)
      for (const easyRead of [false, true])
        expect([language, easyRead, isPublished(state, { language, easyRead })]).toContain(true)
    expect(new Set(state.variants.map(({ sha256 }) => sha256)).size).toBe(languages.length * 2)
  })
})
