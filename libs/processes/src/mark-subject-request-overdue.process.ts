import { noticeOverdueSubjectRequest, subjectRequest } from '@passerelle/consent'
import { hourly } from './hourly.js'
import { defineProcess } from './ports.js'

/** GDPR 12(3): a request whose month went by is said to be late, once; from then on the region’s data protection officer has it too. */
export const markSubjectRequestOverdue = defineProcess('mark-subject-request-overdue', {
  from: [],
  on: {},
  clock: hourly((worklist, today) => worklist.subjectRequestsPastDue(today), subjectRequest, noticeOverdueSubjectRequest),
})
