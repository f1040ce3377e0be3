import { memoryFolder, type Reading } from '../reading/index.js'
import { all, options, records } from '../reading/reading.fixture.js'
import { type FhirOptions, readFhir } from './fhir.reader.js'

const patient = (id: string, more: object = {}) => ({
  resourceType: 'Patient',
  id,
  name: [{ family: 'Doe', given: [id] }],
  ...more,
})
const bundle = (type: string, entry: object[]) => JSON.stringify({ resourceType: 'Bundle', type, entry })
const read = (files: Record<string, unknown>, more: Partial<FhirOptions> = {}) =>
  all(
    readFhir(
      memoryFolder(
        Object.fromEntries(
          Object.entries(files).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
        ),
      ),
      {
        ...options,
        feedingAgency: 'health',
        now: '2026-11-24T00:00:00.000Z',
        ...more,
      },
    ),
  )
const rejected = (readings: Reading[]) =>
  readings.flatMap(r => (r.kind === 'rejected' ? [`${r.place.file}${r.place.pointer} ${r.code}`] : []))
const left = (readings: Reading[]) => readings.flatMap(r => (r.kind === 'notTaken' ? [r.entity] : []))

describe('FHIR R4', () => {
  test('takes a name in use, a whole or partial birth date, and identifiers; not what is old', async () => {
    const [one] = records(
      await read({
        'p.json': patient('1', {
          name: [
            { use: 'old', family: 'Old' },
            { use: 'usual', family: 'Usual' },
            { use: 'official', family: 'Doe', given: ['Ann', 'Bea'] },
          ],
          birthDate: '2009-02',
          gender: 'female',
          identifier: [{ system: 's', value: '1' }, { use: 'old', system: 's', value: '0' }, { value: 'no system' }],
          telecom: [
            { system: 'email', value: 'a@x.eu' },
            { system: 'phone', use: 'old', value: '1' },
          ],
          address: [{ line: ['1 Street'], postalCode: '1000', city: 'Town', country: 'FR' }],
        }),
      }),
    )
    expect(one!.value).toEqual({
      givenName: 'Ann Bea',
      familyName: 'Doe',
      birthDate: '2009-02',
      sex: 'female',
      identifiers: [{ system: 's', value: '1' }],
      email: 'a@x.eu',
      address: '1 Street, 1000 Town, FR',
    })
  })

  test.each([
    ['2030-12-31', 'Until'],
    ['2027', 'Until'],
    ['2026', 'Until'],
    ['2026-11-24', 'Until'],
    ['2026-11-24T10:00:00+02:00', 'Until'],
    ['2026-11-23', 'Other'],
    ['2025', 'Other'],
    ['2026-11-24T01:00:00+02:00', 'Other'],
  ])('a name until %s is in use as long as that is not past', async (end, familyName) => {
    const name = [
      { use: 'official', family: 'Until', period: { end } },
      { use: 'usual', family: 'Other' },
    ]
    const readings = await read({
      'x.json': [patient('1', { name }), { resourceType: 'RelatedPerson', id: '2', name, patient: { reference: 'Patient/1' } }],
    })
    expect(records(readings).map(r => r.value)).toMatchObject([{ familyName }, { name: familyName }])
  })

  test('race, ethnicity, narrative and photographs stay outside: not in a record, a hash or a rejection', async () => {
    const hashed: string[] = []
    const us = {
      extension: [{ url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race', valueString: 'CANARY' }],
      text: { status: 'generated', div: '<div>CANARY</div>' },
      photo: [{ data: 'CANARY' }],
    }
    const readings = await read(
      {
        'a.json': bundle('collection', [
          { resource: patient('1', us) },
          { resource: patient('2', { ...us, gender: 'CANARY2' }) },
          {
            resource: {
              resourceType: 'Observation',
              id: 'o',
              status: 'final',
              code: { coding: [{ system: 'http://loinc.org', code: '72826-1' }] },
              category: [{ coding: [{ code: 'survey' }] }],
              subject: { reference: 'Patient/1' },
              valueString: 'CANARY',
            },
          },
          {
            resource: {
              resourceType: 'Observation',
              id: 'prapare',
              status: 'final',
              code: { text: 'PRAPARE' },
              category: [{ coding: [{ code: 'survey' }] }],
              subject: { reference: 'Patient/1' },
              component: [
                { code: { coding: [{ code: '32624-9' }] }, valueString: 'CANARY' },
                { code: { text: 'housing' }, valueString: 'yes' },
              ],
            },
          },
          {
            resource: {
              resourceType: 'QuestionnaireResponse',
              id: 'q',
              status: 'completed',
              subject: { reference: 'Patient/1' },
              item: [
                { linkId: '/32624-9', answer: [{ valueString: 'CANARY' }] },
                { linkId: 'race', answer: [{ valueString: 'CANARY' }] },
                { linkId: '1', answer: [{ valueInteger: 3 }] },
              ],
            },
          },
        ]),
      },
      { digest: content => (hashed.push(content), options.digest(content)) },
    )
    expect(rejected(readings)).toEqual(['a.json/entry/1/resource/gender VALUE.NOT_IN_LIST'])
    expect(records(readings, 'QuestionnaireResponse')[0]!.value).toMatchObject({ answers: ['1 = 3'] })
    expect(records(readings, 'Observation')[0]!.value).toMatchObject({ answers: ['housing = yes'] })
    const [raw] = readings.filter(r => r.kind === 'rejected')
    expect(JSON.stringify([{ ...readings, [readings.indexOf(raw!)]: 0 }, hashed])).not.toContain('CANARY"')
    expect(JSON.stringify(raw)).not.toMatch(/CANARY[^2]/)
  })

  test('resolves urns within their bundle, relative and absolute references, conditions and identifiers', async () => {
    const guardian = (id: string, reference: object) => ({
      resource: { resourceType: 'RelatedPerson', id, name: [{ text: 'G' }], patient: reference },
    })
    const readings = await read({
      'b.json': bundle('transaction', [
        guardian('1', { reference: 'urn:uuid:0' }),
        guardian('2', { reference: 'Patient/p/_history/3' }),
        guardian('3', { reference: 'https://x.eu/fhir/Patient/p' }),
        guardian('4', { reference: 'Patient?identifier=s%7C7' }),
        guardian('5', { identifier: { system: 's', value: '7' } }),
        guardian('6', { reference: 'urn:uuid:9' }),
        guardian('7', { reference: 'Patient/none' }),
        {
          fullUrl: 'urn:uuid:0',
          resource: patient('p', { identifier: [{ system: 's', value: '7' }] }),
          request: { method: 'POST', url: 'Patient' },
        },
      ]),
      // The same urn in another bundle is somebody else.
      'c.json': bundle('transaction', [
        { fullUrl: 'urn:uuid:0', resource: patient('q') },
        guardian('8', { reference: 'urn:uuid:0' }),
      ]),
    })
    expect(records(readings, 'RelatedPerson').map(r => (r.value as { patient: string }).patient)).toEqual([
      ...Array(5).fill('Patient/p'),
      'Patient/q',
    ])
    expect(rejected(readings)).toEqual([
      'b.json/entry/5/resource/patient REFERENCE.UNKNOWN',
      'b.json/entry/6/resource REFERENCE.UNKNOWN',
    ])
  })

  describe('the same id on two servers is two resources (R4 2.36.4.1)', () => {
    const guardian = (id: string, reference: string) => ({
      resourceType: 'RelatedPerson',
      id,
      name: [{ text: 'G' }],
      patient: { reference },
    })
    const on = (server: string, resource: { resourceType: string; id: string }) => ({
      fullUrl: `https://${server}.example/fhir/${resource.resourceType}/${resource.id}`,
      resource,
    })
    const lines = (...resources: object[]) => resources.map(each => JSON.stringify(each)).join('\n')
    const taken = (readings: Reading[]) => records(readings, 'RelatedPerson').map(r => r.externalId.slice(14))

    test('a reference to another server than the one that the resource stands on is unknown', async () => {
      const readings = await read({
        'a.json': bundle('collection', [
          on('a', patient('p')),
          on('a', guardian('1', 'https://a.example/fhir/Patient/p')),
          on('a', guardian('2', 'https://a.example/fhir/Patient/p/_history/2')),
          on('a', guardian('3', 'https://b.example/fhir/Patient/p')),
        ]),
        // A relative reference is of the server that its own entry is of, in whatever file.
        'b.json': bundle('collection', [on('a', guardian('4', 'Patient/p')), on('b', guardian('5', 'Patient/p'))]),
        'c.ndjson': lines(guardian('6', 'Patient/p'), guardian('7', 'https://b.example/fhir/Patient/p')),
      })
      expect(taken(readings)).toEqual(['1', '2', '4', '6'])
      expect(rejected(readings).map(each => each.split(' ')[1])).toEqual(Array(3).fill('REFERENCE.UNKNOWN'))
    })

    test('without full URLs, the one server that absolute references name is the one that sends; of several nobody can tell', async () => {
      const home = guardian('1', 'https://a.example/fhir/Patient/p')
      expect(taken(await read({ 'x.ndjson': lines(patient('p'), home, guardian('2', 'Patient/p')) }))).toEqual(['1', '2'])
      const several = lines(patient('p'), home, guardian('2', 'https://b.example/fhir/Patient/p'), guardian('3', 'Patient/p'))
      expect(taken(await read({ 'x.ndjson': several }))).toEqual(['3'])
      // A plan and its goals stand on one server.
      const plan = {
        resourceType: 'CarePlan',
        id: 'k',
        status: 'active',
        intent: 'plan',
        subject: { reference: 'Patient/p' },
        goal: [{ reference: 'https://b.example/fhir/Goal/g' }],
      }
      expect(taken(await read({ 'x.ndjson': `${several}\n${JSON.stringify(plan)}` }))).toEqual(['2', '3'])
      // The request that a task fulfils may come from anywhere.
      const task = {
        resourceType: 'Task',
        id: 't',
        status: 'accepted',
        intent: 'order',
        focus: { reference: 'https://b.example/fhir/ServiceRequest/s' },
      }
      expect(taken(await read({ 'x.ndjson': lines(patient('p'), home, task) }))).toEqual(['1'])
    })

    test('what an earlier feed brought is known by the server that it had it from', async () => {
      const files = {
        'x.json': bundle('collection', [
          on('a', guardian('1', 'Patient/p')),
          on('b', guardian('2', 'Patient/p')),
          on('a', guardian('3', 'https://b.example/fhir/Patient/p')),
        ]),
      }
      const digestOfA = options.digest('https://a.example/fhir')
      const known = () => true
      expect(taken(await read(files, { known, stoodOn: async (_type, _name, server) => server === digestOfA }))).toEqual(['1'])
    })

    test('an organisation on another server is not the one that the partner names so', async () => {
      const request = (reference: string) => ({
        resourceType: 'ServiceRequest',
        id: 's',
        status: 'active',
        intent: 'order',
        subject: { reference: 'Patient/p' },
        performer: [{ reference }],
      })
      const agencyOf = (name: string) => (name === 'Organization/o' ? 'social' : undefined)
      const of = async (reference: string) =>
        records(
          await read({ 'x.json': bundle('collection', [on('a', patient('p')), on('a', request(reference))]) }, { agencyOf }),
          'ServiceRequest',
        ).length
      expect(await of('https://a.example/fhir/Organization/o')).toBe(1)
      expect(await of('https://b.example/fhir/Organization/o')).toBe(0)
    })
  })

  test('a goal belongs to the plan that refers to it, however it does; without one, to that of an earlier feed', async () => {
    const subject = { reference: 'Patient/p' }
    const plan = (id: string, ...goals: string[]) => ({
      resourceType: 'CarePlan',
      id,
      status: 'active',
      intent: 'plan',
      subject,
      goal: goals.map(reference => ({ reference })),
    })
    const goal = (id: string) => ({ resourceType: 'Goal', id, lifecycleStatus: 'active', description: { text: id }, subject })
    const on = (server: string, resource: { resourceType: string; id: string }) => ({
      fullUrl: `https://${server}.example/fhir/${resource.resourceType}/${resource.id}`,
      resource,
    })
    const plansOf = (readings: Reading[]) =>
      Object.fromEntries(records(readings, 'Goal').map(r => [r.externalId, (r.value as { plan?: string }).plan]))
    const bulk = await read({
      'x.json': [
        patient('p'),
        plan('k', 'Goal/1', 'https://a.example/fhir/Goal/2', 'Goal/3/_history/1', 'https://a.example/fhir/Goal/4/_history/1'),
        ...['1', '2', '3', '4', '5'].map(goal),
      ],
    })
    expect(plansOf(bulk)).toEqual(Object.fromEntries(['1', '2', '3', '4'].map(id => [`Goal/${id}`, 'CarePlan/k'])))
    expect(left(bulk)).toEqual(['Goal'])
    const bundles = await read({
      'a.json': bundle('collection', [
        on('a', patient('p')),
        on('a', plan('k', 'Goal/1', 'https://b.example/fhir/Goal/2', 'urn:uuid:3')),
        on('a', goal('1')),
        on('a', goal('2')),
        { fullUrl: 'urn:uuid:3', resource: { ...goal('3'), id: undefined } },
      ]),
    })
    expect(plansOf(bundles)).toEqual({ 'Goal/1': 'CarePlan/k', 'Goal/urn:uuid:3': 'CarePlan/k' })
    const later = await read({ 'x.json': [patient('p'), goal('1'), goal('2')] }, { known: (_type, name) => name === 'Goal/1' })
    expect(plansOf(later)).toEqual({ 'Goal/1': undefined })
    expect(left(later)).toEqual(['Goal'])
  })

  test('a reference may point to what an earlier feed brought', async () => {
    const files = {
      'r.json': { resourceType: 'RelatedPerson', id: '1', name: [{ text: 'G' }], patient: { reference: 'Patient/before' } },
    }
    expect(records(await read(files, { known: (type, name) => `${type} ${name}` === 'Patient Patient/before' }))).toHaveLength(1)
    expect(rejected(await read(files))).toEqual(['r.json/ REFERENCE.UNKNOWN'])
  })

  test('names a resource by its PUT, its id, its identifier or its urn; without any it is quarantined', async () => {
    const { id: _, ...nameless } = patient('x')
    const readings = await read({
      'b.json': bundle('batch', [
        { resource: nameless, request: { method: 'PUT', url: 'Patient/put' } },
        { resource: patient('own') },
        { resource: { ...nameless, identifier: [{ system: 's', value: '1' }] } },
        { fullUrl: 'urn:uuid:1', resource: { ...nameless, gender: 'male' } },
        { resource: nameless },
        { resource: patient('y'), request: { method: 'PUT', url: 'Organization/y' } },
      ]),
    })
    expect(records(readings).map(r => r.externalId)).toEqual([
      'Patient/put',
      'Patient/own',
      'Patient?identifier=s|1',
      'Patient/urn:uuid:1',
    ])
    expect(rejected(readings)).toEqual(['b.json/entry/4/resource FHIR.NO_IDENTITY', 'b.json/entry/5/resource FHIR.NO_IDENTITY'])
  })

  test.each([
    ['modifierExtension', patient('1', { modifierExtension: [{ url: 'x' }] }), '/modifierExtension FHIR.MODIFIER'],
    [
      'a nested modifierExtension',
      patient('1', { name: [{ family: 'X', modifierExtension: [{ url: 'x' }] }] }),
      '/name/0/modifierExtension FHIR.MODIFIER',
    ],
    ['implicitRules', patient('1', { implicitRules: 'urn:x' }), '/implicitRules FHIR.MODIFIER'],
    ['an unknown code', patient('1', { gender: 'f' }), '/gender VALUE.NOT_IN_LIST'],
    ['a day that there is not', patient('1', { birthDate: '2009-02-30' }), '/birthDate VALUE.NO_SUCH_DAY'],
    ['no name', { resourceType: 'Patient', id: '1' }, '/name VALUE.MISSING'],
    ['a malformed id', patient('a b'), '/id VALUE.MALFORMED'],
    [
      'a missing element',
      { resourceType: 'Goal', id: '1', lifecycleStatus: 'active', subject: { reference: 'Patient/1' } },
      '/description VALUE.MISSING',
    ],
    ['a very restricted label', patient('1', { meta: { security: [{ code: 'V' }] } }), '/meta/security LABEL.VERY_RESTRICTED'],
  ])('quarantines a resource with %s, by JSON pointer', async (_, resource, expected) => {
    expect(rejected(await read({ 'x.json': resource }))).toEqual([`x.json${expected}`])
  })

  test('counts what it has no purpose for by type, and takes no animal and nobody who was replaced', async () => {
    const readings = await read({
      'x.ndjson': [
        { resourceType: 'MedicationRequest', id: '1' },
        { resourceType: 'Organization', id: '1' },
        patient('old', { link: [{ other: { reference: 'Patient/new' }, type: 'replaced-by' }] }),
        patient('cat', { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-animal' }] }),
        { resourceType: 'RelatedPerson', id: 'r', name: [{ text: 'Owner' }], patient: { reference: 'Patient/cat' } },
        {
          resourceType: 'Observation',
          id: 'bp',
          status: 'final',
          code: { text: 'blood pressure' },
          category: [{ coding: [{ code: 'vital-signs' }] }],
          subject: { reference: 'Patient/1' },
        },
      ]
        .map(each => JSON.stringify(each))
        .join('\n'),
    })
    expect(left(readings).sort()).toEqual([
      'MedicationRequest',
      'Observation',
      'Organization',
      'Patient',
      'Patient',
      'RelatedPerson',
    ])
    expect(readings).toHaveLength(6)
  })

  test('a patient who has died is no more, and what is about them is not taken', async () => {
    const readings = await read({
      'x.ndjson': [
        patient('dead', { deceasedBoolean: true }),
        { resourceType: 'RelatedPerson', id: 'r', name: [{ text: 'G' }], patient: { reference: 'Patient/dead' } },
        patient('alive', { deceasedBoolean: false }),
      ]
        .map(each => JSON.stringify(each))
        .join('\n'),
    })
    expect(records(readings).map(({ externalId, ended }) => [externalId, ended])).toEqual([
      ['Patient/dead', true],
      ['Patient/alive', undefined],
    ])
    expect(left(readings)).toEqual(['RelatedPerson'])
  })

  test('a bundle within a bundle is quarantined, not lost', async () => {
    const inner = { resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient('1') }] }
    expect(rejected(await read({ 'b.json': bundle('collection', [{ resource: inner }, { resource: patient('2') }]) }))).toEqual([
      'b.json/entry/0/resource BUNDLE.NESTED',
    ])
  })

  test('an identifier that two bear names neither, and says so', async () => {
    const identifier = [{ system: 's', value: '1' }]
    const about = (how: object) => ({ resourceType: 'RelatedPerson', id: 'r', name: [{ text: 'G' }], patient: how })
    const twins = [patient('1', { identifier }), patient('2', { identifier })]
    for (const how of [{ identifier: identifier[0] }, { reference: 'Patient?identifier=s%7C1' }])
      expect(
        rejected(
          await read({
            'b.json': bundle(
              'collection',
              [...twins, about(how)].map(resource => ({ resource })),
            ),
          }),
        ),
      ).toEqual(['b.json/entry/2/resource/patient REFERENCE.AMBIGUOUS'])
    const task = {
      resourceType: 'Task',
      id: 't',
      status: 'accepted',
      intent: 'order',
      focus: { identifier: identifier[0], type: 'ServiceRequest' },
    }
    const request = (id: string) => ({
      resourceType: 'ServiceRequest',
      id,
      identifier,
      status: 'active',
      intent: 'order',
      subject: { reference: 'Patient/1' },
      performer: [{ reference: 'HealthcareService/h' }],
    })
    const requests = [patient('1'), request('1'), request('2'), task].map(resource => ({ resource }))
    expect(rejected(await read({ 'b.json': bundle('collection', requests) }, { serviceOf: () => 'h' }))).toEqual([
      'b.json/entry/3/resource/focus REFERENCE.AMBIGUOUS',
    ])
  })

  test.each([
    ['order', undefined],
    ['original-order', undefined],
    ['filler-order', 'It was made of another order; that one is the referral.'],
    ['proposal', 'A proposal, a plan or an option is no referral yet.'],
  ])('of a service request with the intent %s', async (intent, why) => {
    const request = { resourceType: 'ServiceRequest', id: 's', status: 'active', intent, subject: { reference: 'Patient/1' } }
    const readings = await read({
      'b.json': bundle(
        'collection',
        [patient('1'), request].map(resource => ({ resource })),
      ),
    })
    expect(readings.flatMap(r => (r.kind === 'notTaken' ? [r.why] : []))).toEqual(why === undefined ? [] : [why])
    expect(rejected(readings)).toHaveLength(why === undefined ? 1 : 0)
  })

  test('tells the line of NDJSON, the first one too', async () => {
    const line = JSON.stringify(patient('1', { gender: 'f' }))
    const rows = async (name: string) => (await read({ [name]: `${line}\n${line.replace('"1"', '"2"')}` })).map(r => r.place.row)
    expect(await rows('x.ndjson')).toEqual([1, 2])
    expect(await rows('x.JSONL')).toEqual([1, 2])
    expect(await rows('x.json')).toEqual([undefined, 2])
  })

  test('reads the same resource once; two that differ under one id are both quarantined', async () => {
    const readings = await read({
      'a.json': patient('1'),
      'b.json': patient('1', { meta: { lastUpdated: '2026-01-01T00:00:00Z' } }),
      'c.json': patient('2'),
      'd.json': patient('2', { gender: 'male' }),
    })
    expect(records(readings).map(r => r.externalId)).toEqual(['Patient/1'])
    expect(readings.filter(r => r.kind === 'repeated')).toHaveLength(1)
    expect(rejected(readings)).toEqual(['c.json/id DUPLICATE.DIFFERS', 'd.json/id DUPLICATE.DIFFERS'])
  })

  test('of a file that ends within a value, or whose brackets are broken, the rest is not known; a broken line is one row', async () => {
    const whole = bundle('collection', [{ resource: patient('1') }, { resource: patient('2') }, { resource: patient('3') }])
    const lines = ['1', '2', '3'].map(id => JSON.stringify(patient(id)))
    const unread = async (name: string, text: string) =>
      (await read({ [name]: text })).flatMap(r => (r.kind === 'rejected' ? [`${r.code}${r.unread ? ' unread' : ''}`] : []))
    expect(await unread('within an entry.json', whole.slice(0, -20))).toEqual(['JSON.BROKEN unread'])
    expect(await unread('between entries.json', whole.slice(0, whole.indexOf('{"resource"', 60)))).toEqual(['JSON.BROKEN unread'])
    expect(await unread('resource.json', lines[0]!.slice(0, -5))).toEqual(['JSON.BROKEN unread'])
    expect(await unread('brackets.json', whole.replace('}}', '}]'))).toEqual(['JSON.BROKEN unread'])
    expect(await unread('last line.ndjson', lines.join('\n').slice(0, -5))).toEqual(['JSON.BROKEN unread'])
    expect(await unread('document.json', bundle('document', [{ resource: patient('1') }]))).toEqual(['BUNDLE.TYPE unread'])
    const nested = { resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient('1') }] }
    expect(await unread('nested.json', bundle('collection', [{ resource: nested }]))).toEqual(['BUNDLE.NESTED unread'])
    expect(await unread('line.ndjson', [lines[0]!.slice(0, -5), lines[1]].join('\n'))).toEqual(['JSON.BROKEN'])
    expect(await unread('entry.json', whole.replace('"Doe"', ''))).toEqual(['JSON.BROKEN'])
  })

  test('reads transaction, batch, collection and searchset bundles; of others it says so; deletions need a person', async () => {
    const readings = await read({
      'history.json': bundle('history', [{ resource: patient('1') }]),
      'search.json': bundle('searchset', [
        { resource: patient('2') },
        { resource: { resourceType: 'OperationOutcome' }, search: { mode: 'outcome' } },
      ]),
      'batch.json': bundle('batch', [
        { request: { method: 'DELETE', url: 'Patient/2' } },
        { request: { method: 'GET', url: 'Patient/2' } },
      ]),
      'list.json': {
        resourceType: 'List',
        id: 'l',
        status: 'current',
        mode: 'working',
        entry: [{ item: { reference: 'Patient/2' } }],
      },
      'empty.json': { resourceType: 'Bundle', type: 'collection' },
    })
    expect(rejected(readings)).toEqual(['history.json/type BUNDLE.TYPE', 'batch.json/entry/0/request/method REQUEST.METHOD'])
    expect(left(readings).sort()).toEqual(['List', 'request', 'response'])
    expect(records(readings).map(r => r.externalId)).toEqual(['Patient/2'])
  })

  test('a referral goes to one registered agency or service; a task follows its request', async () => {
    const request = (id: string, performer: object[] | undefined, more: object = {}) => ({
      resourceType: 'ServiceRequest',
      id,
      status: 'active',
      intent: 'order',
      subject: { reference: 'Patient/1' },
      performer,
      code: { coding: [{ code: 'HOUSING' }] },
      ...more,
    })
    const task = (id: string, focus: object, more: object = {}) => ({
      resourceType: 'Task',
      id,
      status: 'accepted',
      intent: 'order',
      focus,
      ...more,
    })
    const readings = await read(
      {
        'x.json': [
          patient('1'),
          request('a', [{ reference: 'Organization/s' }]),
          request('b', undefined),
          request('c', [{ reference: 'Organization/s' }, { reference: 'Organization/t' }]),
          request('d', [{ reference: 'Organization/s' }], { intent: 'plan' }),
          request('e', [{ reference: 'Organization/s' }], { doNotPerform: true }),
          task('t', { reference: 'ServiceRequest/a' }, { owner: { reference: 'Organization/s' } }),
          task('u', { reference: 'ServiceRequest/b' }),
          task('v', { reference: 'Claim/1' }),
        ],
      },
      { agencyOf: name => ({ 'Organization/s': 'social', 'Organization/t': 'other' })[name] },
    )
    expect(records(readings, 'ServiceRequest').map(r => r.value)).toEqual([
      { patient: 'Patient/1', status: 'active', urgency: 'routine', reasonCode: 'HOUSING', agency: 'social' },
    ])
    expect(records(readings, 'Task').map(r => r.value)).toEqual([
      { request: 'ServiceRequest/a', status: 'accepted', owner: 'social' },
    ])
    expect(rejected(readings)).toEqual([
      'x.json/2/performer REFERRAL.NO_RECIPIENT',
      'x.json/3/performer REFERRAL.TWO_RECIPIENTS',
      'x.json/7/focus REFERENCE.QUARANTINED',
    ])
    expect(left(readings)).toEqual(['ServiceRequest', 'ServiceRequest', 'Task'])
    const identifier = { system: 'urn:orders', value: '1' }
    const { id: _, ...nameless } = request('f', [{ reference: 'Organization/s' }])
    const otherwise = await read(
      {
        'x.json': bundle('collection', [
          { resource: patient('1') },
          { fullUrl: 'urn:oid:1.2.3', resource: nameless },
          { resource: request('g', [{ reference: 'Organization/s' }], { identifier: [identifier] }) },
          { resource: task('t', { reference: 'urn:oid:1.2.3' }) },
          { resource: task('u', { identifier }) },
          { resource: task('v', { type: 'ServiceRequest', identifier }) },
          { resource: task('w', { type: 'Claim', identifier }) },
          { resource: task('x', { identifier: { system: 'urn:orders', value: '2' } }) },
          { resource: task('y', { display: 'Something' }) },
          { resource: task('z', { type: 'ServiceRequest', identifier: { system: 'urn:orders', value: '2' } }) },
        ]),
      },
      { agencyOf: name => ({ 'Organization/s': 'social' })[name] },
    )
    expect(records(otherwise, 'Task').map(r => [r.externalId, (r.value as { request: string }).request])).toEqual([
      ['Task/t', 'ServiceRequest/urn:oid:1.2.3'],
      ['Task/u', 'ServiceRequest/g'],
      ['Task/v', 'ServiceRequest/g'],
    ])
    expect(otherwise.flatMap(r => (r.kind === 'notTaken' ? [r.why] : []))).toEqual([
      'It fulfils no service request.',
      'Nothing in this feed says that it fulfils a service request.',
      'It fulfils no service request.',
    ])
    expect(rejected(otherwise)).toEqual(['x.json/entry/9/resource REFERENCE.UNKNOWN'])
  })
})
