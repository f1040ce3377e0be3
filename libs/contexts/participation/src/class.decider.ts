import { type Decider, Refused, shorterFrom } from '@passerelle/event-log'
import { categories } from '@passerelle/sharing'
import { type ClassEvent, classEvents } from './class.events.js'

type DataOf<T extends ClassEvent['type']> = Extract<ClassEvent, { type: T }>['data']

export interface TeachingClass {
  readonly status: 'none' | 'open' | 'closed'
  readonly classId?: string
  readonly agencyId?: string
  readonly title?: string
  /** Who teaches it, from the first day until the last (exclusive; absent: until unassigned). */
  readonly teachers: Readonly<Record<string, { readonly from: string; readonly until?: string }>>
}
export type OpenClass = DataOf<'ClassOpened'>
export type AssignTeacher = DataOf<'TeacherAssigned'>

export function openClass(teachingClass: TeachingClass, command: OpenClass): ClassEvent[] {
  if (teachingClass.status === 'none') return [{ type: 'ClassOpened', data: command }]
  if (teachingClass.agencyId === command.agencyId && teachingClass.title === command.title) return []
  throw new Refused('CLASS.EXISTS', 'A class has this id already.', 'Retitle it, or choose another id.', {
    classId: command.classId,
  })
}

export function retitle(teachingClass: TeachingClass, title: string): ClassEvent[] {
  refuseUnlessOpen(teachingClass)
  return teachingClass.title === title ? [] : [{ type: 'ClassRetitled', data: { title } }]
}

export function assignTeacher(teachingClass: TeachingClass, command: AssignTeacher): ClassEvent[] {
  refuseUnlessOpen(teachingClass)
  const { userId, from, until } = command
  if (until !== undefined && until <= from)
    throw new Refused('CLASS.PERIOD', 'The assignment would end before it begins.', 'Choose a later last day.', { from, until })
  const known = teachingClass.teachers[userId]
  return known && known.from === from && known.until === until ? [] : [{ type: 'TeacherAssigned', data: command }]
}

export function unassignTeacher(teachingClass: TeachingClass, command: DataOf<'TeacherUnassigned'>): ClassEvent[] {
  if (teachingClass.status === 'none') throw unknown()
  return teachingClass.teachers[command.userId] ? [{ type: 'TeacherUnassigned', data: command }] : []
}

export function closeClass(teachingClass: TeachingClass, reason: string): ClassEvent[] {
  if (teachingClass.status === 'none') throw unknown()
  return teachingClass.status === 'closed' ? [] : [{ type: 'ClassClosed', data: { reason } }]
}

export const teachingClass: Decider<TeachingClass, ClassEvent> = {
  events: classEvents,
  initial: { status: 'none', teachers: {} },
  subject: () => undefined,
  // Who is in the class, others know: what these teachers may see of learners waits for the models, their post stands.
  closes({ agencyId, teachers }, event) {
    switch (event.type) {
      case 'TeacherUnassigned':
        return [{ userId: event.data.userId, agencyId, categories }]
      case 'TeacherAssigned': {
        const known = teachers[event.data.userId]
        const shorter = known && shorterFrom(known, event.data)
        return shorter ? [{ userId: event.data.userId, agencyId, categories, ...shorter }] : []
      }
      case 'ClassClosed':
        return Object.keys(teachers).map(userId => ({ userId, agencyId, categories }))
      case 'ClassOpened':
      case 'ClassRetitled':
        return []
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'ClassOpened': {
        const { classId, agencyId, title } = event.data
        return { ...state, status: 'open', classId, agencyId, title }
      }
      case 'ClassRetitled':
        return { ...state, title: event.data.title }
      case 'TeacherAssigned': {
        const { userId, from, until } = event.data
        return { ...state, teachers: { ...state.teachers, [userId]: { from, until } } }
      }
      case 'TeacherUnassigned': {
        const { [event.data.userId]: _gone, ...teachers } = state.teachers
        return { ...state, teachers }
      }
      case 'ClassClosed':
        return { ...state, status: 'closed', teachers: {} }
    }
  },
}

const unknown = () => new Refused('CLASS.UNKNOWN', 'There is no such class.', 'Open it first.')
function refuseUnlessOpen(teachingClass: TeachingClass): void {
  if (teachingClass.status === 'none') throw unknown()
  if (teachingClass.status === 'closed') throw new Refused('CLASS.CLOSED', 'The class is closed.', 'Open another one.')
}
