import {
  addMember,
  addNote,
  caseFile,
  type CaseFile,
  changeLead,
  close,
  correctNote,
  extendMembership,
  isInTeam,
  isLead,
  noticeMissingLead,
  open,
  type OpenCase,
  removeMember,
  type TeamMember,
  transfer,
} from './case-file.decider.js'
import type { CaseFileEvent } from './case-file.events.js'

const today = '2026-03-01'
const held = { isHeld: true, worksWith: true }
const lead = { userId: 'u-1', agencyId: 'school', role: 'teacher', purpose: 'caseCoordination' } as const
const opening: OpenCase = { caseId: 'k-1', learnerId: 'l-1', lead, until: '2026-09-01', today }
const worker: TeamMember = {
  userId: 'u-2',
  agencyId: 'social',
  role: 'socialWorker',
  purpose: 'socialSupport',
  until: '2026-06-01',
}

const after = (...events: CaseFileEvent[]): CaseFile => events.reduce((s, e) => caseFile.evolve(s, e), caseFile.initial)
const opened = after(...open(caseFile.initial, opening, held))
const withWorker = addMember(opened, worker, held, today).reduce((s, e) => caseFile.evolve(s, e), opened)
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('the team', () => {
  test('R-8.5 no case is opened by an agency that does not work with the learner yet', () => {
    expect(code(() => open(caseFile.initial, opening, { isHeld: true, worksWith: false }))).toBe('CASE.NO_STANDING')
  })
  test('nothing happens in a case that is not open', () => {
    for (const act of [
      () => addMember(caseFile.initial, worker, held, today),
      () => changeLead(caseFile.initial, 'u-2', today),
      () => close(caseFile.initial, 'done'),
    ])
      expect(code(act)).toBe('CASE.NOT_OPEN')
    const closed = after(...open(caseFile.initial, opening, held), ...close(opened, 'done'))
    expect(code(() => addMember(closed, worker, held, today))).toBe('CASE.NOT_OPEN')
  })
  test('R-8.5 nobody joins in a role they do not hold', () => {
    expect(code(() => addMember(opened, worker, { isHeld: false }, today))).toBe('CASE.ROLE_NOT_HELD')
    expect(code(() => open(caseFile.initial, opening, { ...held, isHeld: false }))).toBe('CASE.ROLE_NOT_HELD')
  })
  test('R-8.5 a membership has an end, within a year, and can be extended', () => {
    expect(code(() => addMember(opened, { ...worker, until: today }, held, today))).toBe('CASE.OVER')
    expect(code(() => addMember(opened, { ...worker, until: '2027-03-03' }, held, today))).toBe('CASE.TOO_LONG')
    expect(extendMembership(withWorker, { userId: 'u-2', until: '2026-12-01' }, held, today)).toHaveLength(1)
    expect(extendMembership(withWorker, { userId: 'u-2', until: worker.until }, held, today)).toEqual([])
    expect(code(() => extendMembership(withWorker, { userId: 'u-9', until: '2026-12-01' }, held, today))).toBe('CASE.NOT_IN_TEAM')
  })
  test('R-8.8 an employer is never in the team', () => {
    expect(code(() => addMember(opened, { ...worker, role: 'placementTutor' }, held, today))).toBe('CASE.NOT_A_TEAM_ROLE')
  })
  test('the same again is nothing new; the same person otherwise is refused', () => {
    expect(open(opened, opening, held)).toEqual([])
    expect(addMember(withWorker, worker, held, today)).toEqual([])
    expect(code(() => addMember(withWorker, { ...worker, role: 'mentor' }, held, today))).toBe('CASE.ALREADY_MEMBER')
    expect(removeMember(opened, { userId: 'u-2', reason: 'left', today })).toEqual([])
  })
})

describe('the lead', () => {
  test('R-8.5 somebody is in the team for the agency they joined for, until their last day, and for no other', () => {
    const { userId, agencyId } = worker
    expect(isInTeam(withWorker, { userId, agencyId }, '2026-05-31')).toBe(true)
    expect(isInTeam(withWorker, { userId, agencyId }, '2026-06-01')).toBe(false)
    expect(isInTeam(withWorker, { userId, agencyId: 'school' }, today)).toBe(false)
    expect(isLead(withWorker, lead, '2026-08-31')).toBe(true)
    expect(isLead(withWorker, lead, '2026-09-01')).toBe(false)
    expect(isLead(withWorker, worker, today)).toBe(false)
    const closed = close(withWorker, 'done').reduce((s, e) => caseFile.evolve(s, e), withWorker)
    expect(isInTeam(closed, lead, today)).toBe(false)
  })
  test('R-8.6 a case has exactly one lead, out of its team', () => {
    expect(opened.leadUserId).toBe('u-1')
    expect(code(() => changeLead(opened, 'u-2', today))).toBe('CASE.NOT_IN_TEAM')
    const changed = caseFile.evolve(withWorker, changeLead(withWorker, 'u-2', today)[0]!)
    expect(changed).toMatchObject({ leadUserId: 'u-2', leadAgencyId: 'social' })
    expect(changeLead(changed, 'u-2', today)).toEqual([])
    expect(code(() => changeLead(withWorker, 'u-2', '2026-06-01'))).toBe('CASE.MEMBERSHIP_OVER')
  })
  test('R-8.6 a lead who leaves makes an incident, said once and ended by the next lead', () => {
    const events = removeMember(withWorker, { userId: 'u-1', reason: 'leftAgency', today })
    expect(events.map(e => e.type)).toEqual(['TeamMemberRemoved', 'LeadMissing'])
    const headless = events.reduce((s, e) => caseFile.evolve(s, e), withWorker)
    expect(headless.leadUserId).toBeUndefined()
    expect(noticeMissingLead(headless, today)).toEqual([])
    expect(caseFile.evolve(headless, changeLead(headless, 'u-2', today)[0]!).leadMissingSince).toBeUndefined()
  })
  test('R-8.6 a lead whose membership ran out leads no more', () => {
    expect(noticeMissingLead(opened, '2026-08-31')).toEqual([])
    expect(noticeMissingLead(opened, '2026-09-01')).toEqual([{ type: 'LeadMissing', data: { since: '2026-09-01' } }])
  })
  test('a case is handed over to a team member of the agency named', () => {
    const to = { toAgencyId: 'social', toUserId: 'u-2', reason: 'moved', today }
    expect(code(() => transfer(opened, to))).toBe('CASE.NOT_IN_TEAM')
    expect(code(() => transfer(withWorker, { ...to, toAgencyId: 'health' }))).toBe('CASE.NOT_IN_TEAM')
    const moved = caseFile.evolve(withWorker, transfer(withWorker, to)[0]!)
    expect(moved).toMatchObject({ leadUserId: 'u-2', leadAgencyId: 'social' })
    expect(transfer(moved, to)).toEqual([])
  })
})

describe('notes', () => {
  const note = {
    noteId: 'n-1',
    author: { userId: 'u-2', agencyId: 'social' },
    visibility: 'own',
    categories: ['C9'],
    text: 'x',
    today,
  } as const
  const noted = caseFile.evolve(withWorker, addNote(withWorker, note)[0]!)
  test('only the team writes notes, while its members are in it', () => {
    expect(code(() => addNote(opened, note))).toBe('CASE.NOT_IN_TEAM')
    expect(code(() => addNote(withWorker, { ...note, today: '2026-06-01' }))).toBe('CASE.MEMBERSHIP_OVER')
    expect(addNote(noted, note)).toEqual([])
    // Other words under the id in use would be lost.
    expect(code(() => addNote(noted, { ...note, text: 'Something else.' }))).toBe('CASE.NOTE_EXISTS')
    expect(code(() => addNote(noted, { ...note, author: { userId: 'u-1', agencyId: 'school' } }))).toBe('CASE.NOTE_EXISTS')
  })
  test('R-0.2 a note is corrected by its author, naming what it corrects', () => {
    const correction = { noteId: 'n-1', correctsEventId: 'e-1', reason: 'factual', text: 'y', userId: 'u-2' }
    expect(code(() => correctNote(withWorker, correction))).toBe('CASE.NO_NOTE')
    expect(code(() => correctNote(noted, { ...correction, userId: 'u-1' }))).toBe('CASE.NOT_AUTHOR')
    const [event] = correctNote(noted, correction)
    expect(event).toMatchObject({ type: 'NoteCorrected', data: { correctsEventId: 'e-1' } })
    const corrected = caseFile.evolve(noted, event!)
    expect(correctNote(corrected, correction)).toEqual([])
    expect(correctNote(corrected, { ...correction, text: 'z' })).toHaveLength(1)
  })
  test('closing ends every membership, once', () => {
    const events = close(noted, 'done')
    expect(events.map(event => event.type)).toEqual(['TeamMemberRemoved', 'TeamMemberRemoved', 'CaseClosed'])
    const closed = events.reduce((s, e) => caseFile.evolve(s, e), noted)
    expect(closed.members).toEqual([])
    expect(close(closed, 'done')).toEqual([])
  })
})
