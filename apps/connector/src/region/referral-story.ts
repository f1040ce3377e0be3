import { addDays } from '@passerelle/event-log'
import * as referrals from '@passerelle/referral'
import type { Role } from '@passerelle/sharing'
import type { Service } from './agencies.js'
import type { GivenConsent } from './consent-story.js'
import { colleague, type Person, type StoryTime } from './learner-story.js'
import type { Chance } from './random.js'
import { dayAt, step, type Step } from './step.js'

/** Where each referral of the region stands at the end: every state is somebody's. */
const endings = [
  'draft',
  'requested',
  'accepted',
  'contacted',
  'inProgress',
  'onHold',
  'outcomeReported',
  'closed',
  'declined',
  'reRouted',
  'learnerDeclined',
  'failed',
  'cancelled',
  'lost',
  'withdrawn',
  'overdue',
  'enteredInError',
  'closed',
  'resumed',
] as const
const workerOf = {
  social: 'socialWorker',
  health: 'healthProfessional',
  employment: 'employmentOfficer',
  education: 'educationCoordinator',
} as const satisfies Record<string, Role>
const calendar = { closed: [] }
const terms = { calendar }

/** One referral in two of three learners, to an agency for which there is a consent where there is one, else on a public task. */
export function* referralsOf(
  person: Person,
  consents: readonly GivenConsent[],
  { start, endDay }: StoryTime,
  chance: Chance,
): Iterable<Step> {
  const { learnerId, number, district, schoolClass, self } = person
  if (number % 3 === 2) return
  const { referral } = referrals
  const ending = endings[Math.floor(number / 3 + (number % 3) * 7) % endings.length]!
  const fitting = district.services.filter(
    each => each.status === 'active' && each.sector !== 'education' && each.sector !== 'authority',
  )
  const open = consents.filter(each => !each.withdrawnOn && each.categories.includes('C12'))
  const service = chance.pick(
    fitting.filter(each => open.some(given => given.recipientAgencyId === each.agencyId)).concat(open.length > 0 ? [] : fitting),
  )
  const given = open.find(each => each.recipientAgencyId === service.agencyId)
  const referralId = chance.uuid()
  const requester = colleague(person, schoolClass.agencyId, 'educationCoordinator')
  const drafted = dayAt(start, 150 + (number % 40))
  const target = colleague(person, service.agencyId, workerOf[service.sector as keyof typeof workerOf])
  const facts = (of: Service): referrals.ServiceFacts => ({
    offer: {
      serviceId: of.serviceId,
      status: of.status,
      agencyId: of.agencyId,
      sector: of.sector,
      minimumAge: of.minimumAge,
      maximumAge: of.maximumAge,
      areas: [],
    },
    applicant: {},
    alternatives: [],
  })
  yield step(requester, drafted, referral, referralId, state =>
    referrals.draft(
      state,
      {
        referralId,
        learnerId,
        requesterAgencyId: requester.agencyId,
        requestedBy: requester.userId,
        serviceId: service.serviceId,
        reasonCode: service.reasonCode,
        message: 'Please call in the afternoon.',
        urgency: chance.pick(['routine', 'urgent']),
        picked: [],
      },
      facts(service),
    ),
  )
  if (ending === 'draft') return
  const needed = referrals.neededCategories({ reasonCode: service.reasonCode, picked: [] })
  const basis: referrals.Basis =
    given && needed.every(category => given.categories.includes(category))
      ? { kind: 'consent', categories: given.categories, consentId: given.consentId }
      : { kind: 'publicTask', categories: needed, statute: 'GDPR-6-1-e' }
  const sent = addDays(drafted, 2)
  yield step(
    requester,
    sent,
    referral,
    referralId,
    state => referrals.check(state, { bases: [basis], denied: [] }),
    state => referrals.send(state, { taskId: `${referralId}-t`, today: sent }, facts(service), terms),
  )
  const agencyId = requester.agencyId
  if (ending === 'requested') return
  if (ending === 'overdue')
    return void (yield step(requester, addDays(sent, 20), referral, referralId, state =>
      referrals.noticeOverdue(state, addDays(sent, 20)),
    ))
  if (ending === 'cancelled' || ending === 'withdrawn') {
    yield step(requester, addDays(sent, 3), referral, referralId, state =>
      referrals.cancel(state, { reasonCode: 'noLongerNeeded', agencyId }),
    )
    if (ending === 'withdrawn')
      yield step(requester, addDays(sent, 4), referral, referralId, state =>
        referrals.close(state, { loop: 'withdrawn', by: requester.userId, agencyId }),
      )
    return
  }
  if (ending === 'enteredInError')
    return void (yield step(requester, addDays(sent, 1), referral, referralId, state =>
      referrals.enterInError(state, { reasonCode: 'wrongPerson', agencyId }),
    ))
  if (ending === 'learnerDeclined')
    return void (yield step(self, addDays(sent, 4), referral, referralId, state =>
      referrals.learnerDeclines(state, { by: 'learner', reason: 'I found help myself' }),
    ))
  if (ending === 'declined' || ending === 'reRouted' || ending === 'lost') {
    yield step(target, addDays(sent, 3), referral, referralId, state =>
      referrals.decline(state, { reasonCode: 'noCapacity', reason: 'No place before summer' }),
    )
    if (ending === 'lost')
      yield step(requester, addDays(sent, 30), referral, referralId, state =>
        referrals.close(state, { loop: 'lost', by: requester.userId, agencyId }),
      )
    const other = fitting.find(each => each.serviceId !== service.serviceId && each.agencyId !== service.agencyId)
    if (ending === 'reRouted' && other)
      yield step(requester, addDays(sent, 6), referral, referralId, state =>
        referrals.reRoute(state, { serviceId: other.serviceId, agencyId }, facts(other)),
      )
    return
  }
  const accepted = addDays(sent, chance.int(1, 5))
  yield step(target, accepted, referral, referralId, state =>
    referrals.accept(state, { by: target.userId, today: accepted }, terms),
  )
  if (ending === 'accepted') return
  const met = addDays(accepted, chance.int(2, 9))
  yield step(target, met, referral, referralId, state => referrals.makeFirstContact(state, { on: met, today: met }))
  if (ending === 'contacted') return
  if (ending === 'failed')
    return void (yield step(target, addDays(met, 5), referral, referralId, state => referrals.fail(state, 'serviceEnded')))
  const begun = addDays(met, 7)
  yield step(target, begun, referral, referralId, state => referrals.start(state, { on: begun, today: begun }, terms))
  if (ending === 'inProgress') return
  if (ending === 'onHold' || ending === 'resumed') {
    const held = addDays(begun, 10)
    yield step(target, held, referral, referralId, state => referrals.putOnHold(state, { reasonCode: 'holiday', today: held }))
    if (ending === 'resumed')
      yield step(target, addDays(held, 14), referral, referralId, state => referrals.resume(state, addDays(held, 14), terms))
    return
  }
  const reported = addDays(begun, 50) < endDay ? addDays(begun, 50) : addDays(endDay, -2)
  yield step(target, reported, referral, referralId, state =>
    referrals.reportOutcome(state, {
      resultCode: chance.pick(['goalReached', 'partlyReached', 'furtherSupport']),
      outputs: ['Six meetings'],
      on: reported,
      today: reported,
    }),
  )
  if (ending === 'closed')
    yield step(requester, addDays(reported, 1), referral, referralId, state =>
      referrals.close(state, { loop: 'closed', by: requester.userId, agencyId }),
    )
}
