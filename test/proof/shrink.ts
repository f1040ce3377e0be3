import type { Finding, ProofTools } from './proof.js'
import { noTally, Proof, type Tally } from './proof.js'
import type { Happening, Story } from './happenings.js'

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
      if (!proof) return undefined
      if (finding.kind === 'differential') await proof.compare(face, [finding.look], tally)
      else await proof.ask(face, finding.look, { text: finding.asked, variables: finding.variables ?? {} }, tally)
      return tally.findings.find(({ kind }) => kind === finding.kind)
    } finally {
      await proof?.close()
      await database.drop()
    }
  }

/**
 * The shortest story found in which it still goes wrong: whole streams are left out first, then single happenings, half by half, until nothing can be
 * left out or the time is over.
 */
export async function shrink(story: Story, fails: StillFails, until: number): Promise<{ story: Story; finding?: Finding }> {
  let happenings = story.happenings
  let finding: Finding | undefined
  const tries = async (some: readonly Happening[]) => {
    if (performance.now() > until) return false
    const found = await fails({ ...story, happenings: some })
    if (!found) return false
    happenings = some
    finding = found
    return true
  }
  for (let size = Math.ceil(happenings.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < happenings.length && performance.now() < until;)
      if (!(await tries([...happenings.slice(0, from), ...happenings.slice(from + size)]))) from += size
  return { story: { ...story, happenings }, ...(finding && { finding }) }
}
