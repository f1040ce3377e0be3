import { column, defineView } from '@passerelle/projections'
import { noticeEvents } from './notice.events.js'

type Form = 'standard' | 'easyRead'
const formOf = ({ easyRead }: { readonly easyRead: boolean }): Form => (easyRead ? 'easyRead' : 'standard')
const keyOf = (noticeId: string, of: { readonly language: string; readonly easyRead: boolean }) =>
  `${noticeId}|${of.language}|${formOf(of)}`

/** The wording of every notice: for everyone, so that nobody answers what they cannot read. */
export const notices = defineView('notices', {
  from: [noticeEvents],
  category: 'C14',
  audience: 'everyone',
  description: 'What a person reads before they are asked for consent, in one language and form.',
  columns: {
    noticeId: column('id', { key: true, description: 'What a consent names as its noticeVersion.' }),
    language: column('code', { key: true, description: 'BCP-47 tag.' }),
    form: column<Form>('code', { key: true, description: 'standard or easyRead' }),
    title: column('text'),
    paragraphs: column<readonly string[]>('texts'),
    sha256: column('code', { description: 'Over title and paragraphs.' }),
    status: column<'published' | 'retired'>('code', { description: 'published, or retired: nobody is asked with it any more' }),
    reason: column('code', { description: 'Why it was retired.' }),
  },
  on: {
    NoticePublished: {
      rows: ({ data }) => [keyOf(data.noticeId, data)],
      fold: ({ data: { easyRead, ...data } }) => ({ ...data, form: formOf({ easyRead }), status: 'published' }),
    },
    NoticeRetired: {
      rows: ({ streamId, data }) => [keyOf(streamId.slice('notice-'.length), data)],
      fold: ({ data }) => ({ status: 'retired', reason: data.reason }),
    },
  },
})
