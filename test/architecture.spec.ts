import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { buildSchema, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { Query, Resolver } from '@nestjs/graphql'
import { contexts, hubDeclaration } from '@passerelle/hub'
import { unmarkedMethods } from '@passerelle/http'
import { allProcesses } from '@passerelle/processes'
import * as check from './architecture/checks.js'
import { pageFaults, settingFaults, settingsOf } from './architecture/pages.js'
import { contextFolders, pages, projects, sources, spoken } from './architecture/workspace.js'
import { loadContexts, root } from './schemas/contexts.js'
import { driftOf, filesUnder, lastRelease, read } from './schemas/drift.js'
import { calledFor, folder } from './schemas/event-files.js'
import { calledForFaces, faceFolder, faceSchemas, resolvers } from './schemas/face-files.js'

/** What lint cannot see. Each check is shown the workspace, in which it must find nothing, and a planted violation, which it must find. */

describe('a context has README, face and specs, and is mounted', () => {
  const mounted = contexts.map(({ name }) => name)
  const whole = { name: 'a', files: ['README.md', 'src/index.ts', 'src/a.module.ts', 'src/a.decider.spec.ts'] }
  test('here', () => expect(check.contextFaults(contextFolders(), mounted)).toEqual([]))
  test.each([
    [{ ...whole, files: whole.files.slice(1) }, ['a'], 'a has no README.md'],
    [{ ...whole, files: ['README.md', 'src/a.module.ts', 'src/a.spec.ts'] }, ['a'], 'a has no src/index.ts'],
    [{ ...whole, files: whole.files.slice(0, 3) }, ['a'], 'a has no specs'],
    [whole, [], 'a is not mounted in apps/hub/src/contexts.ts'],
    [whole, ['a', 'b'], 'b is mounted and has no folder'],
  ])('planted: %j', (planted, names, found) => expect(check.contextFaults([planted], names)).toEqual([found]))
})

describe('event types and views have names of their own', () => {
  const types = async () =>
    (await loadContexts()).flatMap(({ events }) => events.flatMap(({ definitions }) => [...definitions.keys()]))
  test('here: event types', async () => expect(check.repeated(await types())).toEqual([]))
  test('here: views', () => expect(check.repeated(hubDeclaration.plans.map(plan => plan.name))).toEqual([]))
  test('planted', () => expect(check.repeated(['PlanDrafted', 'PlanActivated', 'PlanDrafted'])).toEqual(['PlanDrafted']))
})

describe('schemas, samples, faces and tables in READMEs are what the code says', () => {
  const called = async () => [...calledFor(await loadContexts()), ...(await calledForFaces())]
  const drift = (all: Parameters<typeof driftOf>[0]) =>
    driftOf(all, read(root), lastRelease(root), [...filesUnder(root, folder), ...filesUnder(root, faceFolder)])
  test('here', async () => expect(drift(await called())).toEqual({ stale: [], broken: [] }))
  test('planted: an event type without its schema file, and one whose file says otherwise', async () => {
    const [first, ...others] = await called()
    const planted = { path: `${folder}/plan/PlanInvented.v1.json`, text: '{}\n', kind: 'schema' as const }
    expect(drift([planted, { ...first!, text: '{}\n' }, ...others]).stale).toEqual(
      expect.arrayContaining([planted.path, first!.path]),
    )
  })
})

describe('only the engine writes read models', () => {
  test('here', () =>
    expect(
      check.writesToReadModels(
        sources('apps', 'libs/contexts', 'libs/views', 'libs/processes', 'libs/platform/sharing', 'libs/platform/http'),
      ),
    ).toEqual([]))
  test.each([
    'insert into hub.plans (plan_id) values ($1)',
    'UPDATE "hub"."plans" set status = $1',
    'delete from agency_school_1.plans',
    `db.copyRows('hub.plans', columns, rows)`,
    'create table shared.mine (id text)',
    'update projections.checkpoints set position = $1',
  ])('planted: %s', text => expect(check.writesToReadModels([{ path: 'x.ts', text }])).toHaveLength(1))
  test('reading is not writing', () =>
    expect(check.writesToReadModels([{ path: 'x.ts', text: 'select * from hub.plans where updated_at > $1' }])).toEqual([]))
})

describe('only platform and apps touch drivers', () => {
  test('here', () => expect(check.driverImports(sources('libs/contexts', 'libs/views', 'libs/processes'))).toEqual([]))
  test.each([
    `import { Client } from 'pg'`,
    `const { PGlite } = await import('@electric-sql/pglite')`,
    `import type { X } from '@eventstore/db-client'`,
  ])('planted: %s', text => expect(check.driverImports([{ path: 'x.ts', text }])).toHaveLength(1))
})

describe('every column and every field says what kind of data it is', () => {
  test('here: columns', () => expect(check.uncategorisedColumns(hubDeclaration.plans.map(({ view }) => view))).toEqual([]))
  test('here: fields of every face', async () => {
    for (const schema of (await faceSchemas()).values()) expect(check.uncategorisedFields(schema)).toEqual([])
  })
  test('planted: a column', () =>
    expect(
      check.uncategorisedColumns([
        { name: 'plans', columns: { goal: {}, hope: { category: 'C99' }, status: { category: 'C3' } } },
      ]),
    ).toEqual(['plans.goal has no category', 'plans.hope has no category']))
  test('planted: a field that was added by hand, and one in words of its own', () => {
    const plan = new GraphQLObjectType({
      name: 'Plan',
      fields: { status: { type: GraphQLString, extensions: { category: 'C3' } }, diagnosis: { type: GraphQLString } },
    })
    const schema = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { plan: { type: plan } } }) })
    expect(check.uncategorisedFields(schema)).toEqual(['Plan.diagnosis has no category'])
    expect(check.uncategorisedFields(buildSchema('type Query { a: A } type A { b: [Int!]! version: Int! }'))).toEqual([
      'A.b has no category',
    ])
  })
})

describe('every word of a face is in the glossary', () => {
  test('here', async () => {
    const glossary = read(root)('docs/glossary.md')!
    for (const schema of (await faceSchemas()).values()) expect(check.unexplained(schema, glossary)).toEqual([])
  })
  test('planted', () => {
    const schema = buildSchema(
      'type Query { a: CaseFile, b: OwnNote, c: Mystery } type CaseFile { a: ID } type OwnNote { a: ID } type Mystery { a: ID }',
    )
    expect(check.unexplained(schema, '| case, case file | … |\n| note | … |\n')).toEqual(['mystery is not in the glossary'])
  })
})

describe('every method of a resolver says who may call it', () => {
  test('here', () => {
    expect(resolvers().length).toBeGreaterThanOrEqual(contexts.length)
    for (const resolver of resolvers())
      expect({ resolver: resolver.name, unmarked: unmarkedMethods(resolver) }).toEqual({ resolver: resolver.name, unmarked: [] })
  })
  test('planted', () => {
    @Resolver()
    class Planted {
      @Query(() => String)
      secrets(): string {
        return ''
      }
    }
    expect(unmarkedMethods(Planted)).toEqual(['secrets'])
  })
})

describe('every process is run, under the name of its file', () => {
  const files = sources('libs/processes').flatMap(({ path }) =>
    path.endsWith('.process.ts') ? [basename(path, '.process.ts')] : [],
  )
  test('here', () =>
    expect(
      check.unlisted(
        files,
        allProcesses.map(({ name }) => name),
      ),
    ).toEqual([]))
  test('planted', () =>
    expect(check.unlisted(['expire-consents', 'forgotten-one'], ['expire-consents', 'renamed-one'])).toEqual([
      'forgotten-one is in no list',
      'renamed-one has no file',
    ]))
})

describe('each project has exactly one type', () => {
  test('here', () => expect(check.tagFaults(projects())).toEqual([]))
  test.each([[[]], [['type:app', 'type:view']], [['type:util']], [['scope:x']]])('planted: %j', tags =>
    expect(check.tagFaults([{ path: 'libs/x', tags }])).toHaveLength(1),
  )
})

describe('the map is true: links, files, names and commands of every page', () => {
  test('here', () => {
    expect(pages().map(({ path }) => path)).toEqual(expect.arrayContaining(['README.md', 'docs/tour.md', 'deploy/README.md']))
    expect(pageFaults(pages(), spoken())).toEqual([])
  })
  const textAt = (path: string) =>
    ({ docs: '', 'docs/words.md': '# One word, *one* thing', 'src/a.decider.ts': 'export function draft() {}' })[path]
  const there = { textAt, files: ['src/a.decider.ts'], scripts: ['check'] }
  test.each([
    ['[gone](docs/gone.md)', 'docs/gone.md is not there'],
    ['[gone](../README.md)', '../README.md is not there'],
    ['[words](docs/words.md#two-words)', 'docs/words.md#two-words has no such heading'],
    ['[words](#nowhere)', '#nowhere has no such heading'],
    ['[`drafted`](src/a.decider.ts)', 'drafted does not stand in src/a.decider.ts'],
    ['see `b.decider.spec.ts`', 'b.decider.spec.ts is no file'],
    ['```sh\nnpm run --silent chekc\n```', 'npm run chekc is no script'],
  ])('planted: %s', (text, found) => expect(pageFaults([{ path: 'page.md', text }], there)).toEqual([`page.md: ${found}`]))
  test('what is there is no fault', () => {
    const text =
      '# Here\n[a](docs) [b](docs/words.md#one-word-one-thing) [c](#here) [d](https://example.org) [`draft`](src/a.decider.ts) `a.decider.ts`, npm run check'
    expect(pageFaults([{ path: 'page.md', text }], there)).toEqual([])
  })
})

describe('each project tells what it is', () => {
  test('here', () => {
    const paths = projects().map(({ path }) => path)
    expect(paths.length).toBeGreaterThan(20)
    // The benchmarks are told beside the other tests.
    expect(check.untold(paths, [...spoken().files, 'test/benchmarks/README.md'])).toEqual([])
  })
  test('planted', () => expect(check.untold(['libs/a', 'libs/b'], ['libs/a/README.md'])).toEqual(['libs/b has no README.md']))
})

describe('every setting is told of, and a deployment gives none that means nothing', () => {
  const text = (path: string) => read(root)(path)!
  test('here', () => {
    const settings = settingsOf(
      sources('apps', 'libs/platform/http', 'libs/platform/keyring').filter(({ path }) => !path.includes('/testing/')),
      text('deploy/README.md'),
      text('deploy/compose.yaml'),
    )
    expect(settings.given).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'PASSERELLE_SECRETS_FILE', 'PASSERELLE_INBOX', 'PORT']),
    )
    expect(settingFaults(settings)).toEqual([])
  })
  test('here: each process of the deployment is one that the workspace builds', () => {
    const started = [...text('deploy/compose.yaml').matchAll(/'(apps\/\w+)\/dist\/main\.js'/g)].map(([, app]) => app!)
    expect(started).toEqual(['apps/api', 'apps/worker', 'apps/connector'])
    for (const app of started) expect(spoken().files).toContain(`${app}/src/main.ts`)
  })
  test('planted', () =>
    expect(
      settingFaults(
        settingsOf(
          [{ path: 'x.ts', text: `process.env['NEW_ONE']; url('DATABASE_URL', []); env['PORT']` }],
          '| `DATABASE_URL` | … |\n| `HOST`, `PORT` | … |\n',
          'services:\n  api:\n    environment: { PORT: 1 }\n      DATABSE_URL: x\n  postgres:\n      POSTGRES_USER: y\n',
        ),
      ),
    ).toEqual([
      'NEW_ONE is read and not told of',
      'HOST is told of and read by nothing',
      'DATABSE_URL is given and means nothing',
    ]))
})

describe('lint finds what may not be in decisions, events and contexts', () => {
  // Lint learns from it which project a file is in; without one it would warn into its own answer, and let everything pass.
  beforeAll(async () => {
    const env = { ...process.env, NODE_OPTIONS: '' }
    await promisify(execFile)(process.execPath, ['node_modules/.bin/nx', 'graph', '--file=tmp/graph.json'], { cwd: root, env })
  })

  const impure = [
    `import { randomUUID } from 'node:crypto'`,
    `import { referral } from '@passerelle/referral'`,
    `export const impure = () => [new Date(), Date.now(), Math.random(), randomUUID(), referral]`,
    `export const gap = (event: { type: 'A' } | { type: 'B' }) => { switch (event.type) { case 'A': return 1; default: return 2 } }`,
    `export default impure`,
  ].join('\n')
  const connecting = `import { Client } from 'pg'\nexport const open = () => { new Client().connect() }`
  const planted = { 'libs/contexts/plan/src/plan.decider.ts': impure, 'libs/contexts/plan/src/plans.view.ts': connecting }

  /** What the planted texts break, line and rule, were they these files: by one linter, since most of its time goes into reading all types. */
  let broken: Record<keyof typeof planted, string[]>
  beforeAll(async () => {
    const lint = `
      import { ESLint } from 'eslint'
      const eslint = new ESLint(), broken = {}
      for (const [filePath, text] of Object.entries(JSON.parse(process.argv[1]))) {
        const [{ messages }] = await eslint.lintText(text + '\\n', { filePath })
        broken[filePath] = messages.map(({ line, ruleId }) => line + ' ' + ruleId)
      }
      console.log(JSON.stringify(broken))`
    const node = [process.execPath, ['--input-type=module', '--eval', lint, JSON.stringify(planted)]] as const
    const { stdout } = await promisify(execFile)(...node, { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } })
    broken = JSON.parse(stdout)
  })

  test('planted: a decider that asks the clock, chance, the machine and another context', () =>
    expect(broken['libs/contexts/plan/src/plan.decider.ts']).toEqual(
      expect.arrayContaining([
        '1 no-restricted-imports',
        '2 @nx/enforce-module-boundaries',
        '3 no-restricted-syntax',
        '3 no-restricted-properties',
        '4 @typescript-eslint/switch-exhaustiveness-check',
        '5 no-restricted-syntax',
      ]),
    ))
  test('planted: a view that opens a connection, and a promise that nobody awaits', () =>
    expect(broken['libs/contexts/plan/src/plans.view.ts']).toEqual(
      expect.arrayContaining(['1 no-restricted-imports', '2 @typescript-eslint/no-floating-promises']),
    ))
})
