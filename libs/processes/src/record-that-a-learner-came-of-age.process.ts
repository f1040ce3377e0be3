import { dayOf } from '@passerelle/event-log'
import { learner, reachAgeOfDecision } from '@passerelle/learner'
import { categories } from '@passerelle/sharing'
import { defineProcess } from './ports.js'

/**
 * Reads follow the day by themselves. This says it, for the guardians' answers to be frozen and the learner to be asked: for each age line of the
 * region apart, and where only a month or a year of birth is known, once it is sure.
 */
export const recordThatALearnerCameOfAge = defineProcess('record-that-a-learner-came-of-age', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: async ({ worklist, ageLinesOn, now }) => {
      const today = dayOf(now)
      const { years, byCategory } = await ageLinesOn(today)
      const lines = Map.groupBy(categories, category => byCategory?.[category] ?? years)
      const due = [...lines].map(([age, of]) =>
        worklist.learnersNotOfAge(`${Number(today.slice(0, 4)) - age}${today.slice(4)}`, of),
      )
      return [...new Set((await Promise.all(due)).flat())].sort()
    },
    act: async (learnerId, { load, decide, ageLinesOn, now }) => {
      const today = dayOf(now)
      const lines = await ageLinesOn(today)
      const { registeredByAgencyId } = await load(learner, learnerId)
      await decide(learner, learnerId, state => reachAgeOfDecision(state, today, lines), {
        ...(registeredByAgencyId && { controllerAgencyId: registeredByAgencyId }),
      })
    },
  },
})
