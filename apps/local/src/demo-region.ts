import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Stale } from '@passerelle/event-log'
import { type Decided, demoPeople, makeRegion } from '@passerelle/connector'
import { accountHash, type OpenHub } from '@passerelle/hub'
import type { DevPerson } from '@passerelle/http'
import { type Role, roleTerms } from '@passerelle/sharing'

/** What the folder's region was made with; kept, so that a start that was cut short goes on, and so that accounts fit. */
export interface RegionMade {
  readonly learners: number
  readonly seed: number
  readonly endDay: string
  /** Whose tokens the region's people have: their accounts are hashed with it. */
  readonly issuer: string
  readonly complete: boolean
}
export interface RegionProgress {
  readonly learnersTold: number
  readonly learners: number
  readonly events: number
}

const regionFile = (dataFolder: string) => join(dataFolder, 'region.json')

/** Undefined where the folder has no region. */
export async function findRegion(dataFolder: string): Promise<RegionMade | undefined> {
  try {
    return JSON.parse(await readFile(regionFile(dataFolder), 'utf8')) as RegionMade
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Everybody whom one may sign in as in the region, with where they work. */
export function peopleOf(
  region: Omit<RegionMade, 'complete'>,
): (DevPerson & { readonly role: Role; readonly agencyId: string })[] {
  return demoPeople({ ...region, accountHash: subject => subject }).map(({ subject, name, role, agencyId }) => ({
    alias: subject,
    subject,
    label: name,
    role,
    agencyId,
    purposes: roleTerms[role].purposes,
    roleLabel: agencyId === 'learner' ? role : `${role}, ${agencyId}`,
  }))
}

/**
 * Records an invented region, or the rest of it where an earlier start was cut short: the same seed decides the same events, and what a stream
 * has already is passed over.
 */
export async function fillRegion(
  hub: Pick<OpenHub, 'store' | 'identifiers' | 'config'>,
  region: RegionMade,
  onProgress: (progress: RegionProgress) => void,
): Promise<void> {
  const { dataFolder } = hub.config
  await keep(dataFolder, region)
  const { learners, issuer } = region
  const told = { learnersTold: 0, learners, events: 0 }
  const account = (subject: string) => accountHash(hub.identifiers, { issuer, subject })
  const tell = async (story: readonly Decided[]) => {
    for (const decided of story) {
      await record(hub, decided)
      told.events += decided.events.length
    }
    if (isLearner(story[0])) told.learnersTold++
    onProgress(told)
  }
  const underWay = new Set<Promise<void>>()
  const faults: unknown[] = []
  for (const story of stories(makeRegion({ ...region, accountHash: account }))) {
    const telling = tell(story)
      .catch(error => void faults.push(error))
      .finally(() => underWay.delete(telling))
    underWay.add(telling)
    // What comes before the learners is there for all of them.
    if (!isLearner(story[0]) || underWay.size >= together) await Promise.race(underWay)
    if (faults.length > 0) break
  }
  await Promise.all(underWay)
  if (faults.length > 0) throw faults[0]
  await keep(dataFolder, { ...region, complete: true })
}

/** Learners whose stories are recorded at the same time, so that their events share commits. */
const together = 16

const isLearner = (first: Decided | undefined): boolean =>
  first !== undefined && first.streamId.startsWith('learner-') && first.version === -1

/** What was decided, cut where the next learner's story begins: within it the order is kept. */
function* stories(region: Iterable<Decided>): Iterable<readonly Decided[]> {
  let story: Decided[] = []
  for (const decided of region) {
    if (isLearner(decided) && story.length > 0) {
      yield story
      story = []
    }
    story.push(decided)
  }
  if (story.length > 0) yield story
}

async function record({ store }: Pick<OpenHub, 'store'>, decided: Decided): Promise<void> {
  const { decider, aggregateId, context, events, version } = decided
  try {
    await store.handle(decider, aggregateId, context, () => events, { version })
  } catch (error) {
    if (!(error instanceof Stale && error.currentVersion >= version + events.length)) throw error
  }
}

async function keep(dataFolder: string, region: RegionMade): Promise<void> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  const path = regionFile(dataFolder)
  await writeFile(`${path}.new`, JSON.stringify(region))
  await rename(`${path}.new`, path)
}
