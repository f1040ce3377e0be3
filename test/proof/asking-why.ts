import type { Chance } from '@passerelle/connector'
import { categories, decide, learnerAgencyId, type Role, rolesOf, roleTerms, type Sector } from '@passerelle/sharing'
import { factsOf } from '@passerelle/testing/sharing'
import type { GraphQLSchema } from 'graphql'
import type { WrittenDocument } from './documents.js'
import type { Proof } from './proof.js'
import type { Look } from './truth.js'
import { selected } from './what-was-told.js'

const name = 'Why'
/** Asked for nothing but an explanation, or what an answer would change. */
export const isWhy = ({ text }: WrittenDocument): boolean => text.startsWith(`query ${name}(`)
export const asksWhy = ({ text }: WrittenDocument): boolean => /\b(?:explainAccess|whatIf)\b/.test(text)

/** Kinds of documents that nobody asks of rows of now. */
export const kinds = {
  explanation: (document: WrittenDocument) => isWhy(document) && /explainAccess/.test(document.text) && !document.variables['at'],
  pastExplanation: (document: WrittenDocument) => isWhy(document) && document.variables['at'] !== undefined,
  whatIf: (document: WrittenDocument) => isWhy(document) && /whatIf/.test(document.text),
  past: ({ text }: WrittenDocument) => text.includes('asOf'),
} as const
export type Kind = keyof typeof kinds

/** Who may ask on this face why somebody sees what they see: whom the matrix gives the access record (C14) of somebody, in full. */
export function whoMayAsk(proof: Proof, face: string, most: number, chance: Chance): Look[] {
  const { world } = proof
  const facts = factsOf(world)
  const may = proof
    .looksOf(face, chance)
    .filter(
      look =>
        !look.emergency &&
        ((look.role === 'dataProtectionOfficer' && face === 'authority') ||
          look.role === 'guardian' ||
          world.learners.some(
            ({ learnerId }) => decide(facts, look, look.purpose, world.now, learnerId, 'C14').ownLevel === 'full',
          )),
    )
  // Of learners the eldest: who may decide for themself may ask what if.
  const births = new Map(world.learners.map(({ learnerId, birthDate = '9999' }) => [learnerId, birthDate]))
  const eldest = (a: Look, b: Look) => (births.get(a.userId)! < births.get(b.userId)! ? a : b)
  const byRole = [...Map.groupBy(may, ({ role }) => role)].map(([role, of]) =>
    role === 'learner' ? of.reduce(eldest) : chance.pick(of),
  )
  const least = Math.min(most, byRole.length)
  return least === 0 || face === 'learner' ? byRole : chance.some(byRole, least, least)
}

/**
 * Explanations of each role in turn, of now and of then, and where the face has it what an answer to a consent would change: all that is told of each.
 */
export function whyDocuments(proof: Proof, face: string, look: Look, count: number, chance: Chance): WrittenDocument[] {
  const schema = proof.schemas.get(face)!
  const recipients = recipientsFor(proof, look, chance)
  const explaining = look.role === 'guardian' ? 0 : count
  const trying = 'whatIf' in schema.getQueryType()!.getFields() ? count : 0
  return [
    ...Array.from({ length: explaining }, (_, i) =>
      explainAccess(proof, schema, look, recipients[i % recipients.length]!, chance),
    ),
    ...Array.from({ length: trying }, () => whatIf(proof, schema, look, chance)),
  ]
}

interface Recipient {
  readonly agencyId: string
  readonly role: Role
}

/** Whom an explanation may be about: of an agency itself, for the others anybody. */
function recipientsFor({ world }: Proof, look: Look, chance: Chance): Recipient[] {
  const isOfAll = look.agencyId === learnerAgencyId || look.role === 'dataProtectionOfficer'
  const recipients = world.region.agencies
    .filter(({ agencyId }) => isOfAll || agencyId === look.agencyId)
    .flatMap(({ agencyId, sector }) => practitionersOf(sector).map(role => ({ agencyId, role })))
  return chance.some(recipients, recipients.length, recipients.length)
}

function explainAccess(
  proof: Proof,
  schema: GraphQLSchema,
  look: Look,
  { agencyId, role }: Recipient,
  chance: Chance,
): WrittenDocument {
  const variables = {
    learnerId: chance.pick(look.agencyId === learnerAgencyId ? proof.ownLearners(look) : proof.story.learnerIds),
    ...{ agencyId, role, purpose: chance.pick(roleTerms[role].purposes) },
    ...(chance.yes(50) && { at: chance.pick(proof.pastInstants) }),
  }
  const field = schema.getQueryType()!.getFields()['explainAccess']!
  return {
    text: `query ${name}($learnerId: ID!, $agencyId: ID, $role: Role!, $purpose: Purpose!, $at: DateTime) {
      ${selected(field, '(learnerId: $learnerId, agencyId: $agencyId, role: $role, purpose: $purpose, at: $at)')} }`,
    variables,
  }
}

function whatIf(proof: Proof, schema: GraphQLSchema, look: Look, chance: Chance): WrittenDocument {
  const consents = proof.world.rows['consents']!.filter(
    ({ values: { learnerId, status } }) => status === 'given' && proof.ownLearners(look).includes(learnerId as string),
  )
  const agency = chance.pick(proof.world.region.agencies)
  const role = chance.pick(practitionersOf(agency.sector))
  const asked =
    consents.length > 0 && chance.yes(50)
      ? { consentId: chance.pick(consents).values['consentId'] }
      : {
          recipientAgencyId: agency.agencyId,
          purpose: chance.pick(roleTerms[role].purposes),
          ...(chance.yes(30) && { recipientRole: role }),
        }
  const input = {
    answer: 'consentId' in asked ? chance.pick(['give', 'refuse', 'withdraw', 'withdraw', 'withdraw']) : 'give',
    categories: chance.some(categories, 4, 18),
    ...asked,
  }
  return {
    text: `query ${name}($input: WhatIfInput!) { ${selected(schema.getQueryType()!.getFields()['whatIf']!, '(input: $input)')} }`,
    variables: { input },
  }
}

const practitionersOf = (sector: Sector) => rolesOf(sector).filter(role => roleTerms[role].practitioner)
