import { erased } from '@passerelle/keyring'
import { roles, roleTerms, sectors } from '@passerelle/sharing'
import {
  assignRole,
  changeAccount,
  endRole,
  leaveAgency,
  recordTraining,
  registerStaff,
  renameStaff,
  rolesOn,
  staff,
  type Staff,
  type StaffRole,
} from './staff.decider.js'
import type { StaffEvent } from './staff.events.js'

const account = 'a'.repeat(64)
const other = 'b'.repeat(64)
const amal = { userId: 'u-1', accountHash: account, name: 'Amal Teacher' }
const school = { status: 'open', sector: 'education' } as const
const teacher: StaffRole = { agencyId: 'school', role: 'teacher', from: '2026-01-01', until: '2026-07-01' }
const mentor: StaffRole = { agencyId: 'school', role: 'mentor', from: '2026-01-01' }
const elsewhere: StaffRole = { agencyId: 'second', role: 'mentor', from: '2026-01-01' }

const after = (...events: StaffEvent[]): Staff => events.reduce((s, e) => staff.evolve(s, e), staff.initial)
const known = after(...registerStaff(staff.initial, amal))
const employed = [teacher, mentor, elsewhere].reduce((s, r) => assignRole(s, r, school).reduce(staff.evolve, s), known)
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('who is registered', () => {
  test('an id belongs to one person and one account', () => {
    expect(code(() => registerStaff(known, { ...amal, accountHash: other }))).toBe('STAFF.EXISTS')
    expect(code(() => registerStaff(known, { ...amal, name: 'Somebody Else' }))).toBe('STAFF.EXISTS')
    expect(code(() => registerStaff({ ...known, name: erased }, amal))).toBe('STAFF.EXISTS')
  })
  test('nothing is said of an unknown person', () => {
    for (const act of [
      () => renameStaff(staff.initial, 'x'),
      () => changeAccount(staff.initial, other),
      () => assignRole(staff.initial, teacher, school),
      () => recordTraining(staff.initial, { training: 'planAuthoring', validUntil: '2027-01-01' }),
    ])
      expect(code(act)).toBe('STAFF.UNKNOWN')
  })
  test('registered, renamed and given another account once each', () => {
    expect(registerStaff(known, amal)).toEqual([])
    expect(renameStaff(known, amal.name)).toEqual([])
    expect(renameStaff(known, 'Amal Mentor')).toMatchObject([{ data: { name: 'Amal Mentor' } }])
    expect(changeAccount(known, account)).toEqual([])
    expect(staff.evolve(known, changeAccount(known, other)[0]!).accountHash).toBe(other)
  })
})

describe('which role', () => {
  test('an agency gives only roles of its sector: no school makes a health professional', () => {
    for (const sector of sectors.filter(s => s !== 'learner'))
      for (const role of roles) {
        const given = () => assignRole(known, { ...teacher, role }, { status: 'open', sector })
        if (roleTerms[role].sectors.includes(sector)) expect(given()).toHaveLength(1)
        else expect(code(given)).toBe('STAFF.ROLE_NOT_IN_SECTOR')
      }
  })
  test('an agency that is unknown or closed gives none', () => {
    expect(code(() => assignRole(known, teacher, { status: 'none' }))).toBe('STAFF.NO_AGENCY')
    expect(code(() => assignRole(known, teacher, { ...school, status: 'closed' }))).toBe('STAFF.NO_AGENCY')
  })
  test('a role that ends before it begins is refused', () => {
    expect(code(() => assignRole(known, { ...teacher, until: teacher.from }, school))).toBe('STAFF.INVALID_PERIOD')
  })
  test('the same days again are nothing new; other days replace them', () => {
    expect(assignRole(employed, teacher, school)).toEqual([])
    const [longer] = assignRole(employed, { ...teacher, until: '2026-09-01' }, school)
    expect(staff.evolve(employed, longer!).roles.filter(r => r.role === 'teacher')).toMatchObject([{ until: '2026-09-01' }])
  })
})

describe('leaving', () => {
  const day = '2026-03-01'
  test('R-8.5 who leaves an agency holds no role of it any more, and keeps those of others', () => {
    const left = leaveAgency(employed, { agencyId: 'school', reason: 'left' }).reduce(staff.evolve, employed)
    expect(rolesOn(left, day)).toEqual([elsewhere])
    expect(leaveAgency(left, { agencyId: 'school', reason: 'left' })).toEqual([])
  })
  test('R-8.5 one role ends at once, before its last day, and is ended once', () => {
    const end = { agencyId: 'school', role: 'teacher', reason: 'moved' } as const
    const ended = endRole(employed, end).reduce(staff.evolve, employed)
    expect(rolesOn(ended, day)).toEqual([mentor, elsewhere])
    expect(endRole(ended, end)).toEqual([])
    expect(endRole(employed, { ...end, agencyId: 'second' })).toEqual([])
  })
  test('R-8.5 a role is held from its first day until before its last, without anybody ending it', () => {
    const held = (today: string) => rolesOn(employed, today).some(r => r.role === 'teacher')
    expect(held('2025-12-31')).toBe(false)
    expect(held('2026-01-01')).toBe(true)
    expect(held('2026-06-30')).toBe(true)
    expect(held('2026-07-01')).toBe(false)
  })
  test('who left can come back', () => {
    const left = leaveAgency(employed, { agencyId: 'school', reason: 'left' }).reduce(staff.evolve, employed)
    expect(assignRole(left, teacher, school)).toHaveLength(1)
  })
})

describe('training', () => {
  test('the later day holds: an earlier one is nothing new', () => {
    const trained = recordTraining(known, { training: 'planAuthoring', validUntil: '2027-01-01' }).reduce(staff.evolve, known)
    expect(trained.trainings).toEqual({ planAuthoring: '2027-01-01' })
    expect(recordTraining(trained, { training: 'planAuthoring', validUntil: '2027-01-01' })).toEqual([])
    expect(recordTraining(trained, { training: 'planAuthoring', validUntil: '2026-12-31' })).toEqual([])
    expect(recordTraining(trained, { training: 'planAuthoring', validUntil: '2028-01-01' })).toHaveLength(1)
    expect(recordTraining(trained, { training: 'safeguarding', validUntil: '2026-12-31' })).toHaveLength(1)
  })
})
