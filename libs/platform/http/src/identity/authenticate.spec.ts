import type { Purpose } from '@passerelle/sharing'
import type { Person } from '../request-context.js'
import { toCaller } from '../caller.js'
import { createAuthenticate, type Face } from './authenticate.js'
import type { Identity } from './token-verifier.js'

const teacher: Person = { userId: 'u-1', agencyId: 'school-1', sector: 'education', role: 'teacher' }
const education: Face = { name: 'education', sectors: ['education'] }
const identity: Identity = {
  issuer: 'https://login.example',
  subject: 's-1',
  clientId: 'console',
  scopes: ['hub'],
  purpose: undefined,
}

const door = (
  person: Person | readonly Person[] = teacher,
  token: Partial<Identity> = {},
  purposes: Purpose[] = ['educationSupport', 'caseCoordination'],
) =>
  createAuthenticate({
    verify: async () => ({ ...identity, ...token }),
    membershipsOf: async () => [person].flat() as Person[],
    purposesOf: () => purposes,
    languages: ['en', 'fr', 'pt-BR'],
  })
const ask = (authenticate = door(), headers = {}, face: Face = education) => authenticate({ id: 'request-1', headers }, face)

describe('nobody comes in', () => {
  test('whom no agency counts among its staff, whatever their token says', async () => {
    const authenticate = createAuthenticate({
      verify: async () => identity,
      membershipsOf: async () => [],
      purposesOf: () => ['audit'],
    })
    await expect(ask(authenticate)).rejects.toMatchObject({ status: 403, code: 'AUTH.NO_MEMBERSHIP' })
  })

  test('by the issuer alone or the subject alone: both are asked for together', async () => {
    const asked: unknown[] = []
    const authenticate = createAuthenticate({
      verify: async () => identity,
      membershipsOf: async who => (asked.push(who), []),
      purposesOf: () => ['audit'],
    })
    await ask(authenticate).catch(() => {})
    expect(asked).toEqual([{ issuer: 'https://login.example', subject: 's-1' }])
  })

  test('through the face of another sector, or one kept for certain roles', async () => {
    await expect(ask(door(), {}, { name: 'health', sectors: ['health'] })).rejects.toMatchObject({
      status: 403,
      code: 'AUTH.WRONG_FACE',
    })
    await expect(ask(door(), {}, { ...education, roles: ['schoolLeader'] })).rejects.toMatchObject({ code: 'AUTH.WRONG_FACE' })
  })

  test('in a role or for an agency that is not theirs', async () => {
    const headers = [
      { 'x-passerelle-role': 'schoolLeader' },
      { 'x-passerelle-agency': 'school-2' },
      { 'x-passerelle-agency': '' },
    ]
    for (const each of headers) await expect(ask(door(), each)).rejects.toMatchObject({ status: 403, code: 'AUTH.NO_MEMBERSHIP' })
  })

  test.each(['healthCare', '', 'educationSupport, healthCare', 'EducationSupport'])(
    'for a purpose their role does not have: %j',
    async purpose => {
      await expect(ask(door(), { 'x-passerelle-purpose': purpose })).rejects.toMatchObject({
        status: 403,
        code: 'AUTH.PURPOSE_NOT_ALLOWED',
      })
    },
  )

  test('for a purpose that only their token claims', async () => {
    await expect(ask(door(teacher, { purpose: 'healthCare' }))).rejects.toMatchObject({ code: 'AUTH.PURPOSE_NOT_ALLOWED' })
  })

  test('whose role has no purpose at all', async () => {
    await expect(ask(door(teacher, {}, []))).rejects.toMatchObject({ code: 'AUTH.PURPOSE_NOT_ALLOWED' })
  })
})

describe('the context of a request', () => {
  test('says who asks, for which agency, in which role, for what', async () => {
    const context = await ask()
    expect(context).toEqual({
      requestId: 'request-1',
      correlationId: 'request-1',
      face: 'education',
      person: teacher,
      purpose: 'educationSupport',
      language: 'en',
      clientId: 'console',
      scopes: ['hub'],
    })
    expect(toCaller(context)).toMatchObject({ userId: 'u-1', agencyId: 'school-1', role: 'teacher', ownLearnerIds: [] })
  })

  test('lets somebody with several memberships say which one they act in', async () => {
    const several = door([teacher, { ...teacher, agencyId: 'school-2', role: 'schoolLeader' }])
    expect((await ask(several)).person).toEqual(teacher)
    const headers = { 'x-passerelle-agency': 'school-2', 'x-passerelle-role': 'schoolLeader' }
    expect((await ask(several, headers)).person).toMatchObject({ agencyId: 'school-2', role: 'schoolLeader' })
  })

  test('names the learner for whom a guardian acts', async () => {
    const context = await ask(
      door({ userId: 'g', agencyId: 'learners', sector: 'learner', role: 'guardian', learnerIds: ['l-1'] }),
      {},
      { name: 'learner', sectors: ['learner'] },
    )
    expect(toCaller(context)).toMatchObject({ role: 'guardian', ownLearnerIds: ['l-1'] })
  })

  test('takes the purpose of the header before that of the token, and that before the ordinary one', async () => {
    expect((await ask(door(teacher, { purpose: 'caseCoordination' }))).purpose).toBe('caseCoordination')
    expect(
      (await ask(door(teacher, { purpose: 'caseCoordination' }), { 'x-passerelle-purpose': 'educationSupport' })).purpose,
    ).toBe('educationSupport')
  })

  test('is part of the trace that the caller began, if it is one', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    expect((await ask(door(), { traceparent: `00-${trace}-00f067aa0ba902b7-01` })).correlationId).toBe(trace)
    for (const wrong of [
      '',
      'x',
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      `00-${trace}-${'0'.repeat(16)}-01`,
      `ff-${trace}-00f067aa0ba902b7-01`,
      `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`,
      'a'.repeat(300),
    ])
      expect((await ask(door(), { traceparent: wrong })).correlationId).toBe('request-1')
  })

  test.each([
    [undefined, 'en'],
    ['fr', 'fr'],
    ['fr-BE, en;q=0.5', 'fr'],
    ['de, fr;q=0.3', 'fr'],
    ['en;q=0.1, fr;q=0.9', 'fr'],
    ['fr;q=0, *', 'en'],
    ['pt-br', 'pt-BR'],
    ['%%%', 'en'],
  ])('answers %j in %j', async (accepted, language) => {
    expect((await ask(door(), accepted ? { 'accept-language': accepted } : {})).language).toBe(language)
  })
})
