import { Compile } from 'typebox/compile'
import type { DomainEvent, EventDefinition } from '@passerelle/event-log'
import { aboutLearners } from '@passerelle/views'
import { loadContexts, root } from './contexts.js'
import { driftOf, filesUnder, lastRelease, read } from './drift.js'
import { type Called, calledFor, folder } from './event-files.js'
import { calledForFaces, faceFolder } from './face-files.js'

const contexts = await loadContexts()
const committed = read(root)
const samples = filesUnder(root, folder).filter(path => path.includes('/samples/'))

interface Sample {
  readonly path: string
  readonly definition: EventDefinition
  readonly version: number
  readonly data: unknown
}
const sampleAt = (path: string): Sample => {
  const [, context, type, version] = /events\/([^/]+)\/samples\/(\w+)\.v(\d+)\.json$/.exec(path)!
  const definition = contexts
    .find(({ name }) => name === context)
    ?.events.flatMap(({ definitions }) => [...definitions.values()])
    .find(each => each.type === type)
  if (!definition) throw new Error(`${path}: no context knows ${type} any more. Bring the event type back: what was stored is read for ever.`)
  return { path, definition, version: Number(version), data: JSON.parse(committed(path)!) }
}
const upcast = ({ definition, version, data }: Sample): unknown =>
  definition.upcasts.slice(version - 1).reduce<unknown>((old, next) => next(old as never), data)

describe('what was ever stored', () => {
  test('there is a sample of each version of each event type', () => {
    const versions = contexts.flatMap(({ name, events }) =>
      events.flatMap(({ definitions }) =>
        [...definitions.values()].flatMap(({ type, schemas }) => schemas.map((_, i) => `${folder}/${name}/samples/${type}.v${i + 1}.json`)),
      ),
    )
    expect(samples.toSorted()).toEqual(versions.toSorted())
  })
  test.each(samples.map(path => [path]))('%s is what its schema says, and reads as the newest version', path => {
    const sample = sampleAt(path)
    const schema = JSON.parse(committed(path.replace('/samples', ''))!)
    expect(Compile(schema).Check(sample.data)).toBe(true)
    expect(sample.definition.faults(upcast(sample))).toEqual([])
  })
  const deciders = contexts.flatMap(({ name, deciders }) => deciders.map(decider => ({ name, decider })))
  test.each(deciders.map(({ name, decider }) => [name, decider.events.streamCategory, decider] as const))(
    '%s: streams %s of old events are folded',
    (name, category, { events, initial, evolve, subject }) => {
      const told = samples
        .filter(path => path.startsWith(`${folder}/${name}/`))
        .map(sampleAt)
        .filter(({ definition }) => definition.streamCategory === category)
      const order = [...events.definitions.keys()]
      const stream = told
        .sort((a, b) => order.indexOf(a.definition.type) - order.indexOf(b.definition.type) || a.version - b.version)
        .map((sample, i): DomainEvent & { eventId: string } => ({ type: sample.definition.type, data: upcast(sample), eventId: `e-${i}` }))
      const state = stream.reduce((s, event) => evolve(s, event), initial)
      expect(state).not.toEqual(initial)
      const personal = told.some(({ definition }) => definition.categories.length > 0)
      if (personal) expect(subject(state)).toEqual(expect.any(String))
    },
  )
  test('each kind of stream has exactly one decider', () => {
    const categories = contexts.flatMap(({ events }) => events.map(({ streamCategory }) => streamCategory))
    expect(deciders.map(({ decider }) => decider.events.streamCategory).toSorted()).toEqual(categories.toSorted())
  })
  test('an event type has one name in the whole hub', () => {
    const types = contexts.flatMap(({ events }) => events.flatMap(({ definitions }) => [...definitions.keys()]))
    expect(types.filter((type, i) => types.indexOf(type) !== i)).toEqual([])
  })
})

describe('drift', () => {
  const called: Called[] = [
    { path: 'e/A.v1.json', text: 'schema', kind: 'schema' },
    { path: 'e/samples/A.v1.json', text: 'sample', kind: 'sample' },
    { path: 'README.md', text: 'table', kind: 'readme' },
  ]
  const files = { 'e/A.v1.json': 'schema', 'e/samples/A.v1.json': 'sample', 'README.md': 'table' }
  const at = (of: Record<string, string>) => (path: string) => of[path]
  const check = (what: Partial<{ called: Called[]; there: Record<string, string>; shipped: Record<string, string>; kept: string[] }>) =>
    driftOf(
      what.called ?? called,
      at(what.there ?? files),
      at(what.shipped ?? files),
      what.kept ?? Object.keys(what.there ?? files).filter(path => path.startsWith('e/')),
    )
  const changed = (path: string, text: string) => called.map(each => (each.path === path ? { ...each, text } : each))

  test('a shipped schema that would change is broken, whatever stands in the folder', () => {
    const { broken } = check({ called: changed('e/A.v1.json', 'other'), there: { ...files, 'e/A.v1.json': 'other' } })
    expect(broken).toEqual(['e/A.v1.json was shipped and would change. Add the next version and an upcast instead.'])
  })
  test('a shipped schema or sample that somebody edited is broken', () => {
    for (const path of ['e/A.v1.json', 'e/samples/A.v1.json'])
      expect(check({ there: { ...files, [path]: 'edited' } }).broken).toEqual([`${path} was shipped and has been changed. Restore it.`])
  })
  test('an event type that was shipped and is no more is broken', () => {
    expect(check({ called: called.slice(2) }).broken).toHaveLength(2)
  })
  test('a shipped sample stays as it was first written', () => {
    expect(check({ called: changed('e/samples/A.v1.json', 'made otherwise today') })).toEqual({ stale: [], broken: [] })
  })
  test('what was never shipped is written anew, or goes', () => {
    expect(check({ called: changed('e/A.v1.json', 'other'), shipped: {} })).toEqual({ stale: ['e/A.v1.json'], broken: [] })
    expect(check({ called: called.slice(2), shipped: {} })).toEqual({ stale: ['e/A.v1.json', 'e/samples/A.v1.json'], broken: [] })
  })
  test('another version is an extension', () => {
    const more: Called = { path: 'e/A.v2.json', text: 'schema 2', kind: 'schema' }
    expect(check({ called: [...called, more] })).toEqual({ stale: ['e/A.v2.json'], broken: [] })
  })
  test('a table in a README that the code does not say is stale', () => {
    expect(check({ there: { ...files, 'README.md': 'by hand' } })).toEqual({ stale: ['README.md'], broken: [] })
  })
  test('nothing here has drifted', async () => {
    const all = [...calledFor(contexts), ...(await calledForFaces())]
    const kept = [...filesUnder(root, folder), ...filesUnder(root, faceFolder)]
    expect(driftOf(all, committed, lastRelease(root), kept)).toEqual({ stale: [], broken: [] })
  })
})

test('every kind of stream that begins with a learner tells who has something of theirs, but for those that record nothing of them', () => {
  const begins = contexts
    .flatMap(({ events }) => events)
    .filter(({ definitions }) => {
      const first: EventDefinition = definitions.values().next().value!
      return 'learnerId' in first.schemas.at(-1)!.properties
    })
  // What waits for what, who is asked to delete, and which two may be one.
  const ofNothing = ['forgetting', 'recall', 'linkCase']
  const told = aboutLearners.map(({ streamCategory }) => streamCategory)
  expect([...told, ...ofNothing].sort()).toEqual(begins.map(({ streamCategory }) => streamCategory).sort())
})
