import { erased } from '@passerelle/keyring'
import { summaryFaults } from '@passerelle/sharing'
import { columnsFrom, foldView, type Told } from '@passerelle/testing'
import type { LearnerEvent } from './learner.events.js'
import { guardians, learners, standings } from './learners.view.js'

const of = (event: LearnerEvent): Told => ({ streamId: 'learner-l-1', subjectRef: 'l-1', ...event })
const registered = of({
  type: 'PersonRegistered',
  data: { learnerId: 'l-1', agencyId: 'school', givenName: 'Given', familyName: 'Family', birthDate: '2009-05' },
})
const guardian = {
  guardianId: 'g-1',
  relation: 'mother',
  name: 'Guardian',
  verified: true,
  authority: ['consents' as const],
  excluded: ['C9' as const],
  from: '2026-01-01',
}

describe('who reads what', () => {
  test('the summary of identity is the name alone; of language that of instruction alone', () => {
    expect(columnsFrom(learners, 'existence')).toEqual({ C1: ['learnerId'] })
    expect(columnsFrom(learners, 'summary')).toEqual({ C1: ['givenName', 'familyName'], C11: ['languageOfInstruction'] })
    expect([learners, guardians, standings].flatMap(summaryFaults)).toEqual([])
  })
  test('guardians, and which agencies work with a learner, take the full level: that there is one tells already', () => {
    for (const view of [guardians, standings])
      expect([columnsFrom(view, 'existence'), columnsFrom(view, 'summary')]).toEqual([{}, {}])
  })
  test('identifiers and accounts are in no view', () => {
    const shown = [learners, guardians, standings].flatMap(view => Object.keys(view.columns))
    expect(shown.filter(name => /hash|identifier|account/i.test(name))).toEqual([])
  })
})

describe('what stands there', () => {
  test('a learner as corrected, reached as said last', () => {
    const corrected = of({
      type: 'DemographicsCorrected',
      data: { correctsEventId: 'e', reason: 'typo', birthDate: '2009-05-01' },
    })
    const reached = of({ type: 'ContactRecorded', data: { contact: { email: 'a@example.org', phone: '1' } } })
    const moved = of({ type: 'ContactRecorded', data: { contact: { email: 'b@example.org' } } })
    expect(foldView(learners, registered, corrected, reached, moved).get('l-1')).toMatchObject({
      givenName: 'Given',
      birthDate: '2009-05-01',
      email: 'b@example.org',
      phone: null,
    })
  })
  test('what was erased is not there, and hides nothing else', () => {
    const said = of({ type: 'LanguagesRecorded', data: { firstLanguage: erased, languageOfInstruction: erased } })
    const reached = of({ type: 'ContactRecorded', data: { contact: erased } })
    expect(foldView(learners, registered, said, reached).get('l-1')).toMatchObject({
      givenName: 'Given',
      firstLanguage: null,
      email: null,
    })
  })
  test('a guardian is there with what is kept from them, until the guardianship ends', () => {
    const recorded = of({ type: 'GuardianRecorded', data: { ...guardian, until: '2027-05-01' } })
    const longer = of({ type: 'GuardianRecorded', data: guardian })
    const ended = of({ type: 'GuardianEnded', data: { guardianId: 'g-1', reason: 'custodyChanged' } })
    expect(foldView(guardians, registered, recorded).get('l-1|g-1')).toMatchObject({ excluded: ['C9'], until: '2027-05-01' })
    expect(foldView(guardians, registered, recorded, longer).get('l-1|g-1')).toMatchObject({ until: null })
    expect(foldView(guardians, registered, recorded, ended).size).toBe(0)
  })
  test('an agency has standing from registration or recording on, until it ends', () => {
    const standing = of({ type: 'AgencyStandingRecorded', data: { agencyId: 'social', from: '2026-02-01' } })
    const ended = of({ type: 'AgencyStandingEnded', data: { agencyId: 'school', reason: 'moved' } })
    expect([...foldView(standings, registered, standing).keys()]).toEqual(['l-1|school', 'l-1|social'])
    expect([...foldView(standings, registered, standing, ended).keys()]).toEqual(['l-1|social'])
  })
})
