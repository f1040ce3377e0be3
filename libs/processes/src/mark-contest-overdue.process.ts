import { contest, noticeOverdueContest } from '@passerelle/consent'
import { dayOf } from '@passerelle/event-log'
import { defineProcess } from './ports.js'

/** GDPR 12(3), 16: a contest whose month went by is said to be late, once, to the person and to the officer who has to answer; no other agency may know. */
export const markContestOverdue = defineProcess('mark-contest-overdue', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.contestsPastDue(dayOf(now)),
    act: async (contestId, { decide, now }) =>
      void (await decide(contest, contestId, state => noticeOverdueContest(state, dayOf(now)))),
  },
})
