import { askedBy, subjectRequest, subjectRequestEvents } from '@passerelle/consent'
import { idOfStream } from '@passerelle/event-log'
import { forgetCategory, forgetLearner, learner } from '@passerelle/learner'
import { categories } from '@passerelle/sharing'
import { defineProcess } from './ports.js'

/**
 * GDPR 17: what the officer granted is forgotten. Whoever asked for everything is forgotten as a whole, but for categories that a law keeps;
 * anything less goes category by category.
 */
export const forgetWhenErasureIsGranted = defineProcess('forget-when-erasure-is-granted', {
  from: [subjectRequestEvents],
  on: {
    SubjectRequestAnswered: async ({ streamId, data: { categories: granted, retained } }, { decide, load }) => {
      const request = await load(subjectRequest, idOfStream(streamId))
      const { kind, learnerId, requestId } = request.received!
      if (kind !== 'erasure' || granted.length === 0) return
      const kept = retained.flatMap(({ category }) => category ?? [])
      const isWhole = askedBy(request).length === categories.length && granted.length + kept.length === categories.length
      const reason = 'erasureRequest' as const
      const stays = retained.map(({ what, statute }) => `${what}:${statute}`.slice(0, 200))
      await decide(learner, learnerId, state =>
        isWhole
          ? forgetLearner(state, { reason, retained, requestId })
          : granted.flatMap(category => forgetCategory(state, { category, reason, retained: stays })),
      )
    },
  },
})
