import { noticeOverdueSubjectRequest, subjectRequest } from '@passerelle/consent'
import { dayOf } from '@passerelle/event-log'
import { defineProcess } from './ports.js'

/** GDPR 12(3): a request whose month went by is said to be late, once; from then on the region’s data protection officer has it too. */
export const markSubjectRequestOverdue = defineProcess('mark-subject-request-overdue', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.subjectRequestsPastDue(dayOf(now)),
    act: async (requestId, { decide, now }) =>
      void (await decide(subjectRequest, requestId, state => noticeOverdueSubjectRequest(state, dayOf(now)))),
  },
})
