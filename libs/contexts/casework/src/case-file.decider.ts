import { addDays, type Decider, Refused, sameValue, shorterFrom } from '@passerelle/event-log'
import type { Category, Purpose, Role } from '@passerelle/sharing'
import { type CaseFileEvent, caseFileEvents } from './case-file.events.js'

/** One person in the team, until the first day on which they are in it no more. */
export interface TeamMember {
  readonly userId: string
  readonly agencyId: string
  readonly role: Role
  readonly purpose: Purpose
  readonly until: string
}
interface Note {
  readonly authorUserId: string
  readonly agencyId: string
  /** As it was written. */
  readonly said: unknown
  readonly lastCorrection?: unknown
}

export interface CaseFile {
  readonly status: 'none' | 'open' | 'closed'
  readonly learnerId?: string
  readonly leadUserId?: string
  readonly leadAgencyId?: string
  readonly members: readonly TeamMember[]
  readonly notes: Readonly<Record<string, Note>>
  /** Since when nobody leads it: an incident. */
  readonly leadMissingSince?: string
}

/** What is known of a person's post at the moment: whether they hold the role in the agency today. */
export interface Post {
  readonly isHeld: boolean
}
/** Of who opens a case besides: whether their agency works with the learner already, for the purpose. */
export interface Opening extends Post {
  readonly worksWith: boolean
}

/** an employer is never in the team; it sees the placement. Learners and guardians are not colleagues, they own the case. */
const outsiders: readonly Role[] = [
  'placementTutor',
  'learner',
  'guardian',
  'policyAnalyst',
  'regionAdmin',
  'dataProtectionOfficer',
]
/** The longest that a membership lasts before somebody has to say so again. */
export const longestMembershipDays = 366

export interface OpenCase {
  readonly caseId: string
  readonly learnerId: string
  readonly lead: Omit<TeamMember, 'until'>
  readonly until: string
  readonly today: string
}

/** a case gives an agency no standing that it has not. Whoever only waits to accept a referral opens none. */
export function open(file: CaseFile, command: OpenCase, opening: Opening): CaseFileEvent[] {
  const { caseId, learnerId, lead, until, today } = command
  if (file.status !== 'none') {
    if (file.learnerId === learnerId && file.leadUserId === lead.userId) return []
    throw new Refused('CASE.EXISTS', 'A case has this id already.', 'Open it with another id.', { caseId })
  }
  if (!opening.worksWith)
    throw new Refused(
      'CASE.NO_STANDING',
      'Your agency does not work with this learner, for this purpose.',
      'Accept the referral first, or ask for one.',
      { learnerId },
    )
  refuseMember({ ...lead, until }, opening, today)
  const { userId: leadUserId, agencyId: leadAgencyId, role: leadRole, purpose } = lead
  return [{ type: 'CaseOpened', data: { caseId, learnerId, leadUserId, leadAgencyId, leadRole, purpose, until } }]
}

export function addMember(file: CaseFile, member: TeamMember, post: Post, today: string): CaseFileEvent[] {
  refuseClosed(file)
  const known = file.members.find(m => m.userId === member.userId)
  if (known && sameMember(known, member)) return []
  if (known)
    throw new Refused(
      'CASE.ALREADY_MEMBER',
      'This person is in the team in another way.',
      'Remove or extend the membership first.',
      {
        userId: member.userId,
      },
    )
  refuseMember(member, post, today)
  return [{ type: 'TeamMemberAdded', data: { ...member } }]
}

export function extendMembership(
  file: CaseFile,
  command: { userId: string; until: string },
  post: Post,
  today: string,
): CaseFileEvent[] {
  refuseClosed(file)
  const member = memberOf(file, command.userId)
  if (member.until === command.until) return []
  refuseMember({ ...member, until: command.until }, post, today)
  return [{ type: 'TeamMembershipExtended', data: command }]
}

/** Asked twice, or of somebody who is not in it: nothing new. The lead leaves by being followed, or the case is without one. */
export function removeMember(file: CaseFile, command: { userId: string; reason: string; today: string }): CaseFileEvent[] {
  if (file.status !== 'open' || !file.members.some(m => m.userId === command.userId)) return []
  const { userId, reason, today } = command
  return [
    { type: 'TeamMemberRemoved', data: { userId, reason } },
    ...(file.leadUserId === userId ? [{ type: 'LeadMissing' as const, data: { since: today } }] : []),
  ]
}

/** whether somebody who acts for an agency is in the team by it today. Another post of theirs opens nothing. */
export function isInTeam(file: CaseFile, who: { userId: string; agencyId: string }, today: string): boolean {
  return (
    file.status === 'open' && file.members.some(m => m.userId === who.userId && m.agencyId === who.agencyId && today < m.until)
  )
}
/** a lead whose membership is over leads no more. */
export function isLead(file: CaseFile, who: { userId: string; agencyId: string }, today: string): boolean {
  return file.leadUserId === who.userId && isInTeam(file, who, today)
}

/** exactly one lead, and one of the team. */
export function changeLead(file: CaseFile, toUserId: string, today: string): CaseFileEvent[] {
  refuseClosed(file)
  if (file.leadUserId === toUserId) return []
  const member = memberOf(file, toUserId)
  if (member.until <= today)
    throw new Refused('CASE.MEMBERSHIP_OVER', 'The membership of this person is over.', 'Extend it first.', {
      userId: toUserId,
      until: member.until,
    })
  return [{ type: 'LeadChanged', data: { ...(file.leadUserId && { fromUserId: file.leadUserId }), toUserId } }]
}

/** The clock's: a lead whose membership is over leads no more. */
export function noticeMissingLead(file: CaseFile, today: string): CaseFileEvent[] {
  if (file.status !== 'open' || file.leadMissingSince) return []
  const lead = file.members.find(m => m.userId === file.leadUserId)
  if (lead && lead.until > today) return []
  return [{ type: 'LeadMissing', data: { since: lead ? lead.until : today } }]
}

export interface AddNote {
  readonly noteId: string
  readonly author: { readonly userId: string; readonly agencyId: string }
  /** `own`: for the author's agency alone. */
  readonly visibility: 'own' | 'team'
  readonly categories: readonly Category[]
  readonly text: string
  readonly today: string
}

export function addNote(file: CaseFile, command: AddNote): CaseFileEvent[] {
  refuseClosed(file)
  const { noteId, author, visibility, categories, text } = command
  const said = { noteId, authorUserId: author.userId, visibility, categories: [...categories], text }
  const known = file.notes[noteId]
  if (known) {
    if (known.authorUserId === author.userId && sameValue(known.said, said)) return []
    throw new Refused('CASE.NOTE_EXISTS', 'A note has this id already.', 'Choose another id.', { noteId })
  }
  refuseOutsideTeam(file, author.userId, command.today)
  return [{ type: 'NoteAdded', data: said }]
}

/** a note is corrected by another event that names it, by its author. */
export function correctNote(
  file: CaseFile,
  command: { noteId: string; correctsEventId: string; reason: string; text: string; userId: string },
): CaseFileEvent[] {
  refuseClosed(file)
  const { userId, ...correction } = command
  const note = file.notes[command.noteId]
  if (!note) throw new Refused('CASE.NO_NOTE', 'The case has no such note.', 'Check the id.', { noteId: command.noteId })
  if (note.authorUserId !== userId)
    throw new Refused('CASE.NOT_AUTHOR', 'Only its author corrects a note.', 'Add a note of your own.', {
      noteId: command.noteId,
    })
  return sameValue(note.lastCorrection, correction) ? [] : [{ type: 'NoteCorrected', data: correction }]
}

/** To another agency's team member, who leads from now on. */
export function transfer(
  file: CaseFile,
  command: { toAgencyId: string; toUserId: string; reason: string; today: string },
): CaseFileEvent[] {
  refuseClosed(file)
  const { today, ...to } = command
  if (file.leadUserId === to.toUserId && file.leadAgencyId === to.toAgencyId) return []
  const member = memberOf(file, to.toUserId)
  if (member.agencyId !== to.toAgencyId || member.until <= today)
    throw new Refused(
      'CASE.NOT_IN_TEAM',
      'The case goes to somebody in its team, of the agency named.',
      'Add them to the team first.',
      to,
    )
  return [{ type: 'CaseTransferred', data: to }]
}

/** Every membership ends with it, each said by itself. */
export function close(file: CaseFile, reason: string): CaseFileEvent[] {
  if (file.status === 'none') throw new Refused('CASE.NOT_OPEN', 'There is no such case.', 'Open it first.')
  if (file.status === 'closed') return []
  return [
    ...file.members.map(({ userId }): CaseFileEvent => ({ type: 'TeamMemberRemoved', data: { userId, reason: 'caseClosed' } })),
    { type: 'CaseClosed', data: { reason } },
  ]
}

export const caseFile: Decider<CaseFile, CaseFileEvent> = {
  events: caseFileEvents,
  initial: { status: 'none', members: [], notes: {} },
  subject: state => state.learnerId,
  closes(state, event) {
    // It says of each member before that they are removed; whoever is left goes with it.
    if (event.type === 'CaseClosed') return state.members.map(({ agencyId }) => ({ learnerId: state.learnerId, agencyId }))
    if (event.type !== 'TeamMemberRemoved' && event.type !== 'TeamMembershipExtended' && event.type !== 'TeamMemberAdded')
      return []
    const member = state.members.find(m => m.userId === event.data.userId)
    // Added anew, in another way, is first removed.
    const since = event.type === 'TeamMembershipExtended' ? member && shorterFrom({ until: member.until }, event.data) : {}
    if (!member || !since) return []
    const { learnerId } = state
    const { userId, agencyId, purpose } = member
    const isLast = !state.members.some(m => m !== member && m.agencyId === agencyId && m.purpose === purpose)
    // With the last of them the agency has no more to do with the learner by this case.
    return [{ learnerId, userId, agencyId, ...since }, ...(isLast ? [{ learnerId, agencyId, purpose, ...since }] : [])]
  },
  evolve(state, event) {
    switch (event.type) {
      case 'CaseOpened': {
        const { learnerId, leadUserId, leadAgencyId, leadRole, purpose, until } = event.data
        const lead = { userId: leadUserId, agencyId: leadAgencyId, role: leadRole, purpose, until }
        return { ...state, status: 'open', learnerId, leadUserId, leadAgencyId, members: [lead] }
      }
      case 'TeamMemberAdded':
        return { ...state, members: [...state.members, event.data] }
      case 'TeamMembershipExtended':
        return {
          ...state,
          members: state.members.map(m => (m.userId === event.data.userId ? { ...m, until: event.data.until } : m)),
        }
      case 'TeamMemberRemoved':
        return { ...state, members: state.members.filter(m => m.userId !== event.data.userId) }
      case 'LeadChanged':
        return led(state, event.data.toUserId)
      case 'LeadMissing':
        return { ...state, leadUserId: undefined, leadMissingSince: event.data.since }
      case 'NoteAdded': {
        const { noteId, authorUserId } = event.data
        const agencyId = state.members.find(m => m.userId === authorUserId)?.agencyId ?? ''
        return { ...state, notes: { ...state.notes, [noteId]: { authorUserId, agencyId, said: event.data } } }
      }
      case 'NoteCorrected': {
        const { noteId } = event.data
        return { ...state, notes: { ...state.notes, [noteId]: { ...state.notes[noteId]!, lastCorrection: event.data } } }
      }
      case 'CaseTransferred':
        return led(state, event.data.toUserId)
      case 'CaseClosed':
        return { ...state, status: 'closed', members: [] }
    }
  },
}

function led(file: CaseFile, userId: string): CaseFile {
  const leadAgencyId = file.members.find(m => m.userId === userId)?.agencyId ?? file.leadAgencyId
  return { ...file, leadUserId: userId, leadAgencyId, leadMissingSince: undefined }
}
function memberOf(file: CaseFile, userId: string): TeamMember {
  const member = file.members.find(m => m.userId === userId)
  if (!member) throw new Refused('CASE.NOT_IN_TEAM', 'This person is not in the team.', 'Add them first.', { userId })
  return member
}
function refuseClosed(file: CaseFile): void {
  if (file.status !== 'open')
    throw new Refused('CASE.NOT_OPEN', `The case is ${file.status === 'none' ? 'not there' : 'closed'}.`, 'Open a case first.')
}
function refuseOutsideTeam(file: CaseFile, userId: string, today: string): void {
  if (memberOf(file, userId).until <= today)
    throw new Refused('CASE.MEMBERSHIP_OVER', 'This membership is over.', 'Ask the lead to extend it.', { userId })
}
function refuseMember({ userId, agencyId, role, until }: TeamMember, post: Post, today: string): void {
  if (outsiders.includes(role))
    throw new Refused('CASE.NOT_A_TEAM_ROLE', 'This role is never in a team.', 'Share a placement, or choose a colleague.', {
      role,
    })
  if (!post.isHeld)
    throw new Refused(
      'CASE.ROLE_NOT_HELD',
      'This person does not hold this role in the agency today.',
      'Check the role, or let the agency assign it.',
      { userId, agencyId, role },
    )
  if (until <= today)
    throw new Refused('CASE.OVER', 'The membership would end before it begins.', 'Choose a later day.', { until })
  const latest = addDays(today, longestMembershipDays)
  if (until > latest)
    throw new Refused('CASE.TOO_LONG', 'A membership lasts a year at most.', 'Choose an earlier day; it can be extended.', {
      until,
      latest,
    })
}
const sameMember = (a: TeamMember, b: TeamMember) =>
  a.agencyId === b.agencyId && a.role === b.role && a.purpose === b.purpose && a.until === b.until
