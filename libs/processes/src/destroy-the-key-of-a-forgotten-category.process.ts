import { idOfStream } from '@passerelle/event-log'
import { learnerEvents } from '@passerelle/learner'
import { defineProcess } from './ports.js'

/**
 * What is to be forgotten is written down first, so that every model deletes it and nobody can say it never was; then its key goes, and
 * with it every copy in the log and in backups. Asked twice, the first entry in the ledger stands.
 */
export const destroyTheKeyOfAForgottenCategory = defineProcess('destroy-the-key-of-a-forgotten-category', {
  from: [learnerEvents],
  on: {
    CategoryKeyDestroyed: async ({ streamId, data: { category, reason } }, { keyring }) =>
      void (await keyring.destroy(idOfStream(streamId), category, reason)),
    LearnerForgotten: async ({ streamId, data: { categories, reason } }, { keyring }) => {
      for (const category of categories) await keyring.destroy(idOfStream(streamId), category, reason)
    },
  },
})
