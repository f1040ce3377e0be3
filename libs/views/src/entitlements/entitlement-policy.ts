import { startOf } from '@passerelle/event-log'
import { ageLinesInForce, agencies, defaultAgeLines, sharingAgreements, staffRoles, toAgeLinesFact } from '@passerelle/agency'
import type { EntitlementPolicy, RegionChange, RegionRows } from '@passerelle/projections'
import {
  agenciesOf,
  dawn,
  entitlementsOf,
  indexed,
  learnerAgencyId,
  type Region,
  type RegionFacts,
  roleTerms,
  type Role,
} from '@passerelle/sharing'
import { classFacts } from './class-facts.view.js'
import { type FactsRow, learnerFacts } from './learner-facts.view.js'
import { toLearnerFacts } from './to-learner-facts.js'

/** From which age the learner alone decides: the region's to set, by category where national law differs (GDPR 8 spans 13 to 16). */
export type AgeOfDecision = RegionFacts['ageOfDecision']

/** Who may hold and see what of a learner, as {@link entitlementsOf} derives it from the facts. Raise `version` when the same facts give another answer. */
export const entitlementPolicyFor = (ageOfDecision: AgeOfDecision): EntitlementPolicy => {
  const regions = new WeakMap<RegionRows, Region>()
  const regionOf = (rows: RegionRows): Region => {
    let region = regions.get(rows)
    if (!region) regions.set(rows, (region = indexed(toRegionFacts(rows, ageOfDecision))))
    return region
  }
  return {
    version: 6,
    learnerFacts,
    regionFacts: [agencies, staffRoles, sharingAgreements, classFacts, ageLinesInForce],
    agencies: rows => [
      ...rows
        .all(agencies)
        .flatMap(({ agencyId, sector, status }) =>
          agencyId && sector && status === 'open' && agencyId !== learnerAgencyId ? [{ agencyId, sector }] : [],
        ),
      { agencyId: learnerAgencyId, sector: 'learner' },
    ],
    derive(row, rows, now) {
      const known = row as unknown as FactsRow
      const region = regionOf(rows)
      const facts = toLearnerFacts(known, region, rows)
      const words = new Set<string>()
      for (const agencyId of agenciesOf(facts)) words.add(ofAgency(agencyId))
      for (const { classId } of Object.values(known.enrolments ?? {})) if (classId) words.add(ofClass(classId))
      for (const { userId } of [...facts.assignments, ...facts.breakGlass]) if (userId) words.add(ofUser(userId))
      // Nobody else's answers hang on an age.
      if (facts.guardians.length > 0) words.add(ofAge)
      return { ...entitlementsOf(facts, region, now.toISOString()), dependsOn: [...words] }
    },
    affected: (changes, rows) => [...new Set(changes.flatMap(change => wordsOf(change, regionOf(rows))))],
  }
}

export const entitlementPolicy = entitlementPolicyFor(defaultAgeLines)

const ofAge = 'ageLines'
const ofAgency = (agencyId: string) => `agency:${agencyId}`
const ofClass = (classId: string) => `class:${classId}`
const ofUser = (userId: string) => `user:${userId}`

function wordsOf({ view, key, before, after }: RegionChange, region: Region): string[] {
  if (view === ageLinesInForce) return [ofAge]
  if (view === agencies) return [ofAgency(key)]
  if (view === classFacts) return [ofClass(key)]
  if (view === sharingAgreements)
    return [before, after].flatMap(row => (row?.agencyIds as readonly string[] | null) ?? []).map(ofAgency)
  const { userId, agencyId, role } = (after ?? before) as { userId: string; agencyId: string; role: Role }
  // A role that looks at the whole agency, or takes in referrals, has rows only where somebody holds it: the first and the last one matter.
  const wide = roleTerms[role].reach === 'agency' || roleTerms[role].intake
  const holders = region.staffOf(agencyId).filter(post => post.role === role).length
  return [ofUser(userId), ...(wide && (after ? holders === 1 : holders === 0) ? [ofAgency(agencyId)] : [])]
}

/** The region as the oracle asks for it. */
export function toRegionFacts(rows: RegionRows, ageOfDecision: AgeOfDecision): RegionFacts {
  return {
    agencies: rows.all(agencies).flatMap(({ agencyId, sector, status }) =>
      // Closed: with everything that it had.
      agencyId && sector ? [{ agencyId, sector, ...(status !== 'open' && { until: dawn }) }] : [],
    ),
    staff: rows
      .all(staffRoles)
      .flatMap(({ userId, agencyId, role, from, until }) =>
        userId && agencyId && role && from
          ? [{ userId, agencyId, role, from: startOf(from), ...(until && { until: startOf(until) }) }]
          : [],
      ),
    agreements: rows
      .all(sharingAgreements)
      .flatMap(({ agreementId, status, agencyIds, purposes, categories, validFrom, validUntil }) =>
        agreementId && status === 'inForce' && validFrom && validUntil
          ? [
              {
                agreementId,
                agencyIds: agencyIds ?? [],
                purposes: purposes ?? [],
                categories: categories ?? [],
                from: startOf(validFrom),
                until: startOf(validUntil),
              },
            ]
          : [],
      ),
    ageOfDecision,
    ageLines: rows
      .all(ageLinesInForce)
      .flatMap(({ from, years, byCategory }) =>
        from && years !== null && byCategory ? [toAgeLinesFact({ from, years: Number(years), byCategory: [...byCategory] })] : [],
      ),
  }
}
