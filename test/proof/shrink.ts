import { faces } from '@passerelle/api'
import type { Happening, Post, Story } from './happenings.js'
import { askAgain } from './interference.js'
import { Proof, type ProofTools } from './proof.js'
import { type Size, throughTheDoor } from './region.js'
import { take } from './taking-away.js'
import { type Finding, noTally } from './tally.js'
import { holdsPost } from './truth.js'

/** Whether a story still shows what was found; each try is a hub of its own. */
export type StillFails = (story: Story) => Promise<Finding | undefined>

/** What was found in a story, looked for in another one. */
export const askedAgain =
  (
    tools: ProofTools,
    finding: Finding,
    { size, seed }: { readonly size: Size; readonly seed: number },
    databaseUrl: () => Promise<{ url: string; drop(): Promise<void> }>,
  ): StillFails =>
  async story => {
    const database = await databaseUrl()
    const tally = noTally()
    const proof = await Proof.of(story, tools, database.url).catch(() => undefined)
    try {
      // Whoever is nobody there any more asks nothing.
      if (!proof || !holdsPost(proof.world, finding.look)) return undefined
      await lookAgain(proof)
      return tally.findings.find(({ kind }) => kind === finding.kind)
    } finally {
      await proof?.close()
      await database.drop()
    }

    async function lookAgain(proof: Proof): Promise<void> {
      const { look, asked: text, variables = {}, taken } = finding
      const face = faces.find(({ name }) => name === finding.face)!.name
      switch (finding.kind) {
        case 'differential':
          return proof.later(daysBetween(story.now, finding.at), world => proof.compare(face, [look], tally, world))
        case 'revocation':
        case 'monotony':
          return void (await take(proof, proof.world, { ...taken!, before: [] }, () => [look], tally))
        case 'leak':
          return throughTheDoor(proof, size, seed, tally)
        default:
          return askAgain(proof, face, look, { text, variables }, tally)
      }
    }
  }

const daysBetween = (now: string, at = now) => (Date.parse(at) - Date.parse(now)) / 86_400_000

/** What led to a finding: what was taken away before is a part of it. */
export const leadingTo = (story: Story, { taken }: Finding): Story =>
  taken ? { ...story, happenings: [...story.happenings, ...taken.before] } : story

/**
 * The shortest story found in which it still goes wrong: first only what speaks of the same people as the finding, then without larger wholes, half by
 * half, until nothing can be left out or the time is over.
 */
export async function shrink(
  story: Story,
  finding: Finding,
  fails: StillFails,
  until: number,
): Promise<{ story: Story; finding: Finding }> {
  let { happenings } = story
  const tries = async (some: readonly Happening[]) => {
    if (some.length === 0 || some.length === happenings.length || performance.now() >= until) return false
    const found = await fails({ ...story, happenings: some })
    if (!found) return false
    happenings = some
    finding = found
    return true
  }
  const people = peopleOf(story, finding)
  await tries(happenings.filter(one => isOf(one, people)))
  for (const wholeOf of wholes) {
    let groups = [...Map.groupBy(happenings, wholeOf).values()]
    for (let size = Math.ceil(groups.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
      for (let from = 0; from < groups.length;) {
        const left = [...groups.slice(0, from), ...groups.slice(from + size)]
        const kept = new Set(left.flat())
        if (await tries(happenings.filter(one => kept.has(one)))) groups = left
        else from += size
      }
  }
  return { story: { ...story, happenings }, finding }
}

/** What is left out together: all about one learner, an agency with its people or all streams of a kind, a stream, at last one thing that happened. */
const wholes: readonly ((happening: Happening) => unknown)[] = [
  ({ id }) => /learner-\d+/.exec(id)?.[0],
  ({ id }) => id.split('.')[0],
  ({ decider, id }) => `${decider.events.streamCategory}-${id}`,
  happening => happening,
]

interface People extends Pick<Post, 'userId' | 'agencyId'> {
  readonly learnerIds: readonly string[]
}
/** Whom a finding names: learners in what was asked and answered, whoever looked and where. */
function peopleOf({ learnerIds }: Story, finding: Finding): People {
  const { asked, variables, expected, got, look, taken } = finding
  const text = JSON.stringify([asked, variables, expected, got, look, taken?.last.id, taken?.last.event])
  const named = learnerIds.filter(id => text.includes(`"${id}"`) || text.includes(`${id}.`))
  return { ...look, learnerIds: named.length > 0 ? named : learnerIds }
}
const isOf = ({ decider, id, event }: Happening, { learnerIds, agencyId, userId }: People): boolean => {
  switch (decider.events.streamCategory) {
    case 'agency':
      return id === agencyId
    case 'staff':
      return id === userId
    default: {
      const text = JSON.stringify([id, event.data])
      return !/learner-\d+/.test(text) || learnerIds.some(learnerId => text.includes(learnerId))
    }
  }
}
