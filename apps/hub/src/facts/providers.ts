import type { Provider } from '@nestjs/common'
import { StaffAccounts, agencies, staffMembers, staffRoles } from '@passerelle/agency'
import { AssessmentFacts, assessments } from '@passerelle/assessment'
import { CaseworkFacts } from '@passerelle/casework'
import {
  ConsentFacts,
  consent,
  ContestFacts,
  type Denial,
  isPublished,
  notice,
  type NoticeNamed,
  type Party,
  Revocation,
  SubjectRequestFacts,
} from '@passerelle/consent'
import { Refused } from '@passerelle/event-log'
import { ageLines, ForgettingFacts, guardians, IdentifierHashes, learners } from '@passerelle/learner'
import { PlanFacts, planRules } from '@passerelle/plan'
import { HubRows } from './hub-rows.js'
import { ReferralFacts } from '@passerelle/referral'
import type { Category } from '@passerelle/sharing'
import { accountHash } from '../accounts.js'
import type { OpenHub } from '../open-hub.js'
import { ageOn } from './age.js'
import { HubReferralFacts } from './referral-facts.js'
import { HubContestFacts, HubSubjectRequestFacts, isHeldForSafety } from './rights-facts.js'

/** Joins the contexts: what one needs to know of another is answered by the hub's views, at the time of asking. */
export function factProviders(hub: OpenHub): Provider[] {
  const rows = new HubRows(hub.db)
  const today = () => hub.now().toISOString().slice(0, 10)
  const ageOf = async (learnerId: string) => ageOn((await rows.find(learners, { learnerId }))[0]?.birthDate ?? undefined, today())

  class Accounts extends StaffAccounts {
    hashOf(account: { issuer: string; subject: string }) {
      return accountHash(hub.identifiers, account)
    }
  }
  class Hashes extends IdentifierHashes {
    identifier(system: string, value: string) {
      return hub.identifiers.hashIdentifier(system, value)
    }
    account(issuer: string, subject: string) {
      return accountHash(hub.identifiers, { issuer, subject })
    }
  }
  class Consents extends ConsentFacts {
    /** A learner decides from the age line on, a guardian while the learner is below it, verified, in time, and not kept from the matter. */
    async capacityOf(learnerId: string, party: Party, categories: readonly Category[]) {
      const age = await ageOf(learnerId)
      const ofAge = categories.every(category => age === undefined || age >= (ageLines.byCategory[category] ?? ageLines.years))
      if (party.by === 'learner') return { mayDecide: ofAge }
      const [guardian] = await rows.find(guardians, { learnerId, guardianId: party.guardianId })
      const inTime = guardian && guardian.from! <= today() && (guardian.until === null || guardian.until > today())
      const mayConsent = guardian?.verified === true && guardian.authority?.includes('consents') === true
      return { mayDecide: Boolean(inTime) && mayConsent && !ofAge && !categories.some(c => guardian!.excluded?.includes(c)) }
    }
    async readerOf(learnerId: string, { noticeVersion, ...variant }: NoticeNamed) {
      const [learner] = await rows.find(learners, { learnerId })
      return {
        readsLanguages: [learner?.firstLanguage, learner?.languageOfInstruction].filter(l => typeof l === 'string'),
        noticeIsPublished: isPublished((await hub.store.load(notice, noticeVersion)).state, variant),
      }
    }
  }
  class DenyFirst extends Revocation {
    async around<T extends { readonly position: string | undefined }>(denial: Denial, record: () => Promise<T>): Promise<T> {
      const { learnerId, consentId, restrictionId, requestId, purpose } = denial
      const recipient = consentId === undefined ? {} : await this.recipientOf(consentId, denial.categories)
      // Nothing to take back: the decision says so.
      if (!recipient) return record()
      const agencies = denial.agencyIds?.length ? denial.agencyIds : [undefined]
      const ref = (consentId ?? restrictionId ?? requestId)!
      const denials = agencies.map(agencyId => ({
        denialId: [ref, agencyId, ...(denial.categories ?? [])].join(':'),
        learnerId,
        ref,
        ...(agencyId && { agencyId }),
        ...(denial.categories?.length && { categories: denial.categories }),
        ...(purpose && { purpose }),
        ...recipient,
      }))
      const within = denials.reduceRight<() => Promise<T>>(
        (inner, each) => () => hub.denials.around(hub.db, each, inner, error => error instanceof Refused),
        record,
      )
      return within()
    }
    /** To whom and for what the consent was given, and what of it is taken back. */
    private async recipientOf(consentId: string, only: readonly Category[] | undefined) {
      const { recipientAgencyId: agencyId, purpose, given } = (await hub.store.load(consent, consentId)).state
      const categories = only ? given.filter(category => only.includes(category)) : given
      return agencyId && purpose && categories.length > 0 ? { agencyId, purpose, categories } : undefined
    }
  }
  class Forgetting extends ForgettingFacts {
    isHeldForSafety(learnerId: string) {
      return isHeldForSafety(hub, learnerId)
    }
  }
  class Casework extends CaseworkFacts {
    async postOf({ userId, agencyId, role }: Parameters<CaseworkFacts['postOf']>[0]) {
      const [post] = await rows.find(staffRoles, { userId, agencyId, role })
      const [agency] = await rows.find(agencies, { agencyId })
      return {
        isHeld:
          agency?.status === 'open' &&
          post !== undefined &&
          post.from! <= today() &&
          (post.until === null || post.until > today()),
      }
    }
  }
  class Plans extends PlanFacts {
    async assessment(assessmentId: string) {
      const [found] = await rows.find(assessments, { assessmentId })
      // What a model said and nobody validated is no basis.
      if (!found || found.unvalidated) return undefined
      return { kind: found.kind!, learnerId: found.learnerId!, completedOn: found.completedOn ?? undefined }
    }
    async proposal(learnerId: string, authors: readonly string[]) {
      const trained = await rows.find(staffMembers, { userId: { in: authors } })
      const age = await ageOf(learnerId)
      const minor = age !== undefined && age < ageLines.years
      const known = minor ? await rows.find(guardians, { learnerId, verified: true }) : []
      return {
        trainedAuthors: trained
          .filter(each => each.planAuthoringUntil !== null && each.planAuthoringUntil > today())
          .map(each => each.userId!),
        guardiansToInvite: known
          .filter(g => g.from! <= today() && (g.until === null || g.until > today()))
          .map(g => g.guardianId!),
      }
    }
    rules() {
      return planRules
    }
  }
  class Assessments extends AssessmentFacts {
    async lastTaken(learnerId: string, instrumentCode: string) {
      const taken = (await rows.find(assessments, { learnerId, instrumentCode, status: 'completed' }))
        .map(each => each.completedOn!)
        .sort()
      return {
        ...(taken.length > 0 && { on: taken.at(-1)! }),
        ...(instrumentIntervalDays[instrumentCode] && { minimumIntervalDays: instrumentIntervalDays[instrumentCode] }),
      }
    }
  }
  const provide = (token: object, useValue: object): Provider => ({ provide: token as never, useValue })
  return [
    provide(StaffAccounts, new Accounts()),
    provide(IdentifierHashes, new Hashes()),
    provide(ConsentFacts, new Consents()),
    provide(Revocation, new DenyFirst()),
    provide(ContestFacts, new HubContestFacts(hub)),
    provide(ForgettingFacts, new Forgetting()),
    provide(SubjectRequestFacts, new HubSubjectRequestFacts(hub)),
    provide(CaseworkFacts, new Casework()),
    provide(PlanFacts, new Plans()),
    provide(AssessmentFacts, new Assessments()),
    provide(ReferralFacts, new HubReferralFacts(hub.db, hub.now)),
  ]
}

/** One of them, for what is no resolver. */
export const factOf = <T>(hub: OpenHub, token: abstract new () => T): T =>
  (factProviders(hub) as { readonly provide: unknown; readonly useValue: T }[]).find(({ provide }) => provide === token)!.useValue

/** days before the same instrument may be taken again. Packs of instruments bring theirs. */
const instrumentIntervalDays: Readonly<Record<string, number>> = { 'WHO-5': 14 }
