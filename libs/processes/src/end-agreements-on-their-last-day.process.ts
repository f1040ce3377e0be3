import { endOnLastDay, sharingAgreement } from '@passerelle/agency'
import { hourly } from './hourly.js'
import { defineProcess } from './ports.js'

/** What an agreement opened closes with its last day by itself; this says so, and whoever read under it is told. */
export const endAgreementsOnTheirLastDay = defineProcess('end-agreements-on-their-last-day', {
  from: [],
  on: {},
  clock: hourly((worklist, today) => worklist.agreementsPast(today), sharingAgreement, endOnLastDay),
})
