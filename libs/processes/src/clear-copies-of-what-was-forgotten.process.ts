import { idOfStream } from '@passerelle/event-log'
import { learnerEvents } from '@passerelle/learner'
import { categories } from '@passerelle/sharing'
import { defineProcess } from './ports.js'

/**
 * Views forget by themselves. What does not follow the log is cleared here: tables that a rebuild replaced or left behind, rows in quarantine, and,
 * once the whole person was forgotten, what remembers them by the hash of a partner’s id.
 */
export const clearCopiesOfWhatWasForgotten = defineProcess('clear-copies-of-what-was-forgotten', {
  from: [learnerEvents],
  on: {
    CategoryKeyDestroyed: ({ streamId, data }, { copies }) => copies.clear(idOfStream(streamId), [data.category]),
    LearnerForgotten: ({ streamId, data }, { copies }) =>
      copies.clear(idOfStream(streamId), data.categories.length === categories.length ? 'everything' : data.categories),
  },
})
