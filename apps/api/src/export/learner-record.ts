import type { OpenHub } from '@passerelle/hub'
import type { Caller } from '@passerelle/http'
import type { View } from '@passerelle/projections'
import { type Category, type Column, heldLevels, learnerAgencyId } from '@passerelle/sharing'
import { columnEverHeld } from '../ever.js'
import type { Reads } from '../reads.js'
import { agencyNamesOf, type Looked, looksAt } from '../who-looked.js'
import { type Holder, holdersOf } from './holders.js'
import { idsIn, thirdPartiesIn } from './third-parties.js'

/** `access`: all that is held (GDPR 15). `portability`: what the learner gave, to take along (GDPR 20). */
export type RecordScope = 'access' | 'portability'

/** Everything held about one learner, as they may have it: the shape of the machine-readable export, version 1. */
export interface LearnerRecord {
  readonly format: 'passerelle-learner-record'
  readonly version: 1
  readonly scope: RecordScope
  readonly learnerId: string
  readonly madeAt: string
  readonly madeFor: string
  /** Categories that were forgotten: what stood there reads `[erased]`. */
  readonly erased: readonly Category[]
  readonly records: readonly RecordSection[]
  /** Which agencies may hold something of the learner now, and the most that each may. */
  readonly whoHoldsWhat: readonly Holder[]
  /** What happened, by whom and on what basis: of everything that is shown above. */
  readonly history: readonly Happened[]
  /** Who looked, as the learner may know of it. */
  readonly disclosures: readonly Look[]
  readonly notIncluded: string
}
export type Look = Omit<Looked, 'userId' | 'requestId'>
export interface RecordSection {
  readonly view: string
  readonly description: string
  readonly fields: Readonly<Record<string, string>>
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}
export interface Happened {
  readonly eventId: string
  readonly about: string
  readonly what: string
  readonly occurredAt: string
  readonly recordedAt: string
  readonly agencyId: string
  readonly role: string
  readonly purpose: string
  readonly legalBasis: string
}

/** Said always and in the same words, so that it tells nobody that there is something. */
const notIncluded =
  'Left out are other people’s data, staff by name, and what a law or court keeps back for the time being. You may complain to the data protection authority.'

/** Reads it through the caller’s own {@link Reads}: what they could not read on the face is not in it. */
export async function learnerRecord(
  hub: OpenHub,
  reads: Reads,
  caller: Caller,
  learnerId: string,
  scope: RecordScope,
): Promise<LearnerRecord | undefined> {
  const [erasedRow] = await hub.db.query<{ erased: Category[] }>('select erased from hub.learner_facts where learner_id = $1', [
    learnerId,
  ])
  const erased = erasedRow?.erased ?? []
  const sections = new Map<View, Record<string, unknown>[]>()
  for (const view of hub.views)
    if (view.subject) {
      const rows = await rowsOf(reads, caller, view, learnerId)
      if (rows.length > 0) sections.set(view, rows)
    }
  if (sections.size === 0) return undefined
  const streams = await eventsOf(hub, learnerId, sections, await heldOn(reads, caller, learnerId))
  const provided = new Set(
    [...streams].flatMap(([id, events]) => (events.some(({ agencyId }) => agencyId === learnerAgencyId) ? [id] : [])),
  )
  const isIn = (view: View, row: Record<string, unknown>) =>
    scope === 'access' || view.name === 'learners' || streamsOf(view, row).some(stream => provided.has(stream))
  const named = idsIn([...sections.values()])
  const whoHoldsWhat = await holdersOf(hub, caller, learnerId, agencyId => named.has(agencyId))
  const own = [...sections.values()].flatMap(rows => rows.flatMap(({ givenName, familyName }) => [givenName, familyName]))
  const without = await thirdPartiesIn(hub.db, [...sections.values()], {
    learnerId,
    agencyIds: whoHoldsWhat.map(({ agencyId }) => agencyId),
    own: own.filter(name => typeof name === 'string'),
  })
  return {
    format: 'passerelle-learner-record',
    version: 1,
    scope,
    learnerId,
    madeAt: hub.now().toISOString(),
    madeFor: caller.role,
    erased,
    records: [...sections].flatMap(([view, rows]): RecordSection[] => {
      const included = rows.filter(row => isIn(view, row)).map(row => toldOf(view, without(row), erased))
      const { name, description } = view
      return included.length > 0 ? [{ view: name, description, fields: fieldsOf(view), rows: included }] : []
    }),
    whoHoldsWhat: scope === 'access' ? whoHoldsWhat : [],
    history: [...streams.values()].flat().filter(({ about }) => scope === 'access' || provided.has(about)),
    disclosures: scope === 'access' && caller.role === 'learner' ? await disclosuresOf(hub, reads, caller, learnerId) : [],
    notIncluded,
  }
}

async function rowsOf(reads: Reads, { role }: Caller, view: View, learnerId: string): Promise<Record<string, unknown>[]> {
  const mayEver = columnEverHeld([role])
  const columns = Object.entries(view.columns as Record<string, Column>).flatMap(([name, column]) =>
    mayEver(column) ? [name] : [],
  )
  if (!view.keys.every(key => columns.includes(key))) return []
  const rows: Record<string, unknown>[] = []
  for (let after: string | undefined; ;) {
    const page = await reads.page(view, { columns, learnerIds: [learnerId], first: 100, ...(after && { after }) })
    rows.push(...page.rows.map(({ values }) => ({ ...values })))
    if (!page.hasNextPage) return rows
    after = page.cursorOf(page.rows.at(-1)!)
  }
}

/** Categories of which the caller may see anything of this learner now. */
async function heldOn(reads: Reads, { role }: Caller, learnerId: string): Promise<ReadonlySet<Category>> {
  const permission = await reads.permissionOn(learnerId)
  if (!permission) return new Set()
  const { levels, ownLevels } = heldLevels(role, permission)
  return new Set(Object.keys({ ...levels, ...ownLevels }) as Category[])
}

const toldOf = (view: View, row: Record<string, unknown>, erased: readonly Category[]) =>
  Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) => {
      const { category, key, from } = (view.columns as Record<string, Column>)[name]!
      if (value !== null) return [[name, value]]
      return erased.includes(category) && !key && from !== 'existence' ? [[name, '[erased]']] : []
    }),
  )
const fieldsOf = (view: View) =>
  Object.fromEntries(
    Object.entries(view.columns as Record<string, Column>).flatMap(([name, { description }]) =>
      description ? [[name, description]] : [],
    ),
  )

/** Streams in which a row that is shown may have been recorded. */
const streamsOf = (view: View, row: Record<string, unknown>): string[] => {
  const kinds = new Set([...view.definitions.values()].map(({ streamCategory }) => streamCategory))
  const ids = Object.entries(view.columns as Record<string, Column>).flatMap(([name, { type }]) =>
    type === 'id' && typeof row[name] === 'string' ? [row[name]] : [],
  )
  return [...kinds].flatMap(kind => ids.map(id => `${kind}-${id}`))
}

/**
 * What happened in the streams of the rows that are shown, and in no others, without what carries a category that the reader does not hold: what is
 * kept back leaves no trace here either.
 */
async function eventsOf(
  hub: OpenHub,
  learnerId: string,
  sections: ReadonlyMap<View, readonly Record<string, unknown>[]>,
  held: ReadonlySet<Category>,
): Promise<ReadonlyMap<string, readonly Happened[]>> {
  const shown = new Set([...sections].flatMap(([view, rows]) => rows.flatMap(row => streamsOf(view, row))))
  const known = await hub.db.query<{ stream_id: string }>('select stream_id from hub.streams where person_id = $1 order by 1', [
    learnerId,
  ])
  const streams = new Map<string, Happened[]>()
  for (const { stream_id: about } of known)
    if (shown.has(about))
      streams.set(
        about,
        (await hub.log.readStream(about))
          .filter(event => event.categories.every(category => held.has(category)))
          .map(event => ({
            eventId: event.eventId,
            about,
            what: words(event.type),
            occurredAt: event.occurredAt,
            recordedAt: event.recordedAt,
            agencyId: event.controllerAgencyId,
            role: event.actor.role,
            purpose: event.purpose,
            legalBasis: [event.legalBasis.kind, event.legalBasis.statute].filter(Boolean).join(', '),
          })),
      )
  return streams
}

async function disclosuresOf(hub: OpenHub, reads: Reads, caller: Caller, learnerId: string): Promise<Look[]> {
  const asking = { caller, reads, disclosures: hub.disclosures, agencyNames: agencyNamesOf(hub.db), now: hub.now }
  const all: Look[] = []
  for (let before: string | undefined; ;) {
    const page = await looksAt(asking, learnerId, 100, before)
    for (const { userId: _, requestId: _r, ...look } of page) all.push(look)
    if (page.length < 100) return all
    before = page.at(-1)!.id
  }
}

/** `PlanActivated` → `plan activated` */
const words = (type: string) => type.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
