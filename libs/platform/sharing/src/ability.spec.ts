import { createMongoAbility, subject } from '@casl/ability'
import { permittedFieldsOf, rulesToAST } from '@casl/ability/extra'
import { worldViews } from '@passerelle/testing/sharing'
import { mostRules, policyFields, type PolicyRow, ReadAbility, type ReadableView, type Rule, rulesFor } from './ability.js'
import { matrix } from './matrix.js'
import { roleTerms } from './roles.js'
import { categories, roles } from './vocabulary.js'

const closed = Object.fromEntries(
  Object.entries(policyFields).map(([name, type]) => [name, type === 'bool' ? name.startsWith('denied') : 0]),
) as unknown as PolicyRow
const plans = worldViews[0]!
const level3 = { levelC3: { gte: 1 } }
const rule = (more: Partial<Rule>): Rule => ({
  action: 'read',
  subject: 'plans',
  fields: ['status'],
  conditions: level3,
  ...more,
})
const refused = (...rules: Rule[]) => expect(() => new ReadAbility(rules, 'plans'))
/** CASL as it comes. */
const casl = (...rules: object[]) => createMongoAbility(rules as never) as any
const allow = { action: 'read', subject: 'plans' }

describe('the seven traps of CASL 7, each open as it comes and closed here', () => {
  test('1: or in a rule that forbids is not registered and never matches', () => {
    expect(
      casl(allow, { ...allow, inverted: true, conditions: { $or: [{ a: 1 }] } }).can('read', subject('plans', { a: 1 })),
    ).toBe(true)
    refused(rule({ inverted: true, conditions: { or: [level3] } })).toThrow('without conditions')
  })
  test('2: an unknown operator or a misspelt field in a rule that forbids never matches', () => {
    for (const conditions of [{ a: { $is: 1 } }, { aa: 1 }])
      expect(casl(allow, { ...allow, inverted: true, conditions }).can('read', subject('plans', { a: 1 }))).toBe(true)
    refused(rule({ conditions: { levelC3: { is: 1 } } })).toThrow('no operator')
    refused(rule({ conditions: { levelC33: { gte: 1 } } })).toThrow('no field')
  })
  test('3: a condition on undefined matches every row that lacks the field', () => {
    expect(casl({ ...allow, conditions: { agency: undefined } }).can('read', subject('plans', { a: 1 }))).toBe(true)
    refused(rule({ conditions: { levelC3: { gte: undefined } } })).toThrow('whole number')
    refused(rule({ conditions: { levelC3: undefined } })).toThrow('operator')
    const { levelC3: _, ...lacking } = closed
    expect(() => new ReadAbility([rule({})], 'plans').may(lacking as PolicyRow, 'status')).toThrow('does not tell')
  })
  test('4: permittedFieldsOf gives fields that a wildcard forbids', () => {
    const ability = casl({ ...allow, fields: ['status', 'goal.text'] }, { ...allow, inverted: true, fields: ['goal.*'] })
    expect(permittedFieldsOf(ability, 'read', 'plans', { fieldsFrom: (r: any) => r.fields })).toContain('goal.text')
    refused(rule({ fields: ['goal*'] })).toThrow('wildcards')
  })
  test('5: forbidding a field leaves what is below it', () => {
    expect(
      casl({ ...allow, fields: ['goal', 'goal.text'] }, { ...allow, inverted: true, fields: ['goal'] }).can(
        'read',
        'plans',
        'goal.text',
      ),
    ).toBe(true)
    refused(rule({ fields: ['goal.text'] })).toThrow('paths')
  })
  test('6: rulesToAST leaves out which fields a rule is about; ways are found for each column', () => {
    const ability = casl({ ...allow, fields: ['status'], conditions: { a: 1 } })
    expect(rulesToAST(ability, 'read', 'plans' as never)).not.toBeNull()
    expect(new ReadAbility([rule({})], 'plans').waysTo('goals')).toEqual([])
  })
  test('7: the name of a type, or an object of an unnamed type, skips the conditions', () => {
    expect(casl({ ...allow, conditions: { a: 1 } }).can('read', 'plans')).toBe(true)
    expect(() => new ReadAbility([rule({})], 'plans').may('plans' as never, 'status')).toThrow('Only a row')
    expect(new ReadAbility([rule({})], 'plans').may(closed, 'status')).toBe(false)
  })
})

test('a rule without columns or without a condition is refused', () => {
  refused(rule({ fields: [] })).toThrow('names its columns')
  refused(rule({ conditions: undefined })).toThrow('says when')
  refused(rule({ conditions: {} })).toThrow('says something')
})

test('where all levels are none nobody sees any column, and a null level is none', () => {
  const unknown = Object.fromEntries(Object.keys(policyFields).map(name => [name, null])) as unknown as PolicyRow
  for (const role of roles)
    for (const view of worldViews) {
      const ability = new ReadAbility(rulesFor(role, roleTerms[role].purposes[0]!, view), view.name)
      for (const column of [...Object.keys(view.columns), 'version', 'updatedAt', 'nothingOfTheKind'])
        expect([ability.may(closed, column), ability.may(unknown, column)]).toEqual([false, false])
    }
})

test('a purpose that the role may not choose has no rules', () => {
  expect(rulesFor('teacher', 'healthCare', plans)).toEqual([])
})

test('what the matrix never gives is forbidden last and without conditions, whatever a row says', () => {
  const everything = { ...worldViews[2]! }
  const open = Object.fromEntries(
    Object.entries(policyFields).map(([name, type]) => [name, type === 'int' ? 3 : !name.startsWith('denied')]),
  ) as unknown as PolicyRow
  for (const role of roles) {
    const rules = rulesFor(role, roleTerms[role].purposes[0]!, everything)
    const never = categories.some(category => !matrix[category][role].all && !matrix[category][role].own)
    expect(rules.filter(r => r.inverted).map(r => rules.indexOf(r))).toEqual(never ? [rules.length - 1] : [])
    // A rule too many, as if somebody had slipped it in.
    const tampered = [rule({ subject: 'everything', fields: ['c16Full'] }), ...rules]
    const may = new ReadAbility(tampered, 'everything').may(open, 'c16Full')
    if (!matrix.C16[role].all) expect(may).toBe(false)
  }
})

test('a view that needs more rules than can be overseen is refused', () => {
  const columns = Object.fromEntries(
    categories.flatMap(category =>
      (['existence', 'summary', 'full'] as const).map(from => [
        `${category.toLowerCase()}${from}`,
        { ...plans.columns['status']!, category, from },
      ]),
    ),
  )
  expect(() => rulesFor('learner', 'ownRecord', { ...plans, columns } as ReadableView)).toThrow(`${mostRules} is the most`)
})
