import { type DataPeriod, type Days, daysOf, liesIn, periodKey } from './data-period.js'
import type { Because } from './entitlement.js'
import {
  type AgreementFact,
  comesOfAge,
  type Competence,
  type ConsentAnswer,
  type Guardian,
  type Instant,
  isKeptFrom,
  isLive,
  isWhole,
  type LearnerFacts,
  type Mandate,
  type Objection,
  type Region,
  type Restriction,
  type Scope,
  type Standing,
  standingsFor,
} from './facts.js'
import { type Cell, cellOf } from './matrix.js'
import type { Grant } from './readings.js'
import { learnerAgencyId, roleTerms } from './roles.js'
import {
  type AccessBasis,
  categories,
  type Category,
  type LegalBasisKind,
  type Level,
  type Purpose,
  type Role,
} from './vocabulary.js'

/** Levels as numbers, to compare: none 0, existence 1, summary 2, full 3. */
export const rankOf: Readonly<Record<Level, number>> = { none: 0, existence: 1, summary: 2, full: 3 }

/** What a role in an agency may see of one category: of all rows, and of those that count as the agency's own (never less). */
export interface Sight {
  readonly level: Level
  readonly ownLevel: Level
  /** Why this much, or why not more. */
  readonly because: Because
  /** Where rows that the agency did not record itself are seen by an agreement, and its own on another ground. */
  readonly byAgreement?: Because
}

type Shown = Pick<Sight, 'level' | 'ownLevel'>
export const showsMore = (a: Shown, b: Shown): boolean =>
  rankOf[a.level] > rankOf[b.level] || rankOf[a.ownLevel] > rankOf[b.ownLevel]

/**
 * What the facts say at one instant about one learner, one recipient and one purpose; asked once for every category and role of the agency.
 * Restriction > explicit refusal > consent > agreement > nothing. What a role's own task or a stated law allows does not hang on the
 * learner's will, so only a restriction stands above it.
 */
export class Grounds {
  private readonly standings: readonly Standing[]
  private readonly restrictions: readonly Restriction[]
  private readonly guardians: readonly Guardian[]
  private readonly competences: readonly Competence[]
  private readonly answers: readonly ConsentAnswer[]
  private readonly mandates: readonly Mandate[]
  private readonly objections: readonly Objection[]
  /** Whether an answer, mandate or objection names a role: then what holds for one role need not for another. */
  private readonly namesRoles: boolean
  private readonly settled = new Map<string, Settled>()
  private counting: readonly AgreementFact[] | undefined

  constructor(
    private readonly facts: LearnerFacts,
    private readonly region: Region,
    private readonly agencyId: string,
    private readonly purpose: Purpose,
    private readonly at: Instant,
    /** Only of rows of these days; absent: of rows whatever their days. */
    private readonly days?: Days,
  ) {
    this.standings = standingsFor(facts.standings, { agencyId, purpose }, at)
    this.restrictions = facts.restrictions.filter(r => isLive(r, at))
    this.guardians = facts.guardians.filter(g => g.verified && isLive(g, at))
    this.competences = facts.competences.filter(c => isLive(c, at))
    this.answers = facts.answers.filter(a => a.at <= at && isFor(a, agencyId, purpose))
    this.mandates = facts.mandates.filter(m => isLive(m, at) && isFor(m, agencyId, purpose))
    this.objections = facts.objections.filter(o => isLive(o, at) && isFor(o, agencyId, purpose))
    this.namesRoles = [...this.answers, ...this.mandates, ...this.objections].some(({ role }) => role !== undefined)
  }

  /**
   * All that the sights of a role other than guardian depend on, where no consent, mandate, objection, restriction or release of this one learner counts:
   * the same text in one region, the same sights for the same role. Undefined where one of those does.
   */
  get common(): string | undefined {
    const { facts, answers, mandates, objections, restrictions, at } = this
    if (answers.length > 0 || mandates.length > 0 || objections.length > 0 || restrictions.length > 0) return undefined
    if (facts.releases.some(r => isLive(r, at))) return undefined
    const kinds =
      this.agencyId === learnerAgencyId
        ? 'own'
        : this.standings.map(({ kind, categories }) => [kind, ...(categories ?? [])].join('+')).join()
    const agreements = this.agreements().map(({ agreementId, categories }) => `${agreementId} ${categories.join()}`)
    return [kinds, facts.erased.join(), ...agreements].join('|')
  }

  /** Of which periods the learner, or a guardian for them, said yes to the data: of their rows more may be seen than of others. */
  get periods(): readonly DataPeriod[] {
    const periods = new Map<string, DataPeriod>()
    for (const { answer, until, dataPeriod } of this.answers)
      if (answer === 'given' && dataPeriod && (until === undefined || this.at < until))
        periods.set(periodKey(dataPeriod), dataPeriod)
    return [...periods.keys()].sort().map(key => periods.get(key)!)
  }

  /** The same, of rows of this period. */
  of(period: DataPeriod): Grounds {
    const { facts, region, agencyId, purpose, at } = this
    return new Grounds(facts, region, agencyId, purpose, at, daysOf(period))
  }

  sight(role: Role, category: Category): Sight {
    const cell = cellOf(category, role)
    if (!cell.all && !cell.own) return nothing(category, 'matrix')
    const held = this.restrictions.find(
      r => restricts(r, role, this.agencyId, category) && !isOpenToKeeper(r, role, this.purpose, category),
    )
    // A hidden one answers as where nothing was ever shared.
    if (held) return held.hidden ? nothing(category, 'noBasis') : nothing(category, 'restriction', held.restrictionId)
    if (role === 'guardian') {
      const kept = this.keptFromGuardians(category)
      if (kept) return nothing(category, kept.rule, kept.ref)
    }
    return this.granted(role, category, cell)
  }

  private granted(role: Role, category: Category, cell: Cell): Sight {
    let level = 0
    let ownLevel = 0
    let because = this.whyNot(role, category, cell)
    let others: Reason | undefined
    for (const grant of [cell.own, cell.all]) {
      if (!grant) continue
      for (const found of this.grounds(grant, role, category)) {
        const most = Math.min(rankOf[grant.level], found.cap, this.facts.erased.includes(category) ? rankOf.existence : 3)
        if (grant.rows === 'all' && !found.ownOnly && most > level) {
          level = most
          others = found.because
        }
        if (most > ownLevel) {
          ownLevel = most
          because = found.because
        }
      }
    }
    if (level > ownLevel) ownLevel = level
    return {
      level: levelAt[level]!,
      ownLevel: levelAt[ownLevel]!,
      because: { ...because, category, level: levelAt[ownLevel]! },
      ...(others?.rule === 'agreement' &&
        because.rule !== 'agreement' && { byAgreement: { ...others, category, level: levelAt[level]! } }),
    }
  }

  /** On what this grant rests here and now; none where on nothing. */
  private grounds(grant: Grant, role: Role, category: Category): readonly Ground[] {
    if (grant.basis === 'release') {
      const release = this.facts.releases.find(r => isLive(r, this.at) && r.to.includes(role) && r.categories.includes(category))
      return release ? [whole({ rule: 'release', basis: 'legalObligation' })] : []
    }
    if (grant.basis === 'role') return this.task(role, category)
    const settled = this.settle(role, category)
    const counts = grant.basis === 'consent' ? settled.basis === 'consent' : settled.basis !== undefined
    return counts ? [whole(settled)] : []
  }

  /** The task of the role, as far as the agency has standing. */
  private task(role: Role, category: Category): readonly Ground[] {
    if (this.agencyId === learnerAgencyId)
      return [whole({ rule: role === 'guardian' ? 'guardian' : 'ownRecord', basis: 'legalObligation' })]
    const open = this.onTask(role, category).filter(({ because }) => !this.objected(because, role, category))
    if (open.some(({ ownOnly, cap }) => !ownOnly && cap === rankOf.full)) return open
    const settled = this.settle(role, category)
    if (settled.basis && settled.basis !== 'agreement') return [whole(settled)]
    return open
  }

  /** What standing gives the role, whoever objects. */
  private onTask(role: Role, category: Category): readonly Ground[] {
    // Oversight is no task that could be objected to: the law demands it (GDPR 39).
    const rule = this.purpose === 'audit' ? 'oversight' : 'publicTask'
    const reason: Reason = { rule, basis: basisOfTask(this.agencyId, this.purpose) }
    const found: Ground[] = []
    for (const { kind, categories: only = categories } of this.standings) {
      if (isWhole(kind)) return [whole(reason)]
      if (kind === 'placement' && role === 'placementTutor') return [whole({ rule: 'placement', basis: 'contract' })]
      // A referral that nobody accepted: whose it is, and the referral itself. No more before somebody says yes; of what the agency has already, no less.
      if (kind === 'intake' && category === 'C1') found.unshift({ ...whole({ ...reason, rule: 'intake' }), cap: rankOf.summary })
      if (kind === 'intake' ? category === 'C12' : only.includes(category))
        found.push({ ...whole({ ...reason, rule: 'recording' }), ownOnly: true })
    }
    return found
  }

  /** Whether an objection that was upheld stands against this reason. */
  private objected({ basis }: Pick<Reason, 'basis'>, role: Role, category: Category): Objection | undefined {
    if (!givesWayToObjection(basis)) return undefined
    return this.objections.find(o => o.status === 'upheld' && isAbout(o, role, category))
  }

  /** Whether a stated basis reaches this category, by the learner's will or in spite of it. */
  private settle(role: Role, category: Category): Settled {
    const key = this.namesRoles ? `${category} ${role}` : category
    let settled = this.settled.get(key)
    if (!settled) this.settled.set(key, (settled = this.settleNow(role, category)))
    return settled
  }

  private settleNow(role: Role, category: Category): Settled {
    const mandate = this.mandates.find(m => isAbout(m, role, category) && !this.objected(m, role, category))
    if (mandate) return { rule: 'mandate', basis: mandate.basis, ref: mandate.mandateId }
    const said = this.answers.filter(a => isAbout(a, role, category))
    const noes = said.filter(a => a.answer !== 'given')
    const live = said.filter(a => a.answer === 'given' && this.counts(a, category) && !noes.some(no => defeats(no, a)))
    const yeses = live.filter(({ dataPeriod }) => dataPeriod === undefined || liesIn(this.days, dataPeriod))
    const disagreeing = (yes: ConsentAnswer) => noes.find(no => this.disagrees(no, yes, said, category))
    const yes = yeses.find(a => !disagreeing(a))
    if (yes) return { rule: 'consent', basis: 'consent', ref: yes.consentId }
    if (yeses.length > 0) return { rule: 'guardiansDisagree', ref: disagreeing(yeses[0]!)!.consentId }
    if (noes.length > 0) {
      const last = noes.reduce((a, b) => (isBefore(a, b) ? b : a))
      return { rule: last.answer === 'refused' ? 'refusal' : 'withdrawal', ref: last.consentId }
    }
    const agreement = this.agreements().find(a => a.categories.includes(category))
    if (!agreement) return live.length > 0 ? { rule: 'dataPeriod', ref: live[0]!.consentId } : { rule: 'noBasis' }
    const agreed: Settled = { rule: 'agreement', basis: 'agreement', ref: agreement.agreementId }
    return closedBy(this.objected(agreed, role, category)) ?? agreed
  }

  /** Those that count: only while under it lies nothing but what its parties recorded, and only for an agency with full standing. */
  private agreements(): readonly AgreementFact[] {
    return (this.counting ??= this.standings.some(({ kind }) => isWhole(kind))
      ? this.region
          .agreementsOf(this.agencyId)
          .filter(
            a =>
              isLive(a, this.at) &&
              a.purposes.includes(this.purpose) &&
              this.facts.recordedBy.every(agencyId => agencyId === learnerAgencyId || a.agencyIds.includes(agencyId)),
          )
      : [])
  }

  /** A yes that holds now: to a named recipient, purpose and categories (R-C.1), in time, by someone who may say it. */
  private counts(yes: ConsentAnswer, category: Category): boolean {
    const { until, guardianId } = yes
    if (yes.agencyId === undefined || yes.purpose === undefined || yes.categories === undefined) return false
    if (until !== undefined && until <= this.at) return false
    if (guardianId === undefined) return true
    // Nobody opens the learner's record to themself, and no guardian's yes outlives their authority or the learner's coming of age.
    if (this.agencyId === learnerAgencyId || this.decidesAlone(category)) return false
    return this.maySpeak(guardianId, category)
  }

  /** Whether this guardian consents for the learner in this category now: with authority, in time, and nothing keeps it from them. */
  private maySpeak(guardianId: string, category: Category): boolean {
    const mine = this.guardians.filter(g => g.guardianId === guardianId)
    return mine.some(g => g.mayConsent) && !mine.some(g => isKeptFrom(g, category, this.at))
  }

  /**
   * Whether one guardian's no stands against another's yes, whichever came first: until the one who said it says otherwise, loses the
   * authority to, or the learner decides. Who says yes to one period alone has not said otherwise.
   */
  private disagrees(no: ConsentAnswer, yes: ConsentAnswer, said: readonly ConsentAnswer[], category: Category): boolean {
    const { guardianId } = no
    if (guardianId === undefined || yes.guardianId === undefined || guardianId === yes.guardianId) return false
    const changedMind = said.some(a => a.answer === 'given' && !a.dataPeriod && a.guardianId === guardianId && isBefore(no, a))
    return !changedMind && this.maySpeak(guardianId, category)
  }

  /** From every guardian alike; what is kept from one of them alone stands in their assignment. */
  private keptFromGuardians(category: Category): { rule: string; ref?: string } | undefined {
    if (this.guardians.length === 0) return { rule: 'noGuardian' }
    if (this.isOfAge(category)) return { rule: 'age' }
    const competence = this.competent(category)
    return competence && { rule: 'competence', ref: competence.competenceId }
  }

  /** from the age line of the category on, or found competent before. */
  private decidesAlone(category: Category): boolean {
    return this.isOfAge(category) || this.competent(category) !== undefined
  }

  private isOfAge(category: Category): boolean {
    const birthday = comesOfAge(this.facts.birthDate, this.region.ageLine(category, this.at))
    return birthday === undefined || birthday <= this.at
  }

  private competent(category: Category): Competence | undefined {
    return this.competences.find(c => c.categories.includes(category))
  }

  private whyNot(role: Role, category: Category, { all, own }: Cell): Reason {
    const basis = (all ?? own)!.basis
    if (basis === 'release') return { rule: 'notReleased' }
    if (basis !== 'role') return this.settle(role, category)
    const [onTask] = this.onTask(role, category)
    return closedBy(onTask && this.objected(onTask.because, role, category)) ?? { rule: 'noStanding' }
  }
}

/** What the matrix gives a role of a category in an emergency, as if every basis and assignment were there: undefined for never (R-V.4). */
function emergencyCell(role: Role, category: Category): { level: number; ownLevel: number } | undefined {
  if (!roleTerms[role].practitioner || category === 'C16') return undefined
  const { all, own } = cellOf(category, role)
  // What hangs on the learner's own yes, on a release or on a class, no emergency replaces.
  const most = (grant: Grant | undefined) =>
    grant && (grant.basis === 'role' || grant.basis === 'stated') && grant.when !== 'ownClass' ? rankOf[grant.level] : 0
  const level = most(all)
  const ownLevel = Math.max(level, most(own))
  return ownLevel > 0 ? { level, ownLevel } : undefined
}
export const mayBreakGlass = (role: Role, category: Category): boolean => emergencyCell(role, category) !== undefined

/**
 * R-V.4: in an emergency one person sees the categories they named, as far as the matrix lets their role hold them at all; never signals, and nothing that
 * is restricted (R-V.8). It takes no standing, assignment or basis besides.
 */
export function emergencySight(
  facts: LearnerFacts,
  { userId, agencyId, role }: { readonly userId: string; readonly agencyId: string; readonly role: Role },
  category: Category,
  at: Instant,
): Sight {
  const cell = emergencyCell(role, category)
  if (!cell) return nothing(category, 'matrix')
  const glass = facts.breakGlass.find(
    b => b.userId === userId && b.agencyId === agencyId && b.role === role && b.categories.includes(category) && isLive(b, at),
  )
  // Nobody is helped by knowing that something was forgotten; and an id that never was shows as little.
  if (!glass || facts.erased.includes(category)) return nothing(category, 'noEmergency')
  const held = facts.restrictions.find(r => isLive(r, at) && restricts(r, role, agencyId, category))
  if (held) return held.hidden ? nothing(category, 'noEmergency') : nothing(category, 'restriction', held.restrictionId)
  const [level, ownLevel] = [levelAt[cell.level]!, levelAt[cell.ownLevel]!]
  const rule = glass.kept ? 'keptBreakGlass' : 'breakGlass'
  return { level, ownLevel, because: { category, level: ownLevel, rule, basis: 'vitalInterest', ref: glass.breakGlassId } }
}

export function restricts(
  { categories, agencyIds, fromLearner }: Restriction,
  role: Role,
  agencyId: string,
  category: Category,
): boolean {
  if (categories?.length && !categories.includes(category)) return false
  // What somebody was asked, said and asked for is theirs to take back, whatever is held (GDPR 7(3)); a guardian's own acts but for safety.
  if (role === 'learner') return fromLearner && category !== 'C14'
  if (role === 'guardian' && category === 'C14') return fromLearner
  return !agencyIds?.length || agencyIds.includes(agencyId) || (role === 'guardian' && fromLearner)
}

/**
 * Whoever keeps a restriction goes on seeing what it takes to end it, or nobody could. Oversight loses nothing by it: the law demands it, and it shows
 * little. A lead, for safeguarding, keeps the categories in which restrictions themselves stand, where it is not held from their agency by name.
 */
function isOpenToKeeper({ keptBy, agencyIds }: Restriction, role: Role, purpose: Purpose, category: Category): boolean {
  if (!keptBy?.includes(role)) return false
  return purpose === 'audit' || (purpose === 'safeguarding' && !agencyIds?.length && ofRestrictions.includes(category))
}
const ofRestrictions: readonly Category[] = ['C10', 'C14']

/** On what people of an agency act where nothing else was stated: the right of access, oversight, or the task of their role. */
export const basisOfTask = (agencyId: string, purpose: Purpose): LegalBasisKind =>
  agencyId === learnerAgencyId || purpose === 'audit' ? 'legalObligation' : 'publicTask'

type Reason = Pick<Because, 'rule' | 'basis' | 'ref'>
/** Without `basis`: there is none. */
type Settled = Reason
interface Ground {
  readonly because: Reason
  readonly cap: number
  readonly ownOnly: boolean
}

const levelAt: readonly Level[] = ['none', 'existence', 'summary', 'full']
const whole = (because: Reason): Ground => ({ because, cap: 3, ownOnly: false })
const nothing = (category: Category, rule: string, ref?: string): Sight => ({
  level: 'none',
  ownLevel: 'none',
  because: { category, level: 'none', rule, ...(ref && { ref }) },
})

/** What an objection that was upheld closes. Of a contract GDPR 21 does not speak; where it was upheld all the same, it counts. */
export const givesWayToObjection = (basis: AccessBasis | undefined): boolean =>
  basis === 'publicTask' || basis === 'agreement' || basis === 'contract'

const isFor = (scope: Scope, agencyId: string, purpose: Purpose) =>
  (scope.agencyId === undefined || scope.agencyId === agencyId) && (scope.purpose === undefined || scope.purpose === purpose)
const isAbout = (scope: Scope, role: Role, category: Category) =>
  (scope.role === undefined || scope.role === role) && (scope.categories === undefined || scope.categories.includes(category))
/** Whether what somebody said or objected to is about this recipient, purpose and category. */
export const covers = (scope: Scope, agencyId: string, role: Role, purpose: Purpose, category: Category): boolean =>
  isFor(scope, agencyId, purpose) && isAbout(scope, role, category)
const closedBy = (objection: Objection | undefined): Reason | undefined =>
  objection && { rule: 'objection', ref: objection.objectionId }
const isBefore = (a: ConsentAnswer, b: ConsentAnswer) => a.at < b.at || (a.at === b.at && a.order < b.order)

/**
 * Whether a no takes a yes away: only one that was said no earlier, so that a person can change their mind both ways. A refusal always; a
 * withdrawal where it is of the same consent, or of another that is not wider: narrower beats wider, ties deny.
 */
function defeats(no: ConsentAnswer, yes: ConsentAnswer): boolean {
  if (isBefore(no, yes)) return false
  return no.answer === 'refused' || no.consentId === yes.consentId || !isNarrower(yes, no)
}

function isNarrower(a: Scope, b: Scope): boolean {
  const one = <T>(x: T | undefined, y: T | undefined) => (x === y ? 0 : y === undefined ? 1 : NaN)
  const [x, y] = [a.categories ?? categories, b.categories ?? categories]
  const within = x.every(category => y.includes(category)) ? (new Set(x).size < new Set(y).size ? 1 : 0) : NaN
  // Not a number where one dimension is not within the other's: then they cannot be compared, which is a tie.
  return one(a.agencyId, b.agencyId) + one(a.role, b.role) + one(a.purpose, b.purpose) + within > 0
}
