import { columnsFrom, foldView, type Told } from '@passerelle/testing'
import type { DiagnosisEvent } from './diagnosis.events.js'
import type { SupportNeedEvent } from './support-need.events.js'
import { accommodations, diagnoses, supportNeeds } from './support.view.js'

const ofNeed = (event: SupportNeedEvent): Told => ({ streamId: 'supportNeed-n-1', subjectRef: 'l-1', ...event })
const ofDiagnosis = (event: DiagnosisEvent): Told => ({ streamId: 'diagnosis-d-1', subjectRef: 'l-1', ...event })
const identified = ofNeed({
  type: 'NeedIdentified',
  data: {
    needId: 'n-1',
    learnerId: 'l-1',
    needCode: 'reading',
    instruction: '25 % extra time, audio text',
    description: 'Reads slowly',
    source: 'health',
  },
})

describe('who reads what of a need', () => {
  test('the summary is the instruction, what to do: never what it is about, its code, or that health identified it', () => {
    expect(columnsFrom(supportNeeds, 'existence')).toEqual({ C5: ['needId', 'learnerId', 'status'] })
    expect(columnsFrom(supportNeeds, 'summary')).toEqual({ C5: ['instruction'] })
    expect(columnsFrom(supportNeeds, 'full')).toEqual({ C5: ['description', 'needCode', 'source'] })
  })
  test('of a diagnosis nothing is told below the full level, not even that there is one', () => {
    expect([columnsFrom(diagnoses, 'existence'), columnsFrom(diagnoses, 'summary')]).toEqual([{}, {}])
    expect(Object.values(diagnoses.columns).every(({ category }) => category === 'C6')).toBe(true)
  })
  test('no view of needs is made of diagnoses (R-V.3)', () => {
    for (const view of [supportNeeds, accommodations])
      expect([...view.definitions.values()].some(({ streamCategory }) => streamCategory === 'diagnosis')).toBe(false)
  })
})

describe('what stands there', () => {
  test('a need as it was said last, until it ended', () => {
    const revised = ofNeed({
      type: 'NeedRevised',
      data: { instruction: 'audio text', description: 'Reads well aloud', reason: 'retested' },
    })
    const ended = ofNeed({ type: 'NeedEnded', data: { reason: 'met' } })
    expect(foldView(supportNeeds, identified, revised).get('n-1')).toMatchObject({ status: 'open', instruction: 'audio text' })
    expect(foldView(supportNeeds, identified, ended).get('n-1')).toMatchObject({ status: 'ended' })
  })
  test('each accommodation under its own id, of the learner whose need it answers', () => {
    const agreed = ofNeed({
      type: 'AccommodationAgreed',
      data: { accommodationId: 'a-1', code: 'extraTime', settings: '25 %', contexts: ['exam'], validUntil: '2027-07-01' },
    })
    expect(foldView(accommodations, identified, agreed).get('a-1')).toMatchObject({
      learnerId: 'l-1',
      needId: 'n-1',
      settings: '25 %',
    })
  })
  test('a diagnosis as it was corrected, or as refuted', () => {
    const recorded = ofDiagnosis({
      type: 'DiagnosisRecorded',
      data: { diagnosisId: 'd-1', learnerId: 'l-1', code: 'F81.0', description: 'Reading disorder' },
    })
    const corrected = ofDiagnosis({
      type: 'DiagnosisCorrected',
      data: { correctsEventId: 'e-1', reason: 'retested', code: 'F81.1', description: 'Spelling disorder' },
    })
    expect(foldView(diagnoses, recorded, corrected).get('d-1')).toMatchObject({ code: 'F81.1', status: 'recorded' })
    const refuted = ofDiagnosis({ type: 'DiagnosisRefuted', data: { reason: 'mistaken' } })
    expect(foldView(diagnoses, recorded, refuted).get('d-1')).toMatchObject({ status: 'refuted' })
  })
})
