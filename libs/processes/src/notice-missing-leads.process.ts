import { caseFile, noticeMissingLead } from '@passerelle/casework'
import { hourly } from './hourly.js'
import { defineProcess } from './ports.js'

/** a lead whose membership is over leads no more, and a case without a lead is an incident. */
export const noticeMissingLeads = defineProcess('notice-missing-leads', {
  from: [],
  on: {},
  clock: hourly((worklist, today) => worklist.casesWithoutLead(today), caseFile, noticeMissingLead),
})
