import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { agency, register } from '@passerelle/agency'
import { openHub } from '@passerelle/hub'
import { type DevIdentityProvider, fetchDevToken, startDevIdentityProvider } from '@passerelle/http'
import { type FreshStores, freshStores } from '@passerelle/testing'
import { type AppProcess, startApp } from './app-process.fixture.js'
import { until as eventually } from './story-hub.fixture.js'

/** A school's register with one learner, one teacher and the class that joins them. */
const register1 = {
  'orgs.csv': 'sourcedId,name,type,parentSourcedId\nS,School,school,\n',
  'users.csv':
    'sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms\n1,ann@x.example,Ann,One,,,,,\n2,ben@x.example,Ben,Two,,,,,\n',
  'roles.csv':
    'userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate\n1,S,student,,10,TRUE,2025-09-01,\n2,S,teacher,,,TRUE,2025-09-01,\n',
  'classes.csv': 'sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId\nC,S,Biology,,\n',
  'enrollments.csv': 'classSourcedId,userSourcedId,role\nC,1,student\nC,2,teacher\n',
}

const agencyId = `school-${randomBytes(4).toString('hex')}`
const running: AppProcess[] = []
let folder: string
let stores: FreshStores
let identity: DevIdentityProvider
let environment: NodeJS.ProcessEnv

/** Three processes share what there is: they take their time. */
const until = <T>(what: string, look: () => Promise<T | undefined | false | null>) => eventually(what, look, 90)

/** Starts it, and ends it after the last test at the latest. */
async function start(name: 'api' | 'worker' | 'connector'): Promise<AppProcess> {
  const started = await startApp(name, environment)
  running.push(started)
  return started
}

async function deliver(files: Readonly<Record<string, string>>): Promise<void> {
  const draft = await mkdtemp(join(folder, 'draft-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(draft, name), text)
  await cp(draft, join(folder, 'inbox', agencyId, 'sds', `delivery-${randomBytes(4).toString('hex')}`), { recursive: true })
}

/** The names of the learners whom the teacher of the register sees; empty where they see nothing. */
async function learnersSeenBy(url: string, token: string): Promise<string[]> {
  const answer = await fetch(`${url}/education/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ learners(first: 10) { nodes { givenName familyName } } }' }),
  })
  const { data } = (await answer.json()) as { data?: { learners: { nodes: { givenName: string; familyName: string }[] } } }
  return (data?.learners.nodes ?? []).map(({ givenName, familyName }) => `${givenName} ${familyName}`).sort()
}

beforeAll(async () => {
  stores = await freshStores()
  const { databaseUrl, secretsFile } = stores.config
  folder = stores.config.dataFolder
  const person = { alias: 'ben', subject: 'ben@x.example', label: 'Ben Two', roleLabel: 'teacher' }
  identity = await startDevIdentityProvider({ people: [person], folder, port: 0 })
  environment = {
    ...process.env,
    NODE_OPTIONS: '',
    DATABASE_URL: databaseUrl,
    EVENTSTORE_URL: '',
    PASSERELLE_SECRETS_FILE: secretsFile,
    PASSERELLE_INBOX: join(folder, 'inbox'),
    OIDC_ISSUER: identity.issuer,
    PORT: '0',
  }
  const settings = join(folder, 'inbox', agencyId, 'sds')
  await mkdir(settings, { recursive: true })
  await writeFile(join(settings, 'feed.json'), JSON.stringify({ staffIssuer: identity.issuer }))

  const hub = await openHub(stores.config)
  const at = new Date().toISOString()
  await hub.store.handle(
    agency,
    agencyId,
    {
      actor: { userId: 'founder', agencyId, role: 'system' },
      controllerAgencyId: agencyId,
      purpose: 'administration',
      legalBasis: { kind: 'publicTask', statute: 'GDPR 6(1)(e)' },
      occurredAt: at,
      correlationId: 'founding',
      causationId: 'founding',
      language: 'en',
    },
    state => register(state, { agencyId, name: 'School', sector: 'education', region: 'ZZ11' }),
  )
  await hub.close()
})

afterAll(async () => {
  for (const each of running) await each.end('SIGKILL')
  await identity?.close()
  await stores?.remove()
})

test('three processes on PostgreSQL: a register is delivered, read by its teacher, and goes on being read when the worker was killed', async () => {
  const [api, worker, connector] = await Promise.all([start('api'), start('worker'), start('connector')])
  const token = await fetchDevToken({ folder, person: 'ben' })
  expect(await learnersSeenBy(api.url, token)).toEqual([])

  await deliver(register1)
  expect(
    await until('the teacher sees the learner', async () => {
      const seen = await learnersSeenBy(api.url, token)
      return seen.length > 0 && seen
    }),
  ).toEqual(['Ann One'])
  const inbox = join(folder, 'inbox', agencyId, 'sds')
  const report = await until('the delivery is gone and its report stays', async () => {
    const left = (await readdir(inbox)).filter(name => name !== 'feed.json')
    return left.length === 1 && left[0]!.endsWith('.report.txt') && (await readFile(join(inbox, left[0]!), 'utf8'))
  })
  expect(report).toContain('Totals reconcile')
  for (const { url } of [api, worker, connector])
    await until(`${url} is ready`, async () => (await fetch(`${url}/health/ready`)).status === 200)
  expect(await (await fetch(`${worker.url}/metrics`)).text()).toMatch(/passerelle_view_age_seconds\{view="learners"\} \d/)

  expect(await worker.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
  await deliver({ ...register1, 'users.csv': register1['users.csv'].replace('Ann,One', 'Ann,Three') })
  const another = await start('worker')
  expect(
    await until('the teacher sees the new name', async () => {
      const seen = await learnersSeenBy(api.url, token)
      return seen[0] !== 'Ann One' && seen
    }),
  ).toEqual(['Ann Three'])

  for (const each of [api, connector, another]) expect(await each.end('SIGTERM')).toEqual({ code: 0, signal: null })
}, 300_000)
