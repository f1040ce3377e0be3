import { earlier, startOf } from '@passerelle/event-log'
import type { RegionRows } from '@passerelle/projections'
import {
  type AssignmentFact,
  categories,
  dawn,
  forever,
  type LearnerFacts,
  type Mandate,
  type Region,
  roleTerms,
  rolesOf,
  type Standing,
} from '@passerelle/sharing'
import { classFacts } from './class-facts.view.js'
import type { FactsRow } from './learner-facts.view.js'

/** Why agencies have to do with the learner, as far as the learner's own row tells. */
export function standingsOf(row: FactsRow): Standing[] {
  const standings: Standing[] = []
  for (const [agencyId, period] of entries(row.registrations)) standings.push({ agencyId, kind: 'registration', ...period })
  for (const agencyId of row.recordedBy ?? []) standings.push({ agencyId, kind: 'recording', from: dawn })

  // Who is told of something sees that, though it holds nothing else (any more): a recipient what is asked back of it, an officer what nobody reviewed.
  for (const [agencyId, from] of entries(row.told)) standings.push({ agencyId, kind: 'recording', categories: ['C14'], from })
  for (const [, { kept, told }] of entries(row.breakGlass))
    if (told) standings.push({ kind: 'recording', purposes: ['audit'], categories: [kept ? 'C10' : 'C14'], ...told })

  for (const [, { agencyId, from, until }] of entries(row.enrolments))
    standings.push({ agencyId, kind: 'enrolment', from, until })
  for (const placement of runningPlacements(row))
    standings.push({ agencyId: placement.hostAgencyId, kind: 'placement', ...placement.period })
  for (const [, team] of entries(row.teams))
    for (const { agencyId, purpose, from, until } of team)
      standings.push({ agencyId, kind: 'team', purposes: [purpose], from, until })
  for (const [, { targetAgencyId: agencyId, sentAt, acceptedAt, endedAt }] of entries(row.referrals)) {
    if (sentAt === undefined) continue
    standings.push({ agencyId, kind: 'intake', from: sentAt, until: earlier(acceptedAt, endedAt) })
    if (acceptedAt !== undefined) standings.push({ agencyId, kind: 'referral', from: acceptedAt, until: endedAt })
  }
  // Whoever has to answer a person’s request knows of them as their officer may, as long as it waits.
  for (const [, { agencyId, from, until }] of entries(row.requests))
    standings.push({ agencyId, kind: 'registration', purposes: ['audit'], from, until })
  return standings
}

/** The row of one learner as the oracle asks for it, with what the region adds: who teaches the class, who takes in a referral. */
export function toLearnerFacts(row: FactsRow, region: Region, rows: RegionRows): LearnerFacts {
  const standings = standingsOf(row)
  const assignments: AssignmentFact[] = []
  const mandates: Mandate[] = []

  for (const [, { agencyId, classId, from, until }] of entries(row.enrolments)) {
    const taught = classId === undefined ? undefined : rows.find(classFacts, classId)
    if (taught?.agencyId === agencyId)
      for (const teaching of taught.teachers ?? []) {
        const period = {
          from: later(from, startOf(teaching.from)),
          until: earlier(until, teaching.until ? startOf(teaching.until) : undefined),
        }
        assignments.push({ agencyId, userId: teaching.userId, kind: 'class', ...period })
      }
  }

  // A placement that runs: at the host, its tutor works with the learner.
  for (const { hostAgencyId: agencyId, tutorUserId: userId, period } of runningPlacements(row))
    assignments.push({ agencyId, userId, role: 'placementTutor', kind: 'placement', ...period })

  for (const [, team] of entries(row.teams))
    for (const { userId, agencyId, role, purpose, from, until } of team)
      assignments.push({ agencyId, userId, role, kind: 'team', purposes: [purpose], from, until })

  for (const [referralId, { targetAgencyId: agencyId, mandate, sentAt, acceptedAt, acceptedBy, endedAt }] of entries(
    row.referrals,
  )) {
    if (sentAt === undefined) continue
    const waiting = { from: sentAt, until: earlier(acceptedAt, endedAt) }
    for (const role of rolesOf(region.agency(agencyId)?.sector ?? 'learner'))
      if (roleTerms[role].intake) assignments.push({ agencyId, role, kind: 'referral', ...waiting })
    if (mandate) mandates.push({ mandateId: referralId, agencyId, ...mandate, from: sentAt, until: endedAt })
    if (acceptedAt !== undefined)
      assignments.push({ agencyId, userId: acceptedBy!, kind: 'referral', from: acceptedAt, until: endedAt })
  }

  for (const [, { overdueSince, until }] of entries(row.requests)) {
    if (overdueSince === undefined) continue
    for (const authority of region.facts.agencies.filter(({ sector }) => sector === 'authority'))
      standings.push({ agencyId: authority.agencyId, kind: 'registration', purposes: ['audit'], from: overdueSince, until })
  }

  return {
    learnerId: row.learnerId,
    ...(row.birthDate && { birthDate: row.birthDate }),
    standings,
    assignments,
    answers: entries(row.consents).flatMap(([consentId, { answers, ...recipient }]) =>
      answers.map(answer => ({ consentId, ...recipient, ...answer })),
    ),
    mandates,
    objections: entries(row.objections).map(([objectionId, objection]) => ({ objectionId, ...objection })),
    restrictions:
      row.restrictions === null ? [unknown] : entries(row.restrictions).map(([restrictionId, r]) => ({ restrictionId, ...r })),
    releases: [],
    guardians: entries(row.guardians).map(([guardianId, guardian]) => ({
      guardianId,
      ...guardian,
      exclusions: entries(row.exclusions).flatMap(([, { guardianId: from, ...kept }]) => (from === guardianId ? [kept] : [])),
    })),
    competences: entries(row.competences).map(([competenceId, competence]) => ({ competenceId, ...competence })),
    breakGlass: entries(row.breakGlass).map(([breakGlassId, { told: _, ...glass }]) => ({ breakGlassId, ...glass })),
    erased: row.erased ?? [],
    recordedBy: row.recordedBy ?? [],
  }
}

/** Where nobody knows what must not be shown, nothing is. */
const unknown = {
  restrictionId: 'unknown',
  categories,
  agencyIds: [],
  fromLearner: true,
  hidden: false,
  from: dawn,
  until: forever,
}

const entries = <T>(records: Readonly<Record<string, T>> | null): [string, T][] => Object.entries(records ?? {})
const later = (a: string, b: string) => (a > b ? a : b)

const runningPlacements = ({ placements }: FactsRow) =>
  entries(placements).flatMap(([, { from, until, endedAt, ...placement }]) =>
    from === undefined ? [] : [{ ...placement, period: { from, until: earlier(until, endedAt) } }],
  )
