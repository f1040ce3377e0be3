import { faces } from '@passerelle/api'
import { Chance } from '@passerelle/connector'
import { views } from '@passerelle/hub'
import { getNamedType, type GraphQLInputObjectType } from 'graphql'
import { type Kind, kinds, whoMayAsk, whyDocuments } from './asking-why.js'
import { documentOf, type WrittenDocument } from './documents.js'
import { inBothWorlds } from './interference.js'
import { mutants } from './mutants.js'
import type { Proof } from './proof.js'
import { add, noTally, type Tally } from './tally.js'
import { type Look, oracleFor } from './truth.js'

/** How many people of each face ask of the past, and of why and what if, and how many documents each. */
export interface LookingBack {
  readonly lookers: number
  readonly looks: number
}

interface Asked {
  readonly face: string
  readonly look: Look
  readonly documents: readonly WrittenDocument[]
}

/** Asks what rows were, why somebody sees what they see or saw, and what an answer would change: in two worlds whose past is as different as their present. */
export async function lookBack(
  proof: Proof,
  size: LookingBack & { readonly mutants: boolean },
  seed: number,
  tally: Tally,
): Promise<void> {
  const asked: Asked[] = []
  for (const { name } of faces) asked.push(...(await askedOf(proof, name, size, seed)))
  for (const { face, look, documents } of asked) await inBothWorlds(proof, face, look, documents, seed, tally)
  for (const { documents } of asked)
    for (const kind of Object.keys(kinds) as Kind[]) add(tally.lookingBack, kind, documents.filter(kinds[kind]).length)
  if (!size.mutants || tally.findings.length > 0) return
  for (const [name, mutant] of Object.entries(mutants))
    if (mutant.betweenWorlds && !tally.mutants[name])
      tally.mutants[name] = await proof.hub.spoiling(mutant, () => isNoticed(proof, name, asked, seed))
}

/** Whether anything that is hidden moves an answer then; what noticed one mutant may notice the next, and is asked first. */
async function isNoticed(proof: Proof, name: string, asked: Asked[], seed: number): Promise<boolean> {
  const mutant = mutants[name]!
  const through = mutant.past && proof.hub.readingBy(mutant)
  const { findings, ...figures } = noTally()
  for (const each of [...asked]) {
    const { face, look, documents } = each
    const some = documents.filter(kinds[mutant.betweenWorlds!])
    const asking = proof.askingAs(look, face, through)
    if (some.length > 0) await inBothWorlds(proof, face, look, some, seed, { ...figures, findings }, asking)
    if (!findings.some(({ kind }) => kind === 'interference')) continue
    asked.unshift(...asked.splice(asked.indexOf(each), 1))
    return true
  }
  return false
}

async function askedOf(proof: Proof, face: string, { lookers, looks }: LookingBack, seed: number): Promise<Asked[]> {
  const chance = Chance.of(seed, `back ${face}`)
  const asked: Asked[] = whoMayAsk(proof, face, lookers, chance).map(look => ({
    ...{ face, look },
    documents: whyDocuments(proof, face, look, looks, chance),
  }))
  for (const look of proof.seeingMost(face, lookers, chance)) {
    const probes = await probesOfThePast(proof, face, look)
    asked.push({
      ...{ face, look },
      documents: [...ofThePast(proof, face, look, looks, chance), ...chance.some(probes, Math.min(looks, probes.length), looks)],
    })
  }
  return asked
}

/** Anything at all, as of some moment. */
function ofThePast(proof: Proof, face: string, look: Look, looks: number, chance: Chance): WrittenDocument[] {
  const guesses = { ...proof.guessesOf(look), lookBack: 100 }
  return Array.from({ length: looks }, () => documentOf(proof.schemas.get(face)!, guesses, chance, chance)).filter(kinds.past)
}

/** Which rows hold this: of each field that is hidden in a row that this person sees, what stood there. */
async function probesOfThePast(proof: Proof, face: string, look: Look): Promise<WrittenDocument[]> {
  const roots = proof.schemas.get(face)!.getQueryType()!.getFields()
  const probes: WrittenDocument[] = []
  for (const asOf of proof.pastInstants) {
    const world = await proof.worldAsOf(asOf)
    const oracle = oracleFor(world, look)
    for (const view of views.filter(({ subject, name }) => subject && roots[name]?.args.some(arg => arg.name === 'asOf'))) {
      const filter = getNamedType(roots[view.name]!.args.find(({ name }) => name === 'where')?.type) as
        GraphQLInputObjectType | undefined
      const filtered = Object.keys(filter?.getFields() ?? {}).filter(name => view.columns[name]?.type === 'text')
      for (const row of world.rows[view.name]!.filter(each =>
        [...view.keys, view.subject!].every(name => oracle.sees(view, each, name)),
      ))
        for (const name of filtered.filter(column => typeof row.values[column] === 'string' && !oracle.sees(view, row, column)))
          probes.push({
            text: `query Q { ${view.name}(first: 20, asOf: "${asOf}", where: { ${view.subject}: { eq: "${row.values[view.subject!]}" }, ${name}: { eq: ${JSON.stringify(row.values[name])} } }) { totalCount nodes { ${view.keys.join(' ')} } } }`,
            variables: {},
          })
    }
  }
  return probes
}
