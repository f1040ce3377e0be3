import { caseFile, noticeMissingLead } from '@passerelle/casework'
import { dayOf } from '@passerelle/event-log'
import { defineProcess } from './ports.js'

/** a lead whose membership is over leads no more, and a case without a lead is an incident. */
export const noticeMissingLeads = defineProcess('notice-missing-leads', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.casesWithoutLead(dayOf(now)),
    act: async (caseId, { decide, now }) => void (await decide(caseFile, caseId, state => noticeMissingLead(state, dayOf(now)))),
  },
})
