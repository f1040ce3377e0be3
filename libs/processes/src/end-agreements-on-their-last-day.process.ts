import { endOnLastDay, sharingAgreement } from '@passerelle/agency'
import { dayOf } from '@passerelle/event-log'
import { defineProcess } from './ports.js'

/** What an agreement opened closes with its last day by itself; this says so, and whoever read under it is told. */
export const endAgreementsOnTheirLastDay = defineProcess('end-agreements-on-their-last-day', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.agreementsPast(dayOf(now)),
    act: async (agreementId, { decide, now }) =>
      void (await decide(sharingAgreement, agreementId, state => endOnLastDay(state, dayOf(now)))),
  },
})
