import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql'
import { NestFactory } from '@nestjs/core'
import { getMetadataStorage } from 'class-validator'
import type { GraphQLInputObjectType, GraphQLSchema } from 'graphql'
import { ConsentResolver, GiveConsentInput, RefuseConsentInput, WithdrawConsentInput } from './consent.resolver.js'

/** Fields that a person has to fill in. */
function required(input: new () => object): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(input, '', false, false)
  const optional = new Set(rules.filter(rule => rule.type === 'conditionalValidation').map(rule => rule.propertyName))
  return [...new Set(rules.map(rule => rule.propertyName))].filter(name => !optional.has(name)).sort()
}

let schema: GraphQLSchema
beforeAll(async () => {
  const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, { logger: false })
  schema = await app.get(GraphQLSchemaFactory).create([ConsentResolver], { skipCheck: true })
  await app.close()
})

describe('what a person fills in', () => {
  test('R-C.2 withdrawing asks for no more than giving, and refusing neither', () => {
    const giving = required(GiveConsentInput)
    expect(giving).toEqual(['categories', 'consentId', 'method', 'version'])
    for (const input of [WithdrawConsentInput, RefuseConsentInput]) {
      expect(required(input)).toEqual(['consentId', 'version'])
      expect(required(input).every(field => giving.includes(field))).toBe(true)
    }
  })
  test('R-C.2 withdrawing is one step, as giving is', () => {
    const mutations = Object.keys(schema.getMutationType()!.getFields())
    expect(mutations.filter(name => /withdraw/i.test(name))).toEqual(['withdrawConsent'])
    expect(mutations.filter(name => /give/i.test(name))).toEqual(['giveConsent'])
  })
  test('R-C.4 nothing is filled in beforehand, in any input about consent', () => {
    const inputs = Object.values(schema.getTypeMap()).filter(type =>
      /Consent\w*Input$/.test(type.name),
    ) as GraphQLInputObjectType[]
    expect(inputs.length).toBeGreaterThanOrEqual(4)
    for (const input of inputs)
      for (const field of Object.values(input.getFields()))
        expect([input.name, field.name, field.defaultValue]).toEqual([input.name, field.name, undefined])
  })
  test('R-C.1 one recipient and one purpose to a question, each category by itself', () => {
    const asked = (schema.getType('RequestConsentInput') as GraphQLInputObjectType).getFields()
    expect(String(asked['recipientAgencyId']!.type)).toBe('ID!')
    expect(String(asked['purpose']!.type)).toBe('Purpose!')
    expect(String(asked['categories']!.type)).toBe('[Category!]!')
  })
})
