import { faces } from '@passerelle/api'
import { Chance } from '@passerelle/connector'
import { views } from '@passerelle/hub'
import { type Closing, roleTerms, type WholeRow } from '@passerelle/sharing'
import type { World } from '@passerelle/testing/sharing'
import { atOnce } from './asking.js'
import { type ClosingHappening, closingsOf } from './closings.js'
import { everythingOf } from './differential.js'
import { mutants } from './mutants.js'
import { canariesIn } from './payloads.js'
import { type Proof, tokensIn } from './proof.js'
import type { Size } from './region.js'
import { add, type Finding, sumOf, type Tally } from './tally.js'
import { holdsPost, type Look, oracleFor, truthOf } from './truth.js'

/**
 * Takes something away, again and again. From the moment that it is acknowledged nobody sees more than the oracle says of what is so now, though no model has read of it;
 * and while models read of it, in pages of any length, nobody ever sees anything that they neither saw before nor may see after.
 */
export async function takeAway(proof: Proof, size: Size, seed: number, tally: Tally): Promise<void> {
  const { hub, story } = proof
  const chance = Chance.of(seed, 'closings')
  const before: ClosingHappening[] = []
  let { world } = proof
  if (size.mutants) for (const name of Object.keys(whileClosing)) tally.mutants[name] ??= false
  const taken = () => sumOf(tally.closings)
  const enough = taken() + size.closings
  for (const closing of await closingsOf(hub, story, chance)) {
    if (taken() >= enough) return
    const losing = (then: World, now: World) => losers(proof, closing, then, now, chance)
    const now = await take(proof, world, { last: closing, before: [...before] }, losing, tally)
    if (!now) continue
    before.push(closing)
    world = now
  }
}

/**
 * Takes one thing away, before the eyes of those from whom it is taken; where it is taken from nobody, that is all. @returns what is so then; undefined where
 * it cannot even be written
 */
export async function take(
  proof: Proof,
  world: World,
  taken: NonNullable<Finding['taken']>,
  losing: (then: World, now: World) => readonly Look[],
  tally: Tally,
): Promise<World | undefined> {
  const { hub } = proof
  const { last } = taken
  if ((await hub.happen(last)) === undefined) return undefined
  const truth = await truthOf(hub, await hub.events())
  const looks = losing(world, truth)
  if (looks.length > 0) await beforeTheirEyes()
  else {
    await hub.catchUp()
    await hub.settle()
  }
  return truth

  async function beforeTheirEyes(): Promise<void> {
    add(tally.closings, last.event.type, 1)
    const told = canariesIn(JSON.stringify(last.event.data))
    const allowed = looks.map(look => tokensIn(truth, look))
    const late = looks.map((look, i) => new Set([...allowed[i]!, ...notYetReplaced(world, truth, look)]))
    // An event may take something and give something: other days of an enrolment.
    const known = looks.map((look, i) => new Set([...tokensIn(world, look), ...told, ...allowed[i]!]))
    const check = async (kind: 'revocation' | 'monotony', moment: string, may: readonly ReadonlySet<string>[]) => {
      for (const { look, leaked } of leaksIn(await shownTo(proof, looks), may, looks))
        tally.findings.push({
          ...{ kind, face: proof.faceOf(look), look, expected: 'nothing more', got: leaked, taken },
          asked: `everything, ${moment} ${last.event.type}`,
        })
    }
    await check('revocation', 'right after', late)
    for (const [name, mutant] of Object.entries(whileClosing))
      if (tally.mutants[name] === false)
        tally.mutants[name] = leaksIn(await shownTo(proof, looks, hub.readingBy(mutant)), late, looks).length > 0
    const projector = hub.projector({ pageSize: 1 })
    while (await projector.step()) await check('monotony', 'while models read of', known)
    await projector.close()
    await check('revocation', 'once the models have read of', allowed)
    await hub.settle()
    await check('revocation', 'after', allowed)
  }
}

const whileClosing = Object.fromEntries(Object.entries(mutants).filter(([, mutant]) => mutant.whileClosing))

const leaksIn = (shown: readonly ReadonlySet<string>[], may: readonly ReadonlySet<string>[], looks: readonly Look[]) =>
  looks
    .map((look, i) => ({ look, leaked: [...shown[i]!].filter(token => !may[i]!.has(token)) }))
    .filter(({ leaked }) => leaked.length > 0)

/**
 * What stood in a field that somebody may see before and after, and holds something else now: until models have read of it, it is shown as it was.
 * That is late, and takes nothing from anybody.
 */
function notYetReplaced(before: World, now: World, look: Look): string[] {
  if (!holdsPost(now, look)) return []
  const oracle = oracleFor(now, look)
  return views
    .filter(view => view.subject)
    .flatMap(view => {
      const keyOf = ({ values }: WholeRow) => view.keys.map(key => values[key]).join('|')
      const earlier = new Map(before.rows[view.name]!.map(row => [keyOf(row), row]))
      return now.rows[view.name]!.flatMap(row => {
        const values = earlier.get(keyOf(row))?.values ?? {}
        const shown = Object.keys(view.columns).filter(name => oracle.sees(view, row, name))
        return [...canariesIn(JSON.stringify(shown.map(name => values[name])))]
      })
    })
}

/** Those from whom it takes most, and a few others who keep what they see; nobody where nobody loses anything. */
function losers(proof: Proof, { closes }: ClosingHappening, then: World, now: World, chance: Chance): Look[] {
  const looks = faces.flatMap(({ name }) => proof.looksOf(name, chance, now))
  const isFor = (closing: Closing, look: Look) =>
    (['agencyId', 'userId', 'role'] as const).every(who => closing[who] === undefined || closing[who] === look[who])
  const meant = looks.flatMap(look =>
    closes
      .filter(closing => isFor(closing, look))
      .map(({ purpose }) => (purpose && roleTerms[look.role].purposes.includes(purpose) ? { ...look, purpose } : look)),
  )
  const losing = chance
    .some(meant, Math.min(mostCompared, meant.length), mostCompared)
    .map(look => ({ look, lost: lostBy(then, now, look) }))
    .filter(({ lost }) => lost > 0)
    .sort((a, b) => b.lost - a.lost)
    .slice(0, 4)
    .map(({ look }) => look)
  return losing.length > 0 ? [...new Set([...losing, ...chance.some(looks, 2, 2)])] : []
}
const mostCompared = 40

function lostBy(then: World, now: World, look: Look): number {
  const kept = tokensIn(now, look)
  return [...tokensIn(then, look)].filter(token => !kept.has(token)).length
}

/** Every canary that these people are shown, whatever they ask for. */
const shownTo = (
  proof: Proof,
  looks: readonly Look[],
  through?: Parameters<Proof['askingAs']>[2],
): Promise<ReadonlySet<string>[]> =>
  atOnce(looks, async look => {
    // At the door, as it would be found out there.
    const isStaff = proof.world.region.agencies.some(({ agencyId }) => agencyId === look.agencyId)
    if (isStaff && !(await proof.hub.holdsPost(look))) return new Set()
    const face = proof.faceOf(look)
    return canariesIn(await proof.askingAs(look, face, through).ask({ text: everythingOf(proof.schemas.get(face)!) }))
  })
