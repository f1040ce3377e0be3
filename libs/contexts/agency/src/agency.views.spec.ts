import { foldView, type Told } from '@passerelle/testing'
import { agencies } from './agencies.view.js'
import type { AgencyEvent } from './agency.events.js'
import type { SharingAgreementEvent } from './sharing-agreement.events.js'
import { sharingAgreements } from './sharing-agreements.view.js'
import type { StaffEvent } from './staff.events.js'
import { staffMembers, staffRoles } from './staff.view.js'

const ofStaff = (event: StaffEvent): Told => ({ streamId: 'staff-u-1', ...event })
const ofAgency = (event: AgencyEvent): Told => ({ streamId: 'agency-school', ...event })
const ofAgreement = (event: SharingAgreementEvent): Told => ({ streamId: 'sharingAgreement-a-1', ...event })

const registered = ofStaff({ type: 'StaffMemberRegistered', data: { userId: 'u-1', accountHash: 'a'.repeat(64), name: 'Amal' } })
const teacher = ofStaff({
  type: 'StaffRoleAssigned',
  data: { agencyId: 'school', role: 'teacher', from: '2026-01-01', until: '2026-07-01' },
})
const mentor = ofStaff({ type: 'StaffRoleAssigned', data: { agencyId: 'second', role: 'mentor', from: '2026-01-01' } })

describe('staff', () => {
  test('R-8.5 a role that was ended is no row any more; those of other agencies stay', () => {
    const ended = ofStaff({ type: 'StaffRoleEnded', data: { agencyId: 'school', role: 'teacher', reason: 'left' } })
    expect([...foldView(staffRoles, registered, teacher, mentor, ended).keys()]).toEqual(['u-1|second|mentor'])
    expect([...foldView(staffRoles, ended).keys()]).toEqual([])
  })
  test('a role is the own row of its agency, and assigned again it has its new days', () => {
    const longer = ofStaff({ type: 'StaffRoleAssigned', data: { agencyId: 'school', role: 'teacher', from: '2026-02-01' } })
    expect(foldView(staffRoles, teacher, longer).get('u-1|school|teacher')).toEqual({
      userId: 'u-1',
      agencyId: 'school',
      role: 'teacher',
      from: '2026-02-01',
      until: null,
    })
    expect(staffRoles.columns.agencyId.owner).toBe(true)
  })
  test('accounts are shown to nobody', () => {
    expect(JSON.stringify([...foldView(staffMembers, registered).values()])).not.toContain('aaaa')
  })
  test('a person has a name and the days until which each training holds', () => {
    const trained = ofStaff({ type: 'AuthorTrainingRecorded', data: { training: 'planAuthoring', validUntil: '2027-01-01' } })
    const renamed = ofStaff({ type: 'StaffMemberRenamed', data: { name: 'Amal B.' } })
    expect(foldView(staffMembers, registered, trained, renamed).get('u-1')).toMatchObject({
      name: 'Amal B.',
      planAuthoringUntil: '2027-01-01',
      safeguardingUntil: null,
    })
  })
})

describe('agencies and their agreements', () => {
  test('a closed agency stays to be seen, as closed and under its last name', () => {
    const rows = foldView(
      agencies,
      ofAgency({ type: 'AgencyRegistered', data: { agencyId: 'school', name: 'Lycée', sector: 'education', region: 'FRK26' } }),
      ofAgency({ type: 'AgencyRenamed', data: { name: 'Lycée du Fleuve' } }),
      ofAgency({ type: 'AgencyClosed', data: { reason: 'merged' } }),
    )
    expect(rows.get('school')).toMatchObject({
      name: 'Lycée du Fleuve',
      status: 'closed',
      sector: 'education',
      parentAgencyId: null,
    })
  })
  test('R-V.6 what its feeds may write is there to be read by everyone, the last list of each system', () => {
    const rows = foldView(
      agencies,
      ofAgency({ type: 'AgencyRegistered', data: { agencyId: 'school', name: 'Lycée', sector: 'education', region: 'FRK26' } }),
      ofAgency({ type: 'FeedCategoriesSet', data: { system: 'sds', categories: ['C1'] } }),
      ofAgency({ type: 'FeedCategoriesSet', data: { system: 'canteen', categories: [] } }),
      ofAgency({ type: 'FeedCategoriesSet', data: { system: 'sds', categories: ['C1', 'C2'] } }),
    )
    expect(rows.get('school')!.feeds).toEqual([
      { system: 'canteen', categories: [] },
      { system: 'sds', categories: ['C1', 'C2'] },
    ])
  })
  test('an agreement tells who signed, and that it is not in force before all did', () => {
    const drafted = ofAgreement({
      type: 'SharingAgreementDrafted',
      data: {
        agreementId: 'a-1',
        agencyIds: ['school', 'social'],
        purposes: ['caseCoordination'],
        categories: ['C1'],
        statute: 'FR-L131-8',
        validFrom: '2026-01-01',
        validUntil: '2027-01-01',
      },
    })
    const signed = (agencyId: string) => ofAgreement({ type: 'SharingAgreementSigned', data: { agencyId } })
    const inForce = ofAgreement({ type: 'SharingAgreementEnteredIntoForce', data: {} })
    const ended = ofAgreement({ type: 'SharingAgreementEnded', data: { reason: 'objection' } })
    expect(foldView(sharingAgreements, drafted, signed('school')).get('a-1')).toMatchObject({
      status: 'drafted',
      signedBy: ['school'],
    })
    const all = [drafted, signed('school'), signed('social'), inForce]
    expect(foldView(sharingAgreements, ...all).get('a-1')).toMatchObject({ status: 'inForce', signedBy: ['school', 'social'] })
    expect(foldView(sharingAgreements, ...all, ended).get('a-1')).toMatchObject({ status: 'ended', endReason: 'objection' })
  })
})
