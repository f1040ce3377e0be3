import { contest, noticeOverdueContest } from '@passerelle/consent'
import { hourly } from './hourly.js'
import { defineProcess } from './ports.js'

/** GDPR 12(3), 16: a contest whose month went by is said to be late, once, to the person and to the officer who has to answer; no other agency may know. */
export const markContestOverdue = defineProcess('mark-contest-overdue', {
  from: [],
  on: {},
  clock: hourly((worklist, today) => worklist.contestsPastDue(today), contest, noticeOverdueContest),
})
