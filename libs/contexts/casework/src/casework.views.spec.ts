import { columnsFrom, foldView, type Told } from '@passerelle/testing'
import type { CaseFileEvent } from './case-file.events.js'
import { caseFiles, teamMembers } from './case-files.view.js'
import { notes, ownNotes } from './notes.view.js'

const told = (event: CaseFileEvent): Told => ({
  streamId: 'caseFile-k-1',
  subjectRef: 'l-1',
  occurredAt: '2026-03-01T09:00:00.000Z',
  ...event,
})
const opened = told({
  type: 'CaseOpened',
  data: {
    caseId: 'k-1',
    learnerId: 'l-1',
    leadUserId: 'u-1',
    leadAgencyId: 'school',
    leadRole: 'teacher',
    purpose: 'caseCoordination',
    until: '2026-09-01',
  },
})
const joined = told({
  type: 'TeamMemberAdded',
  data: { userId: 'u-2', agencyId: 'social', role: 'socialWorker', purpose: 'socialSupport', until: '2026-06-01' },
})
const removed = (userId: string) => told({ type: 'TeamMemberRemoved', data: { userId, reason: 'caseClosed' } })
const note = (noteId: string, visibility: 'own' | 'team') =>
  told({ type: 'NoteAdded', data: { noteId, authorUserId: 'u-2', visibility, categories: ['C9'], text: 'The rent is paid.' } })

test('R-8.5 a member is a row of their agency until they are removed, the lead among them', () => {
  const rows = foldView(teamMembers, opened, joined)
  expect([...rows.values()]).toMatchObject([
    { userId: 'u-1', agencyId: 'school', until: '2026-09-01' },
    { userId: 'u-2', agencyId: 'social', until: '2026-06-01', purpose: 'socialSupport' },
  ])
  expect(teamMembers.columns.agencyId.owner).toBe(true)
  const longer = told({ type: 'TeamMembershipExtended', data: { userId: 'u-2', until: '2026-08-01' } })
  expect(foldView(teamMembers, opened, joined, longer).get('k-1|u-2')).toMatchObject({ until: '2026-08-01' })
  expect([...foldView(teamMembers, opened, joined, removed('u-1'), removed('u-2')).keys()]).toEqual([])
})
test('R-8.6 a case shows who leads it, or since when nobody does', () => {
  const missing = told({ type: 'LeadMissing', data: { since: '2026-04-01' } })
  expect(foldView(caseFiles, opened, joined, missing).get('k-1')).toMatchObject({
    leadUserId: null,
    leadMissingSince: '2026-04-01',
  })
  const led = told({ type: 'LeadChanged', data: { toUserId: 'u-2' } })
  expect(foldView(caseFiles, opened, joined, missing, led).get('k-1')).toMatchObject({
    leadUserId: 'u-2',
    leadMissingSince: null,
  })
  const transferred = told({ type: 'CaseTransferred', data: { toAgencyId: 'social', toUserId: 'u-2', reason: 'moved' } })
  expect(foldView(caseFiles, opened, joined, transferred).get('k-1')).toMatchObject({ leadUserId: 'u-2', leadAgencyId: 'social' })
})
test('a note for the team and a note for the own agency never stand in one view', () => {
  expect([...foldView(notes, note('n-1', 'own'), note('n-2', 'team')).keys()]).toEqual(['n-2'])
  expect([...foldView(ownNotes, note('n-1', 'own'), note('n-2', 'team')).keys()]).toEqual(['n-1'])
})
test('R-0.2 a corrected note has its new words, where it stands', () => {
  const corrected = told({
    type: 'NoteCorrected',
    data: { noteId: 'n-1', correctsEventId: 'e-1', reason: 'typo', text: 'It is not.' },
  })
  expect(foldView(ownNotes, note('n-1', 'own'), corrected).get('n-1')).toMatchObject({
    text: 'It is not.',
    caseId: 'k-1',
    learnerId: 'l-1',
  })
  expect(foldView(notes, note('n-1', 'own'), corrected).size).toBe(0)
})
test('whoever knows only that there is a case learns nothing of the team, nor that there are notes', () => {
  expect(columnsFrom(caseFiles, 'existence')).toEqual({ C3: ['caseId', 'learnerId', 'status'] })
  expect(columnsFrom(teamMembers, 'existence')).toEqual({ C3: ['caseId', 'learnerId'] })
  expect(teamMembers.columns.userId.from).toBe('summary')
  expect([columnsFrom(notes, 'existence'), columnsFrom(ownNotes, 'existence'), columnsFrom(ownNotes, 'summary')]).toEqual([
    {},
    {},
    {},
  ])
})
