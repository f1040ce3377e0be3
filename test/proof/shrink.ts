import type { Happening, Story } from './happenings.js'
import { askAgain } from './interference.js'
import { Proof, type ProofTools } from './proof.js'
import { type Finding, noTally, type Tally } from './tally.js'
import { holdsPost } from './truth.js'

/** Whether a story still shows what was found; each try is a hub of its own. */
export type StillFails = (story: Story) => Promise<Finding | undefined>

/** The same question, asked of a hub in which another story happened. */
export const askedAgain =
  (
    tools: ProofTools,
    finding: Finding,
    face: string,
    databaseUrl: () => Promise<{ url: string; drop(): Promise<void> }>,
  ): StillFails =>
  async story => {
    const database = await databaseUrl()
    const tally: Tally = noTally()
    const proof = await Proof.of(story, tools.schemas, database.url).catch(() => undefined)
    try {
      // Whoever is nobody there any more asks nothing.
      if (!proof || !holdsPost(proof.world, finding.look)) return undefined
      if (finding.kind === 'differential')
        await proof.later(daysBetween(story.now, finding.at), world => proof.compare(face, [finding.look], tally, world))
      else await askAgain(proof, face, finding.look, { text: finding.asked, variables: finding.variables ?? {} }, tally)
      return tally.findings.find(({ kind }) => kind === finding.kind)
    } finally {
      await proof?.close()
      await database.drop()
    }
  }

const daysBetween = (now: string, at = now) => (Date.parse(at) - Date.parse(now)) / 86_400_000

/** What is left out together: all about one learner, an agency with its people or all streams of a kind, a stream, at last one thing that happened. */
const wholes: readonly ((happening: Happening, index: number) => unknown)[] = [
  ({ id }) => /learner-\d+/.exec(id)?.[0],
  ({ id }) => id.split('.')[0],
  ({ decider, id }) => `${decider.events.streamCategory}-${id}`,
  (_, index) => index,
]

/**
 * The shortest story found in which it still goes wrong: larger wholes are left out first, half by half, until nothing can be left out or the time
 * is over.
 */
export async function shrink(story: Story, fails: StillFails, until: number): Promise<{ story: Story; finding?: Finding }> {
  let { happenings } = story
  let finding: Finding | undefined
  const tries = async (some: readonly Happening[]) => {
    const found = some.length > 0 ? await fails({ ...story, happenings: some }) : undefined
    if (found) {
      happenings = some
      finding = found
    }
    return found !== undefined
  }
  for (const wholeOf of wholes) {
    let groups = [...Map.groupBy(happenings, wholeOf).values()]
    for (let size = Math.ceil(groups.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
      for (let from = 0; from < groups.length && performance.now() < until;) {
        const left = [...groups.slice(0, from), ...groups.slice(from + size)]
        const kept = new Set(left.flat())
        if (await tries(happenings.filter(one => kept.has(one)))) groups = left
        else from += size
      }
  }
  return { story: { ...story, happenings }, ...(finding && { finding }) }
}
