import type { OpenHub } from '@passerelle/hub'
import { learners, linkCases } from '@passerelle/learner'
import { waitFor } from '@passerelle/projections'
import { type Proposals, proposeLinks } from './propose-links.js'

/**
 * Compares everybody of whom the log knows. What no view has read yet is read first: where a worker runs, by that one, and here where none does, as in a store that
 * a region was just made in. The new cases can be read when it comes back.
 * @throws where a view stands still
 */
export async function matchAll(hub: OpenHub, { timeoutMs = 300_000 } = {}): Promise<Proposals> {
  await haveRead(hub, timeoutMs)
  const proposals = await proposeLinks(hub)
  await haveRead(hub, timeoutMs)
  return proposals
}

async function haveRead({ db, log, projector: projectorOf }: OpenHub, timeoutMs: number): Promise<void> {
  const head = await log.head()
  const projector = projectorOf()
  try {
    await projector.catchUp()
  } finally {
    await projector.close()
  }
  if (head !== '' && !(await waitFor(db, head, { views: [learners, linkCases], timeoutMs })))
    throw new Error(
      'The read models do not come to the end of the log: npm run parked -- list shows which view stands still and why.',
    )
}
