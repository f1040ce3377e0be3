import { addWorkingDays, type Decider, Refused, type WorkingCalendar } from '@passerelle/event-log'
import { type Category, mayBreakGlass, type Role } from '@passerelle/sharing'
import { type BreakGlassEvent, breakGlassEvents, type Emergency } from './break-glass.events.js'

/** R-V.4: longer than this nobody looks without anybody having agreed; a region may set fewer. */
export const longestMinutes = 60
/** Working days within which the data protection officer says whether it was right. */
export const reviewWithinDays = 5

export interface UseBreakGlass {
  readonly breakGlassId: string
  readonly learnerId: string
  readonly userId: string
  readonly agencyId: string
  readonly role: Role
  readonly categories: readonly Category[]
  readonly reasonCode: Emergency
  /** Absent of somebody who was forgotten. */
  readonly reason?: string
  readonly minutes: number
}

export interface BreakGlass {
  readonly status: 'none' | 'used' | 'reviewed'
  readonly use?: Pick<UseBreakGlass, 'learnerId' | 'userId' | 'agencyId' | 'role' | 'categories' | 'reasonCode'> & {
    readonly kept: boolean
    readonly until: string
    readonly reviewDueOn: string
  }
  /** Whose officer was told that nobody reviewed it by the day. */
  readonly toldAgencyId?: string
  readonly outcome?: 'justified' | 'unjustified'
}

/**
 * The glass of one person: a stream for each use, and the next only once the last was reviewed. Asked twice while it is open, it stays as it is:
 * the hour does not begin again.
 */
export function use(glass: BreakGlass, command: UseBreakGlass, now: string, calendar: WorkingCalendar): BreakGlassEvent[] {
  const { breakGlassId, learnerId, userId, agencyId, role, reasonCode, reason, minutes } = command
  const categories = [...new Set(command.categories)]
  refuseFaulty(role, categories, minutes)
  if (glass.status !== 'none') {
    if (glass.status === 'used' && isSameUse(glass.use!, command, now)) return []
    throw new Refused(
      'BREAK_GLASS.UNREVIEWED',
      'Your last use has not been reviewed.',
      'Ask the data protection officer to review it. Where somebody is in danger, let a colleague look.',
    )
  }
  const kept = reasonCode === 'safeguarding'
  return [
    {
      type: 'BreakGlassUsed',
      data: {
        breakGlassId,
        learnerId,
        userId,
        agencyId,
        role,
        categories,
        reasonCode,
        ...(reason !== undefined && (kept ? { keptReason: reason } : { reason })),
        kept,
        at: now,
        until: new Date(Date.parse(now) + minutes * 60_000).toISOString(),
        reviewDueOn: addWorkingDays(now.slice(0, 10), reviewWithinDays, calendar),
      },
    },
  ]
}

/** The clock's: the last day to review it is over. Said once, to the officer of the agency that answers for the region. */
export function noticeOverdueBreakGlass(glass: BreakGlass, toldAgencyId: string, today: string): BreakGlassEvent[] {
  const { status, use: used } = glass
  if (status !== 'used' || glass.toldAgencyId !== undefined || today <= used!.reviewDueOn) return []
  return [{ type: 'BreakGlassReviewOverdue', data: { dueOn: used!.reviewDueOn, toldAgencyId } }]
}

export interface ReviewBreakGlass {
  readonly outcome: 'justified' | 'unjustified'
  readonly by: string
  readonly remark?: string
}

export function review({ status, use: used, outcome }: BreakGlass, command: ReviewBreakGlass): BreakGlassEvent[] {
  if (status === 'none') throw new Refused('BREAK_GLASS.NOT_USED', 'Nothing was used under this id.', 'Check the id.')
  if (used!.userId === command.by)
    throw new Refused('BREAK_GLASS.SAME_PERSON', 'Nobody reviews what they did themselves.', 'Let another officer look at it.')
  if (status === 'reviewed') {
    if (outcome === command.outcome) return []
    throw new Refused('BREAK_GLASS.REVIEWED', 'It was reviewed otherwise.', 'Read the review; it is not changed afterwards.')
  }
  const { by, remark } = command
  const said = remark === undefined ? {} : used!.kept ? { keptRemark: remark } : { remark }
  return [{ type: 'BreakGlassReviewed', data: { outcome: command.outcome, by, ...said } }]
}

export const breakGlass: Decider<BreakGlass, BreakGlassEvent> = {
  events: breakGlassEvents,
  initial: { status: 'none' },
  subject: ({ use: used }) => used?.learnerId,
  // What was not justified ends at once, whatever is left of its minutes.
  closes({ use: used }, event) {
    if (event.type !== 'BreakGlassReviewed' || event.data.outcome !== 'unjustified') return []
    return [{ learnerId: used?.learnerId, agencyId: used?.agencyId, userId: used?.userId }]
  },
  evolve(state, event) {
    switch (event.type) {
      case 'BreakGlassUsed': {
        const { learnerId, userId, agencyId, role, categories, reasonCode, kept, until, reviewDueOn } = event.data
        return { status: 'used', use: { learnerId, userId, agencyId, role, categories, reasonCode, kept, until, reviewDueOn } }
      }
      case 'BreakGlassReviewOverdue':
        return { ...state, toldAgencyId: state.toldAgencyId ?? event.data.toldAgencyId }
      case 'BreakGlassReviewed':
        return { ...state, status: 'reviewed', outcome: event.data.outcome }
    }
  },
}

function isSameUse(used: NonNullable<BreakGlass['use']>, command: UseBreakGlass, now: string): boolean {
  const asked = new Set(command.categories)
  return (
    now < used.until &&
    used.learnerId === command.learnerId &&
    used.agencyId === command.agencyId &&
    used.role === command.role &&
    used.reasonCode === command.reasonCode &&
    asked.size === used.categories.length &&
    used.categories.every(category => asked.has(category))
  )
}

function refuseFaulty(role: Role, categories: readonly Category[], minutes: number): void {
  if (categories.length === 0)
    throw new Refused('BREAK_GLASS.INVALID_CATEGORIES', 'An emergency names what has to be seen.', 'Name at least one category.')
  const never = categories.filter(category => !mayBreakGlass(role, category))
  if (never.length > 0)
    throw new Refused(
      'BREAK_GLASS.INVALID_CATEGORIES',
      'Your role is never shown this, whatever the emergency.',
      'Leave these categories out, or let a colleague look whose work they belong to.',
      { categories: never },
    )
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > longestMinutes)
    throw new Refused('BREAK_GLASS.INVALID_TIME', 'Nobody may look that long on their own word.', 'Give 1 to 60 minutes.', {
      longest: longestMinutes,
    })
}
