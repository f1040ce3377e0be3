import { addDays } from '@passerelle/event-log'
import {
  agency,
  assignRole,
  draft,
  recordTraining,
  register,
  registerStaff,
  sharingAgreement,
  sign,
  staff,
} from '@passerelle/agency'
import { list, listOrganization, organization, service } from '@passerelle/directory'
import type { Role, Sector } from '@passerelle/sharing'
import type { Chance } from './random.js'
import { type Someone, step, type Step } from './step.js'
import { familyNames, givenNames } from './words.js'

/** NUTS-like code of a country that there is not. */
export const region = 'ZZ11'

export interface Staff extends Someone {
  /** How the development identity provider knows them: `teacher-1`. */
  readonly subject: string
  readonly name: string
}
export interface Service {
  readonly serviceId: string
  readonly agencyId: string
  readonly sector: Sector
  readonly reasonCode: string
  readonly status: 'active' | 'inactive' | 'temporarilyClosed'
  readonly minimumAge: number
  readonly maximumAge: number
}
/** The agencies of one district; a region has as many districts as its learners need. */
export interface District {
  readonly schools: readonly string[]
  readonly secondChance: string
  readonly social: string
  readonly health: string
  readonly employment: string
  readonly staff: readonly Staff[]
  readonly services: readonly Service[]
}
export interface Region {
  readonly authority: string
  readonly admin: Staff
  readonly staff: readonly Staff[]
  readonly districts: readonly District[]
}

const LEARNERS_IN_DISTRICT = 1200

const rolesOfSchool = (teachers: number): [Role, number][] => [
  ['teacher', teachers],
  ['mentor', 2],
  ['educationCoordinator', 1],
  ['careerAdviser', 1],
  ['schoolLeader', 1],
  ['schoolPsychologist', 1],
  ['safeguardingLead', 1],
  ['dataProtectionOfficer', 1],
]

export function layOut(
  learners: number,
  chance: Chance,
  districts = Math.max(1, Math.ceil(learners / LEARNERS_IN_DISTRICT)),
): Region {
  const counted = new Map<Role, number>()
  const people = (agencyId: string, roles: readonly (readonly [Role, number])[]): Staff[] =>
    roles.flatMap(([role, count]) =>
      Array.from({ length: count }, () => {
        const number = (counted.get(role) ?? 0) + 1
        counted.set(role, number)
        return {
          userId: `staff-${chance.uuid()}`,
          agencyId,
          role,
          subject: `${role.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}-${number}`,
          name: `${chance.pick(givenNames)} ${chance.pick(familyNames)}`,
        }
      }),
    )
  const authority = 'regional-authority'
  const authorityStaff = people(authority, [
    ['regionAdmin', 1],
    ['policyAnalyst', 1],
    ['dataProtectionOfficer', 1],
    ['educationCoordinator', 1],
  ])
  const perDistrict = Math.ceil(learners / districts)
  const teachers = Math.max(3, Math.ceil(perDistrict / 2 / 20))
  const workers = Math.max(2, Math.ceil(perDistrict / 60))
  const all = Array.from({ length: districts }, (_, i): District => {
    const id = (name: string) => (i === 0 ? name : `${name}-${i + 1}`)
    const schools = [id('school-north'), id('school-south')]
    const [secondChance, social, health, employment] = [
      id('second-chance'),
      id('social-service'),
      id('health-centre'),
      id('employment-service'),
    ]
    const staffOfDistrict = [
      ...schools.flatMap(school => people(school, rolesOfSchool(teachers))),
      ...people(secondChance, rolesOfSchool(Math.max(2, Math.ceil(teachers / 4)))),
      ...people(social, [
        ['socialWorker', workers],
        ['mentor', 1],
        ['safeguardingLead', 1],
        ['dataProtectionOfficer', 1],
      ]),
      ...people(health, [
        ['healthProfessional', workers],
        ['schoolPsychologist', 1],
        ['safeguardingLead', 1],
        ['dataProtectionOfficer', 1],
      ]),
      ...people(employment, [
        ['employmentOfficer', workers],
        ['careerAdviser', 1],
        ['placementTutor', 1],
        ['mentor', 1],
        ['dataProtectionOfficer', 1],
      ]),
    ]
    const offer = (agencyId: string, sector: Sector, reasonCode: string, more: Partial<Service> = {}): Service => ({
      serviceId: chance.uuid(),
      agencyId,
      sector,
      reasonCode,
      status: 'active',
      minimumAge: 12,
      maximumAge: 29,
      ...more,
    })
    const services = [
      offer(social, 'social', 'housing'),
      offer(social, 'social', 'familySupport'),
      offer(social, 'social', 'financialSupport', { status: 'temporarilyClosed' }),
      offer(health, 'health', 'mentalHealth'),
      offer(health, 'health', 'healthAssessment'),
      offer(employment, 'employment', 'careerGuidance', { minimumAge: 14 }),
      offer(employment, 'employment', 'workPlacement', { minimumAge: 14 }),
      offer(secondChance, 'education', 'reEntry', { minimumAge: 14 }),
      offer(secondChance, 'education', 'languageSupport', { status: 'inactive' }),
    ]
    return { schools, secondChance, social, health, employment, staff: staffOfDistrict, services }
  })
  return { authority, admin: authorityStaff[0]!, staff: authorityStaff, districts: all }
}

const titles: Readonly<Record<string, string>> = {
  housing: 'Housing advice',
  familySupport: 'Family support',
  financialSupport: 'Debt and money advice',
  mentalHealth: 'Counselling for young people',
  healthAssessment: 'Health check',
  careerGuidance: 'Career guidance',
  workPlacement: 'Work placements',
  reEntry: 'Back to learning',
  languageSupport: 'Language course',
}
const names: Readonly<Record<string, string>> = {
  'school-north': 'School North',
  'school-south': 'School South',
  'second-chance': 'Second-chance school',
  'social-service': 'Youth welfare service',
  'health-centre': 'Health centre',
  'employment-service': 'Employment service',
  'regional-authority': 'Regional authority for education',
}
export const agencyName = (id: string): string => {
  const [, base, number] = /^(.*?)(?:-(\d+))?$/.exec(id)!
  return `${names[base!]}${number ? ` ${number}` : ''}`
}

/** The region is founded: agencies, staff with their roles and training, the directory, a sharing agreement between schools. */
export function* foundRegion(
  laidOut: Region,
  start: string,
  accountHash: (subject: string) => string,
  chance: Chance,
): Iterable<Step> {
  const { authority, admin, districts } = laidOut
  const sectors = new Map<string, Sector>([[authority, 'authority']])
  for (const { schools, secondChance, social, health, employment } of districts) {
    for (const school of [...schools, secondChance]) sectors.set(school, 'education')
    sectors.set(social, 'social').set(health, 'health').set(employment, 'employment')
  }
  for (const [agencyId, sector] of sectors)
    yield step(admin, start, agency, agencyId, state =>
      register(state, {
        agencyId,
        name: agencyName(agencyId),
        sector,
        region,
        ...(agencyId !== authority && { parentAgencyId: authority }),
      }),
    )
  for (const person of [...laidOut.staff, ...districts.flatMap(district => district.staff)]) {
    const { userId, agencyId, role, subject, name } = person
    const trained = role === 'teacher' || role === 'mentor' || role === 'educationCoordinator'
    yield step(
      admin,
      start,
      staff,
      userId,
      state => registerStaff(state, { userId, accountHash: accountHash(subject), name }),
      state => assignRole(state, { agencyId, role, from: start }, { status: 'open', sector: sectors.get(agencyId)! }),
      state =>
        trained && chance.yes(80) ? recordTraining(state, { training: 'planAuthoring', validUntil: addDays(start, 730) }) : [],
    )
  }
  for (const district of districts) {
    for (const agencyId of new Set(district.services.map(each => each.agencyId)))
      yield step(admin, start, organization, `organization-${agencyId}`, state =>
        listOrganization(state, {
          organizationId: `organization-${agencyId}`,
          name: agencyName(agencyId),
          description: `${agencyName(agencyId)} for young people of the region.`,
        }),
      )
    for (const { serviceId, agencyId, reasonCode, status, minimumAge, maximumAge } of district.services)
      yield step(admin, start, service, serviceId, state =>
        list(state, {
          serviceId,
          agencyId,
          organizationId: `organization-${agencyId}`,
          name: titles[reasonCode]!,
          status,
          types: [reasonCode],
          minimumAge,
          maximumAge,
          areas: [],
          locations: [],
        }),
      )
    yield* agreeOnSharing(district, admin, start, chance)
  }
}

/** The schools and the second-chance school share enrolment, plans and skills under an agreement; nobody else does. */
function* agreeOnSharing(district: District, admin: Staff, start: string, chance: Chance): Iterable<Step> {
  const agreementId = chance.uuid()
  const agencyIds = [...district.schools, district.secondChance]
  const validFrom = start
  const validUntil = addDays(start, 700)
  yield step(admin, start, sharingAgreement, agreementId, state =>
    draft(state, {
      agreementId,
      kind: 'jointControllers',
      agencyIds,
      purposes: ['educationSupport', 'caseCoordination'],
      categories: ['C1', 'C2', 'C3', 'C4'],
      statute: 'GDPR-26',
      validFrom,
      validUntil,
    }),
  )
  for (const agencyId of agencyIds) {
    const leader = district.staff.find(person => person.agencyId === agencyId && person.role === 'schoolLeader')!
    yield step(leader, addDays(start, 1), sharingAgreement, agreementId, state => sign(state, agencyId, addDays(start, 1)))
  }
}
