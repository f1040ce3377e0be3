import { addDays } from '@passerelle/event-log'
import { agencySectors, people, type StoryHub, type Who } from './story-hub.fixture.js'

export const today = new Date().toISOString().slice(0, 10)
export const learnerId = 'learner-1'

/** A school that has enrolled a learner of age, and a social service one of whose workers is in the team: they see the name, and of the school nothing. */
export async function foundTwoAgencies(story: StoryHub, staff: readonly Who[]): Promise<void> {
  for (const [agencyId, sector] of Object.entries(agencySectors))
    await story.records('admin', 'registerAgency', { agencyId, name: `The ${agencyId}`, sector, region: 'ZZ11' })
  for (const userId of staff) {
    const { agencyId, role } = people[userId]
    await story.records('admin', 'registerStaffMember', { userId, name: userId, issuer: story.issuer, subject: userId })
    const assigned = await story.records('admin', 'assignStaffRole', { userId, agencyId, role, from: today })
    if (userId === staff.at(-1)) await story.arrived(assigned.position!)
  }
  const birthDate = `${Number(today.slice(0, 4)) - 18}-01-15`
  await story.does('coordinator', 'registerLearner', { learnerId, givenName: 'Lena', familyName: 'Larsen', birthDate })
  await story.does('coordinator', 'linkLearnerAccount', { learnerId, issuer: story.issuer, subject: 'learner' })
  await story.does('coordinator', 'openClass', { classId: 'class-1', title: '10B' })
  await story.does('coordinator', 'enrolLearner', { enrolmentId: 'enrolment-1', learnerId, classId: 'class-1', from: today })
  await story.does('coordinator', 'openCase', { caseId: 'case-1', learnerId, until: addDays(today, 200) })
  const member = { userId: 'socialWorker', agencyId: 'social', role: 'socialWorker', purpose: 'socialSupport' }
  await story.does('coordinator', 'addTeamMember', { caseId: 'case-1', ...member, until: addDays(today, 200) })
}
