import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  buildSchema,
  getNamedType,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'
import { root } from '../schemas/contexts.js'

/** The doors as they are committed: what a person's application has to work with. */
const folder = join(root, 'schemas/graphql')
const faces = new Map(
  readdirSync(folder)
    .filter(file => file.endsWith('.graphql'))
    .map(file => [file.replace('.graphql', ''), buildSchema(readFileSync(join(folder, file), 'utf8'))]),
)
const learner = faces.get('learner')!

const inputOf = (schema: GraphQLSchema, mutation: string): GraphQLInputObjectType => {
  const { args } = schema.getMutationType()!.getFields()[mutation]!
  expect(args).toHaveLength(1)
  return getNamedType(args[0]!.type) as GraphQLInputObjectType
}
const required = (input: GraphQLInputObjectType) =>
  Object.values(input.getFields())
    .filter(({ type }) => isNonNullType(type))
    .map(({ name }) => name)
    .sort()
/** Everything that a learner or guardian may answer about consent. */
const answers = Object.keys(learner.getMutationType()!.getFields()).filter(name => /Consent/.test(name))

test('R-C.2 to withdraw, as to refuse, takes one mutation as giving does, and no field that giving does not take', () => {
  expect(answers.sort()).toEqual(['giveConsent', 'issueConsentReceipt', 'refuseConsent', 'renewConsent', 'withdrawConsent'])
  const giving = required(inputOf(learner, 'giveConsent'))
  expect(giving).toEqual(['categories', 'consentId', 'method', 'version'])
  for (const no of ['withdrawConsent', 'refuseConsent']) {
    const taken = required(inputOf(learner, no))
    expect([no, taken]).toEqual([no, ['consentId', 'version']])
    expect(taken.length).toBeLessThanOrEqual(giving.length)
    expect(taken.filter(field => !giving.includes(field))).toEqual([])
  }
})
test('R-C.4 to say yes, or yes again, every category has to be named, and no door fills anything in', () => {
  for (const yes of ['giveConsent', 'renewConsent']) expect(required(inputOf(learner, yes))).toContain('categories')
  let seen = 0
  for (const [face, schema] of faces)
    for (const type of Object.values(schema.getTypeMap()))
      if (isInputObjectType(type) && /Consent\w*Input$/.test(type.name))
        for (const { name, defaultValue } of Object.values(type.getFields())) {
          seen++
          expect([face, type.name, name, defaultValue]).toEqual([face, type.name, name, undefined])
        }
  expect(seen).toBeGreaterThan(40)
})
test('R-C.1 wherever consent is asked for, it is for one learner, one recipient and one purpose: there are no bundles', () => {
  const asking = [...faces].filter(([, schema]) => schema.getMutationType()?.getFields()['requestConsent'])
  expect(asking.map(([face]) => face).sort()).toEqual(['authority', 'education', 'employment', 'health', 'social'])
  for (const [face, schema] of asking) {
    const fields = inputOf(schema, 'requestConsent').getFields()
    for (const one of ['consentId', 'learnerId', 'recipientAgencyId', 'purpose']) {
      const { type } = fields[one]!
      expect([face, one, isNonNullType(type) && isListType(type.ofType)]).toEqual([face, one, false])
    }
    expect([face, String(fields['categories']!.type)]).toEqual([face, '[Category!]!'])
  }
})
