import { columnsFrom, foldView, type Told } from '@passerelle/testing'
import type { ConsentEvent } from './consent.events.js'
import { consents } from './consents.view.js'
import type { RestrictionEvent } from './restriction.events.js'
import { hiddenRestrictions, restrictions } from './restrictions.view.js'

const about = (event: ConsentEvent): Told => ({ streamId: 'consent-c-1', subjectRef: 'l-1', ...event })
const ofHold = (event: RestrictionEvent): Told => ({ streamId: 'restriction-r-1', subjectRef: 'l-1', ...event })
const requested = about({
  type: 'ConsentRequested',
  data: {
    consentId: 'c-1',
    learnerId: 'l-1',
    guardianId: 'g-1',
    requestedByAgencyId: 'school',
    recipientAgencyId: 'social',
    purpose: 'socialSupport',
    categories: ['C3', 'C5'],
    noticeVersion: 'n1',
    language: 'fr',
    easyRead: false,
    validUntil: '2026-12-01',
  },
})
const given = about({
  type: 'ConsentGiven',
  data: {
    categories: ['C3', 'C5'],
    by: 'guardian',
    guardianId: 'g-1',
    method: 'online',
    at: '2026-03-02T09:00:00.000Z',
    validUntil: '2026-12-01',
  },
})
const hold = {
  restrictionId: 'r-1',
  learnerId: 'l-1',
  categories: ['C9' as const],
  agencyIds: [],
  fromLearner: false,
  grounds: 'courtOrder',
  hidden: false,
  until: '2026-12-01',
}

describe('consents', () => {
  test('what was withdrawn is carried no more, in part or in whole', () => {
    const partly = about({ type: 'ConsentPartlyWithdrawn', data: { categories: ['C5'], by: 'learner' } })
    const whole = about({ type: 'ConsentWithdrawn', data: { by: 'learner', reason: 'no longer wanted' } })
    const invalid = about({ type: 'ConsentInvalidated', data: { reason: 'pressure' } })
    expect(foldView(consents, requested, given, partly).get('c-1')).toMatchObject({ status: 'given', given: ['C3'] })
    expect(foldView(consents, requested, given, whole).get('c-1')).toMatchObject({
      status: 'withdrawn',
      given: [],
      reason: 'no longer wanted',
    })
    expect(foldView(consents, requested, given, invalid).get('c-1')).toMatchObject({ status: 'invalidated', given: [] })
  })
  test('why it was refused or withdrawn is told until it is said yes to, and no longer', () => {
    const refused = about({ type: 'ConsentRefused', data: { categories: ['C3', 'C5'], by: 'learner', reason: 'not now' } })
    const withdrawn = about({ type: 'ConsentWithdrawn', data: { by: 'learner', reason: 'no longer wanted' } })
    expect(foldView(consents, requested, refused).get('c-1')).toMatchObject({ reason: 'not now' })
    expect(foldView(consents, requested, refused, given).get('c-1')).toMatchObject({ status: 'given', reason: null })
    expect(foldView(consents, requested, given, withdrawn, given).get('c-1')).toMatchObject({ status: 'given', reason: null })
  })
  test('a question that was taken back, or that nobody answered, says so, and by whom', () => {
    const cancelled = about({ type: 'ConsentRequestCancelled', data: { agencyId: 'school' } })
    expect(foldView(consents, requested, cancelled).get('c-1')).toMatchObject({
      status: 'cancelled',
      given: [],
      history: [{ state: 'requested' }, { state: 'cancelled', entityId: 'school' }],
    })
    const expired = about({ type: 'ConsentExpired', data: { on: '2026-12-01' } })
    expect(foldView(consents, requested, expired).get('c-1')).toMatchObject({
      status: 'expired',
      given: [],
      history: [{ state: 'requested' }, { state: 'expired', at: '2026-12-01' }],
    })
  })
  test('the guardian who is asked or answered is named, so that it counts as their own act', () => {
    expect(foldView(consents, requested).get('c-1')).toMatchObject({ guardianId: 'g-1', status: 'requested' })
    expect(foldView(consents, requested, given).get('c-1')).toMatchObject({ guardianId: 'g-1', by: 'guardian' })
  })
  test('both who asked and who receives have it as their own; only that it exists is told at existence', () => {
    expect([consents.columns.requestedByAgencyId.owner, consents.columns.recipientAgencyId.owner]).toEqual([true, true])
    expect(columnsFrom(consents, 'existence')).toEqual({ C14: ['consentId', 'learnerId', 'status'] })
  })
})

describe('restrictions', () => {
  const placed = (more: Partial<typeof hold>) => ofHold({ type: 'RestrictionPlaced', data: { ...hold, ...more } })
  test('R-4.3 one that is hidden stands where the learner never looks, and nowhere else', () => {
    const secret = placed({ hidden: true, grounds: 'safeguarding', fromLearner: true })
    expect(foldView(restrictions, secret).size).toBe(0)
    expect(foldView(hiddenRestrictions, secret).get('r-1')).toMatchObject({ status: 'placed', grounds: 'safeguarding' })
    expect(foldView(hiddenRestrictions, placed({})).size).toBe(0)
    expect(Object.values(hiddenRestrictions.columns).every(({ category }) => category === 'C10')).toBe(true)
  })
  test('the guardian who asked for one is named, so that it counts as their own act', () => {
    const asked = (proposedBy: string, grounds = 'gdpr18') =>
      foldView(restrictions, ofHold({ type: 'RestrictionProposed', data: { ...hold, grounds, proposedBy } })).get('r-1')
    expect(asked('g-1')).toMatchObject({ proposedBy: 'g-1', guardianId: 'g-1' })
    expect(asked('l-1')).toMatchObject({ proposedBy: 'l-1', guardianId: null })
    expect(asked('lead-1', 'safeguarding')).toMatchObject({ proposedBy: 'lead-1', guardianId: null })
  })
  test('GDPR 12(3) a proposal shows until when it is decided in time, that the day went by, and that nobody decided', () => {
    for (const [view, hidden] of [
      [restrictions, false],
      [hiddenRestrictions, true],
    ] as const) {
      const proposed = ofHold({ type: 'RestrictionProposed', data: { ...hold, hidden, proposedBy: 'u-1', dueBy: '2026-04-01' } })
      const overdue = ofHold({ type: 'RestrictionProposalOverdue', data: { dueBy: '2026-04-01' } })
      const expired = ofHold({ type: 'RestrictionProposalExpired', data: { on: '2026-12-01' } })
      const shown = (...events: Told[]) => foldView(view, ...events).get('r-1')
      expect(shown(proposed)).toMatchObject({ status: 'proposed', dueBy: '2026-04-01', overdue: false })
      expect(shown(proposed, overdue)).toMatchObject({ status: 'proposed', dueBy: '2026-04-01', overdue: true })
      expect(shown(proposed, overdue, expired)).toMatchObject({ status: 'expired', overdue: true })
      // In the other view they stand nowhere.
      expect(foldView(hidden ? restrictions : hiddenRestrictions, proposed, overdue, expired).size).toBe(0)
    }
  })
  test('one that is told shows who proposed and approved it, and how it ended', () => {
    const proposed = ofHold({ type: 'RestrictionProposed', data: { ...hold, proposedBy: 'u-1' } })
    const lifted = ofHold({ type: 'RestrictionLifted', data: { reason: 'orderEnded' } })
    expect(foldView(restrictions, proposed).get('r-1')).toMatchObject({ status: 'proposed', proposedBy: 'u-1', approvedBy: null })
    const approved = ofHold({ type: 'RestrictionPlaced', data: { ...hold, approvedBy: 'u-2' } })
    expect(foldView(restrictions, proposed, approved, lifted).get('r-1')).toMatchObject({
      status: 'lifted',
      proposedBy: 'u-1',
      approvedBy: 'u-2',
      reason: 'orderEnded',
    })
  })
})
