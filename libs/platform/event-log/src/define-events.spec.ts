import { defineEvents, fields, v1 } from './index.js'

const { id, code, day, int, text, note, list, optional, personal, published, record, oneOf } = fields

const definitionOf = (properties: Parameters<typeof v1>[0]) =>
  defineEvents('thing', { Happened: v1(properties) }).definitions.get('Happened')!

describe('what may be declared', () => {
  test('R-0.3 free text in the clear is refused, wherever it stands', () => {
    const declared: Parameters<typeof v1>[0][] = [
      { words: text },
      { words: optional(text) },
      { words: list(text) },
      { deep: record({ words: list(record({ words: text })) }) },
    ]
    for (const properties of declared) expect(() => definitionOf(properties)).toThrow('R-0.3')
  })
  test('R-0.3 ids, codes, days, numbers and choices are clear; text is personal or published', () => {
    const { personal: paths, categories } = definitionOf({
      id,
      code,
      day,
      int,
      sex: oneOf(['a', 'b']),
      title: published(text),
      name: personal('C1', text),
      parts: list(record({ words: personal('C3', text) })),
    })
    expect(paths[0]).toEqual([
      { category: 'C1', path: ['name'] },
      { category: 'C3', path: ['parts', '*', 'words'] },
    ])
    expect(categories).toEqual(['C1', 'C3'])
  })
  test('R-0.5 long text outside notes (C13) is refused, inside lists and records too', () => {
    expect(() => definitionOf({ words: personal('C3', note) })).toThrow('R-0.5')
    expect(() => definitionOf({ words: personal('C9', list(note)) })).toThrow('R-0.5')
    expect(() => definitionOf({ words: personal('C9', record({ words: note })) })).toThrow('R-0.5')
    expect(definitionOf({ words: personal('C13', note) }).categories).toEqual(['C13'])
  })
  test('R-0.5 free text over 500 characters is refused, and the fault does not repeat it', () => {
    const happened = definitionOf({ words: personal('C3', text) })
    expect(happened.faults({ words: 'a'.repeat(500) })).toEqual([])
    const [fault] = happened.faults({ words: 'secret'.repeat(100) })
    expect(fault).toMatchObject({ field: 'words', rule: 'maxLength' })
    expect(JSON.stringify(fault)).not.toContain('secret')
  })
  test('a stream category with a dash would split in the wrong place', () => {
    expect(() => defineEvents('case-file', {})).toThrow('camelCase')
  })
})

describe('what a payload may be', () => {
  const happened = definitionOf({ thingId: id, on: optional(day) })
  test('what is missing, of another shape, or not declared is a fault that names where', () => {
    expect(happened.faults({})).toMatchObject([{ field: 'thingId', rule: 'required' }])
    expect(happened.faults({ thingId: 'Ann Example' })).toMatchObject([{ field: 'thingId', rule: 'pattern' }])
    expect(happened.faults({ thingId: 't', on: '2026-13-01' })).toMatchObject([{ field: 'on', rule: 'pattern' }])
    expect(happened.faults({ thingId: 't', more: 1 })).not.toEqual([])
    const deep = definitionOf({ parts: list(record({ on: day })) })
    expect(deep.faults({ parts: [{ on: '2026-01-01' }, {}] })).toMatchObject([{ field: 'parts.1.on', rule: 'required' }])
  })
  test('what is declared is none', () => {
    expect(happened.faults({ thingId: 't' })).toEqual([])
    expect(happened.faults({ thingId: 't', on: '2026-12-31' })).toEqual([])
  })
})

describe('versions', () => {
  test('each version keeps its schema and its personal paths; the newest is the one that is written', () => {
    const { definitions } = defineEvents('thing', {
      Named: v1({ name: personal('C1', text) }).next(
        { given: personal('C1', text), family: personal('C1', text) },
        ({ name }) => ({ given: name, family: name }),
      ),
    })
    const named = definitions.get('Named')!
    expect(named).toMatchObject({ version: 2, streamCategory: 'thing' })
    expect(named.personal.map(paths => paths.map(p => p.path.join('/')))).toEqual([['name'], ['given', 'family']])
    expect(named.faults({ name: 'x' })).not.toEqual([])
    expect(named.upcasts).toHaveLength(1)
  })
})
