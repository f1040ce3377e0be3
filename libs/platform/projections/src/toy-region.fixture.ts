import { defineEvents, type DomainEvent, type EventDefinitions, EventStore, fields, MemoryLog, v1 } from '@passerelle/event-log'
import { MemoryKeyring } from '@passerelle/keyring'
import type { Category, DataPeriod, Entitlement, Levels, PeriodLevels, Sector } from '@passerelle/sharing'
import { column, defineView } from './define-view.js'
import type { EntitlementPolicy } from './entitlement-policy.js'
import { defineHub } from './hub.js'

/** A region small enough to reason about: every kind of column, row, audience and standing that the engine knows, once. */
const { id, code, day, text, list, optional, personal, published, category, sector } = fields

export const agencyEvents = defineEvents('agency', {
  AgencyOpened: v1({ agencyId: id, sector }),
  AgencyShut: v1({}),
})
export const pactEvents = defineEvents('pact', {
  PactSigned: v1({ pactId: id, agencyIds: list(id), category }),
  PactEnded: v1({}),
})
export const pupilEvents = defineEvents('pupil', {
  PupilRegistered: v1({ learnerId: id, agencyId: id, name: personal('C1', text) }),
  PupilRenamed: v1({ name: personal('C1', text) }),
  StandingEnded: v1({ agencyId: id }),
  CategoryKeyDestroyed: v1({ category }),
  PupilRemoved: v1({}),
})
export const planEvents = defineEvents('plan', {
  PlanDrafted: v1({ planId: id, learnerId: id, headline: personal('C3', text), dueOn: day }),
  HeadlineChanged: v1({ headline: personal('C3', text), since: optional(day) }),
  PlanClosed: v1({}),
  PlanPrinted: v1({}),
  GoalAdded: v1({ planId: id, learnerId: id, goalId: id, words: personal('C3', text), tags: list(code) }),
  GoalsDropped: v1({ planId: id, goalIds: list(id) }),
})
export const permitEvents = defineEvents('permit', {
  PermitGiven: v1({
    permitId: id,
    learnerId: id,
    agencyId: id,
    category,
    until: day,
    dataFrom: optional(day),
    dataUntil: optional(day),
  }),
  PermitWithdrawn: v1({ permitId: id }),
})
export const handoverEvents = defineEvents('handover', {
  HandoverSent: v1({ handoverId: id, learnerId: id, targetAgencyId: id }),
  HandoverMoved: v1({ targetAgencyId: id }),
})
export const serviceEvents = defineEvents('service', {
  ServiceListed: v1({ serviceId: id, name: published(text) }),
  ServiceClosed: v1({}),
})
/** Nobody here listens to it. */
export const elsewhereEvents = defineEvents('elsewhere', { SomethingElse: v1({}) })

export const agencies = defineView('agencies', {
  from: [agencyEvents],
  category: 'C1',
  audience: 'authority',
  description: 'Agencies of the region.',
  columns: { agencyId: column('id', { key: true, owner: true }), sector: column<Sector>('code') },
  on: { AgencyOpened: ({ data }) => data, AgencyShut: () => null },
})
export const pacts = defineView('pacts', {
  from: [pactEvents],
  category: 'C1',
  audience: 'ownAgency',
  description: 'Agreements between agencies.',
  columns: { pactId: column('id', { key: true }), agencyIds: column('texts'), category: column('code') },
  on: { PactSigned: ({ data }) => data, PactEnded: () => null },
})
export const services = defineView('services', {
  from: [serviceEvents],
  category: 'C1',
  audience: 'everyone',
  description: 'Services of the region.',
  columns: { serviceId: column('id', { key: true }), name: column('text'), listed: column('bool') },
  on: { ServiceListed: ({ data }) => ({ ...data, listed: true }), ServiceClosed: () => ({ listed: false }) },
})
export const pupils = defineView('pupils', {
  from: [pupilEvents],
  category: 'C1',
  description: 'Who it is.',
  columns: {
    learnerId: column('id', { key: true, subject: true }),
    name: column('text', { from: 'summary' }),
    renamed: column('int'),
  },
  on: {
    PupilRegistered: ({ data }) => ({ ...data, renamed: 0 }),
    PupilRenamed: ({ data }, row) => ({ name: data.name, renamed: (row?.renamed ?? 0) + 1 }),
    PupilRemoved: () => null,
  },
})
export const plans = defineView('plans', {
  from: [planEvents],
  category: 'C3',
  description: 'A plan.',
  columns: {
    planId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    status: column<'draft' | 'closed'>('code', { from: 'existence' }),
    headline: column('text', { from: 'summary' }),
    dueOn: column('day'),
    draftedAt: column('instant'),
    history: column<readonly { readonly at: string; readonly words: string; readonly since?: string }[]>('json'),
  },
  on: {
    PlanDrafted: event => ({ ...event.data, status: 'draft', draftedAt: event.occurredAt, history: [] }),
    HeadlineChanged: ({ data, occurredAt }, row) => ({
      headline: data.headline,
      history: [...(row?.history ?? []), { at: occurredAt, words: `${row?.headline}`, ...(data.since && { since: data.since }) }],
    }),
    PlanClosed: _ => ({ status: 'closed' }),
  },
})
/** Rows of another key than the stream's, and one event that touches several. */
export const goals = defineView('goals', {
  from: [planEvents],
  category: 'C3',
  description: 'Goals of plans.',
  columns: {
    planId: column('id', { key: true }),
    goalId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    words: column('text'),
    tags: column('texts', { category: 'C4', from: 'summary' }),
  },
  on: {
    GoalAdded: { rows: ({ data }) => [`${data.planId}|${data.goalId}`], fold: ({ data }) => data },
    GoalsDropped: { rows: ({ data }) => data.goalIds.map(goalId => `${data.planId}|${goalId}`), fold: () => null },
  },
})
export const handovers = defineView('handovers', {
  from: [handoverEvents],
  category: 'C12',
  description: 'A learner handed over to another agency.',
  columns: {
    handoverId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    targetAgencyId: column('id', { owner: true }),
  },
  on: { HandoverSent: ({ data }) => data, HandoverMoved: ({ data }) => data },
})

type Permit = { readonly agencyId: string; readonly category: string; readonly until: string; readonly period?: DataPeriod }
export const facts = defineView('facts', {
  from: [pupilEvents, permitEvents, handoverEvents],
  category: 'C14',
  description: 'What decides who may see a learner.',
  columns: {
    learnerId: column('id', { key: true, subject: true }),
    standings: column('texts'),
    permits: column<Readonly<Record<string, Permit>>>('json'),
  },
  on: {
    PupilRegistered: ({ data }) => ({ learnerId: data.learnerId, standings: [data.agencyId] }),
    PupilRemoved: () => null,
    StandingEnded: ({ data }, row) => ({ standings: (row?.standings ?? []).filter(a => a !== data.agencyId) }),
    PermitGiven: {
      rows: ({ data }) => [data.learnerId],
      fold: ({ data: { permitId, agencyId, category, until, dataFrom, dataUntil } }, row) => ({
        permits: {
          ...row?.permits,
          [permitId]: {
            agencyId,
            category,
            until: `${until}T00:00:00.000Z`,
            ...((dataFrom || dataUntil) && {
              period: { ...(dataFrom && { from: dataFrom }), ...(dataUntil && { until: dataUntil }) },
            }),
          },
        },
      }),
    },
    PermitWithdrawn: {
      rows: ({ subjectRef }) => [subjectRef!],
      fold: ({ data: { permitId } }, row) => {
        const { [permitId]: _, ...permits } = row?.permits ?? {}
        return { permits }
      },
    },
    HandoverSent: {
      rows: ({ data }) => [data.learnerId],
      fold: ({ data }, row) => ({ standings: [...new Set([...(row?.standings ?? []), data.targetAgencyId])] }),
    },
    // They know what to keep: nothing that closes may be lost with what it closed.
    CategoryKeyDestroyed: () => undefined,
  },
})

const forever = '9999-12-31T00:00:00.000Z'
const dawn = '0001-01-01T00:00:00.000Z'

/**
 * Standing gives C1 and C3 in full, C12 of one's own; a permit gives one category in summary for a while, of all rows or of those of a period; a pact
 * extends one to its parties.
 */
export const toyPolicy: EntitlementPolicy = {
  version: 1,
  learnerFacts: facts,
  regionFacts: [agencies, pacts],
  agencies: region => region.all(agencies).map(row => ({ agencyId: row.agencyId!, sector: row.sector! })),
  derive: (learner, region) => {
    const { learnerId, standings, permits } = learner as {
      learnerId: string
      standings: string[]
      permits: Record<string, Permit> | null
    }
    const entitlements: Entitlement[] = []
    const add = (agencyId: string, levels: Levels, ownLevels: Levels, validUntil = forever, periods?: readonly PeriodLevels[]) =>
      entitlements.push({
        learnerId,
        agencyId,
        role: 'teacher',
        purpose: 'educationSupport',
        levels,
        ownLevels,
        ...(periods && { periods }),
        because: [],
        validFrom: dawn,
        validUntil,
      })
    for (const agencyId of standings) {
      add(agencyId, { C1: 'full', C3: 'full' }, { C12: 'full' })
      for (const pact of region.all(pacts))
        if (pact.agencyIds!.includes(agencyId))
          for (const other of pact.agencyIds!) add(other, { [pact.category as Category]: 'summary' }, {})
    }
    for (const { agencyId, category, until, period } of Object.values(permits ?? {})) {
      const levels: Levels = { [category]: 'summary' }
      if (period) add(agencyId, {}, {}, until, [{ ...period, levels, ownLevels: levels }])
      else add(agencyId, levels, {}, until)
    }
    // Also those that a pact names: they may be opened, or opened again, after it was signed.
    const partners = region
      .all(pacts)
      .flatMap(({ agencyIds }) => (agencyIds!.some(id => standings.includes(id)) ? agencyIds! : []))
    const named = [...standings, ...partners, ...Object.values(permits ?? {}).map(p => p.agencyId)]
    return {
      entitlements,
      assignments: standings.map(agencyId => ({
        learnerId,
        agencyId,
        userId: `teacher-of-${agencyId}`,
        role: 'teacher',
        kind: 'class',
        validFrom: dawn,
        validUntil: forever,
      })),
      dependsOn: named,
    }
  },
  affected: changes =>
    changes.flatMap(({ view, key, before, after }) =>
      view === agencies ? [key] : ([before, after].flatMap(row => row?.['agencyIds'] ?? []) as string[]),
    ),
}

export const toyViews = [agencies, pacts, services, pupils, plans, goals, handovers]
export const toyHub = (partitions = 4, policy = toyPolicy) =>
  defineHub({
    views: toyViews,
    policy,
    forgetting: { from: pupilEvents, on: { CategoryKeyDestroyed: ({ data }) => [data.category] } },
    partitions,
  })

export const toyStore = (log = new MemoryLog(() => new Date('2026-03-02T08:00:00.000Z'))): EventStore =>
  new EventStore(log, new MemoryKeyring())

const streams = [agencyEvents, pactEvents, pupilEvents, planEvents, permitEvents, handoverEvents, serviceEvents, elsewhereEvents]

export interface ToRecord {
  /** A stream category of this region, or definitions of another release. */
  readonly stream: string | EventDefinitions
  readonly id: string
  /** Undefined: about nobody. */
  readonly learner?: string
  readonly by?: string
  /** Default: the first of March. */
  readonly on?: string
  readonly happened: readonly DomainEvent[]
}

/** Records what happened, without asking whether it may. Returns the position of the last event. */
export async function record(
  store: EventStore,
  { stream, id: streamId, learner, by = 'authority', on = '2026-03-01', happened }: ToRecord,
): Promise<string> {
  const events = typeof stream === 'string' ? (streams.find(each => each.streamCategory === stream) as EventDefinitions) : stream
  const decider = { events, initial: {}, evolve: (state: object) => state, subject: () => learner }
  const { position } = await store.handle(
    decider as never,
    streamId,
    {
      actor: { userId: 'somebody', agencyId: by, role: 'teacher' },
      controllerAgencyId: by,
      purpose: 'educationSupport',
      legalBasis: { kind: 'publicTask' },
      occurredAt: `${on}T09:30:00.000Z`,
      correlationId: 'test',
      causationId: 'test',
      language: 'en',
    },
    () => happened as never[],
  )
  return position!
}

export const opened = (agencyId: string, of: Sector): ToRecord => ({
  stream: 'agency',
  id: agencyId,
  happened: [{ type: 'AgencyOpened', data: { agencyId, sector: of } }],
})
export const registered = (learnerId: string, agencyId: string): ToRecord => ({
  stream: 'pupil',
  id: learnerId,
  learner: learnerId,
  by: agencyId,
  happened: [{ type: 'PupilRegistered', data: { learnerId, agencyId, name: `Name of ${learnerId}` } }],
})
export const drafted = (planId: string, learnerId: string, by: string): ToRecord => ({
  stream: 'plan',
  id: planId,
  learner: learnerId,
  by,
  happened: [{ type: 'PlanDrafted', data: { planId, learnerId, headline: `Headline of ${planId}`, dueOn: '2026-06-30' } }],
})
export const goalAdded = (goalId: string, planId: string, learnerId: string, by: string): ToRecord => ({
  stream: 'plan',
  id: planId,
  learner: learnerId,
  by,
  happened: [{ type: 'GoalAdded', data: { planId, learnerId, goalId, words: `Words "of" ${goalId}\\`, tags: ['a', 'b'] } }],
})
export const permitted = (
  permitId: string,
  learnerId: string,
  agencyId: string,
  of: string,
  until = '2099-01-01',
  period: { readonly dataFrom?: string; readonly dataUntil?: string } = {},
): ToRecord => ({
  stream: 'permit',
  id: permitId,
  learner: learnerId,
  happened: [{ type: 'PermitGiven', data: { permitId, learnerId, agencyId, category: of, until, ...period } }],
})
export const permitWithdrawn = (permitId: string, learnerId: string): ToRecord => ({
  stream: 'permit',
  id: permitId,
  learner: learnerId,
  happened: [{ type: 'PermitWithdrawn', data: { permitId } }],
})
