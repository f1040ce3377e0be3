import { asOnePerson, type Recipient } from './anybody.js'
import { type DataPeriod, daysOf, periodKey, saidOfRows } from './data-period.js'
import { deciding, type Decision, type Facts } from './decide.js'
import type { Because } from './entitlement.js'
import { forever, indexed, type Instant, isLive, type LearnerFacts } from './facts.js'
import { cellOf } from './matrix.js'
import { categoryTerms, purposeTerms } from './purposes.js'
import { circumstances, readings } from './readings.js'
import { roleTerms } from './roles.js'
import { covers, givesWayToObjection, Grounds, showsMore } from './sight.js'
import { type AccessBasis, categories, type Category, type Level, type Purpose, type Role } from './vocabulary.js'

export interface Explanation {
  readonly category: Category
  readonly level: Level
  readonly ownLevel: Level
  /** What decided, in one sentence. */
  readonly why: string
  /** What decided, in one stable word, and the legal basis it rests on; without one nothing is shown. */
  readonly rule: string
  readonly basis?: AccessBasis
  /** What would have to happen for more; absent where the matrix gives no more, ever. */
  readonly forMore?: string
  /** Id of the consent, agreement, mandate or restriction that decided. */
  readonly ref?: string
  /** Until when (exclusive) this much is shown, where an end is known; the end of a no would tell what stands behind it. */
  readonly validUntil?: Instant
  /** Of which periods more is shown, where a consent names one. */
  readonly periods?: readonly PeriodExplanation[]
  /** What may change it because somebody is looking into it. */
  readonly review?: string
}

/** What is shown of rows whose days all lie in one period. */
export interface PeriodExplanation extends DataPeriod {
  readonly level: Level
  readonly ownLevel: Level
  readonly why: string
  readonly ref?: string
  readonly validUntil?: Instant
}

/**
 * For each category: what people of this role, or this one of them, would see of the learner for this purpose at this instant, and why. Same facts, same
 * words. Of an unknown learner: nothing, as if nobody had anything to do with them.
 */
export function explainAccess(
  facts: Facts,
  recipient: Recipient,
  purpose: Purpose,
  at: Instant,
  learnerId: string,
): Explanation[] {
  const learner = facts.learner(learnerId)
  const asked = learner ? asOnePerson(learner, facts.region, recipient, at) : { facts, viewer: { ...recipient, userId: '' } }
  const region = indexed(facts.region)
  const periods = learner ? new Grounds(learner, region, recipient.agencyId, purpose, at).periods : []
  const known = new Map<string, (category: Category) => Decision>()
  const decidedAt = (instant: Instant, period?: DataPeriod) => {
    const key = `${instant} ${period ? periodKey(period) : ''}`
    let decided = known.get(key)
    if (!decided)
      known.set(key, (decided = deciding(asked.facts, asked.viewer, purpose, instant, learnerId, period && daysOf(period))))
    return decided
  }
  return categories.map(category => {
    const decisionAt = (instant: Instant, period?: DataPeriod) => decidedAt(instant, period)(category)
    const decision = decisionAt(at)
    const { level, ownLevel, because } = decision
    const [decided] = because
    const until = endOf(decision, decisionAt)
    const more = periods.flatMap(period => {
      const within = decisionAt(at, period)
      return showsMore(within, decision) ? [ofPeriod(period, within, decisionAt, recipient.role, purpose)] : []
    })
    return {
      category,
      level,
      ownLevel,
      why: whyOf(decision, recipient.role, purpose),
      rule: decided!.rule,
      ...(decided!.basis && { basis: decided!.basis }),
      ...forMore(decided!, recipient.role, purpose),
      ...(decided!.ref && { ref: decided!.ref }),
      ...(until !== forever && { validUntil: until }),
      ...(more.length > 0 && { periods: more }),
      ...(learner && isUnderReview(learner, recipient, purpose, decided!, at) && { review: underReview }),
    }
  })
}

/** When this much is no longer shown. Ends of facts that change nothing of this category say nothing here: they would tell of something else. */
function endOf({ level, ownLevel, validUntil }: Decision, decisionAt: (at: Instant) => Decision): Instant {
  let end = ownLevel === 'none' ? forever : validUntil
  while (end < forever) {
    const next = decisionAt(end)
    if (next.level !== level || next.ownLevel !== ownLevel) break
    end = next.validUntil
  }
  return end
}

const whyOf = ({ because: [decided], when, ownWhen }: Decision, role: Role, purpose: Purpose): string => {
  const only = when ?? ownWhen
  return `${sentenceOf(decided!, role, purpose)}${only ? ` Only where ${circumstances[only].says}.` : ''}`
}

function ofPeriod(
  period: DataPeriod,
  within: Decision,
  decisionAt: (at: Instant, period: DataPeriod) => Decision,
  role: Role,
  purpose: Purpose,
): PeriodExplanation {
  const { level, ownLevel, because } = within
  const until = endOf(within, at => decisionAt(at, period))
  return {
    ...period,
    level,
    ownLevel,
    why: saidOfRows(period, whyOf(within, role, purpose)),
    ...(because[0]!.ref && { ref: because[0]!.ref }),
    ...(until !== forever && { validUntil: until }),
  }
}

const underReview = 'The learner objected (GDPR 21). Until that is decided, nothing changes.'

/** Whether an objection was raised against what this rests on. */
function isUnderReview(
  { objections }: LearnerFacts,
  { agencyId, role }: Recipient,
  purpose: Purpose,
  { category, basis }: Because,
  at: Instant,
): boolean {
  if (!givesWayToObjection(basis)) return false
  return objections.some(o => o.status === 'raised' && isLive(o, at) && covers(o, agencyId, role, purpose, category))
}

const bases: Readonly<Record<AccessBasis, string>> = {
  consent: 'consent, GDPR 6(1)(a)',
  publicTask: 'public task, GDPR 6(1)(e)',
  legalObligation: 'legal obligation, GDPR 6(1)(c)',
  vitalInterest: 'vital interest, GDPR 6(1)(d)',
  agreement: 'sharing agreement, GDPR 26 or 28',
  contract: 'contract with the learner, GDPR 6(1)(b)',
}
const amounts: Readonly<Record<Level, string>> = {
  none: 'Nothing',
  existence: 'That something exists',
  summary: 'The summary',
  full: 'Everything',
}

/** The words of one reason: also for what an entitlement keeps beside its levels. */
export function sentenceOf({ category, level, rule, basis }: Because, role: Role, purpose: Purpose): string {
  const of = categoryTerms[category].title
  const who = roleTerms[role].title
  const what = `${amounts[level]} of ${of}:`
  const on = basis ? ` (${bases[basis]})` : ''
  const said = words[rule]
  return said ? `${what} ${said(who, purposeTerms[purpose].says)}${on}.` : `${what} ${rule}${on}.`
}

type Words = (who: string, purpose: string) => string
const words: Readonly<Record<string, Words>> = {
  matrix: who => `the matrix gives ${who} none`,
  unknown: () => 'the learner or the agency is not known here',
  sector: who => `${who} is no role of this kind of agency`,
  agencyClosed: () => 'the agency is closed',
  purpose: (who, purpose) => `${who} may not look for the purpose of ${purpose}`,
  role: () => 'nobody asked about holds this role there now',
  assignment: () => 'nobody asked about works with this learner now',
  ownClass: () => 'nobody asked about teaches a class of the learner now',
  noStanding: () => 'the agency does not work with this learner for this purpose now',
  noBasis: () => 'nothing was shared with this agency for this purpose',
  dataPeriod: () => 'the consent is about data of one period, and opens no rows but those that lie wholly in it',
  refusal: () => 'the learner, or a guardian, said no',
  withdrawal: () => 'the consent was withdrawn',
  objection: () => 'the learner objected, and the objection was upheld',
  restriction: () => 'a restriction stands above everything else',
  notReleased: () => 'the safeguarding lead has not released it',
  noGuardian: () => 'nobody is a verified guardian now',
  age: () => 'from this age on the learner alone decides',
  custody: () => 'it is kept from this guardian',
  competence: () => 'the learner was found able to decide this alone',
  guardiansDisagree: () => 'a guardian said no, and another’s yes does not stand against it',
  ownRecord: () => 'it is the learner’s own record',
  guardian: () => 'a guardian may see it while the learner is under the age line',
  publicTask: who => `it belongs to the task of ${who}`,
  placement: () => 'the learner works there, under a placement agreement',
  oversight: () => 'oversight is a duty that the law demands',
  intake: () => 'a referral was sent and waits to be accepted',
  recording: () => 'the agency recorded it itself',
  consent: () => 'a live consent names this recipient, purpose and category',
  agreement: () => 'an agreement between the agencies covers it',
  mandate: () => 'a law or task was stated for it when it was sent here',
  release: () => 'the safeguarding lead released it',
  breakGlass: () => 'the glass was broken in an emergency',
  keptBreakGlass: () => 'the glass was broken in an emergency that the learner is not told of now',
  noEmergency: () => 'no emergency of this person is open',
}

const cures: Readonly<Record<string, string>> = {
  noBasis: 'Ask the learner for consent, naming this agency, this purpose and this category.',
  refusal: 'The learner can say yes to a new question. A refusal changes no entitlement to a service.',
  withdrawal: 'The learner can say yes to a new question.',
  guardiansDisagree: 'The guardian who said no can say yes; from the age line on the learner decides.',
  dataPeriod: 'Ask for a consent without a period, or for another one.',
  objection: 'The learner can take it back, or say yes to a question. What a law demands is not touched by an objection.',
  noStanding: 'Enrol the learner, accept a referral, or join the team of the case for this purpose.',
  assignment: 'Be assigned: by class, team, accepted referral or placement.',
  ownClass: 'Be assigned to a class of the learner.',
  role: 'Have the agency record the role, with its first day.',
  purpose: 'Choose a purpose of the role.',
  intake: 'Accept the referral.',
  recording: 'Enrol the learner, accept a referral, or join the team of the case for this purpose.',
  notReleased: 'The safeguarding lead can release it, with a second person’s approval.',
}

function forMore({ category, level, rule }: Because, role: Role, purpose: Purpose): Pick<Explanation, 'forMore'> {
  const { all, own, notation } = cellOf(category, role)
  const grants = [all, own].filter(grant => grant !== undefined)
  if (grants.length === 0 || rule === 'matrix' || rule === 'sector') return {}
  const cure = cures[rule]
  if (cure)
    return { forMore: rule === 'purpose' ? `${cure} ${roleTerms[role].title}: ${roleTerms[role].purposes.join(', ')}.` : cure }
  const more = all?.basis === 'stated' && level !== 'none' && (rule === 'publicTask' || rule === 'placement')
  return more
    ? { forMore: `${cures['noBasis']} The cell says: ${readings[notation].says}. Purpose: ${purposeTerms[purpose].says}.` }
    : {}
}
