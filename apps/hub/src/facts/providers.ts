import type { Provider } from '@nestjs/common'
import { StaffAccounts, agencies, staffMembers, staffRoles } from '@passerelle/agency'
import { AssessmentFacts, assessments } from '@passerelle/assessment'
import { CaseworkFacts } from '@passerelle/casework'
import {
  BreakGlassFacts,
  ConsentFacts,
  ContestFacts,
  consent,
  consents,
  isPublished,
  notice,
  type Named,
  type Party,
  readsAny,
  SafeguardingFacts,
  SubjectRequestFacts,
} from '@passerelle/consent'
import type { Caller } from '@passerelle/http'
import { ForgettingFacts, type GuardianPower, guardians, IdentifierHashes, learners, LinkFacts } from '@passerelle/learner'
import { ParticipationFacts } from '@passerelle/participation'
import { PlanFacts, planRules } from '@passerelle/plan'
import { HubForgetting } from './hub-forgetting.js'
import { HubLinks } from './hub-links.js'
import { HubRows } from './hub-rows.js'
import { ReferralFacts } from '@passerelle/referral'
import type { View } from '@passerelle/projections'
import { type Category, type Purpose, type Query, type Role, worksWith } from '@passerelle/sharing'
import { type FactsRow, learnerFacts, standingsOf } from '@passerelle/views'
import { accountHash } from '../accounts.js'
import type { OpenHub } from '../open-hub.js'
import { Authority } from './guardian-facts.js'
import { HubReferralFacts } from './referral-facts.js'
import { regionCalendar } from './region-calendar.js'
import { HubContestFacts, HubSubjectRequestFacts } from './rights-facts.js'

type Post = { readonly userId: string; readonly agencyId: string; readonly role: Role }

/** Joins the contexts: what one needs to know of another is answered by the hub's views, at the time of asking. */
export function factProviders(hub: OpenHub): Provider[] {
  const rows = new HubRows(hub.db)
  const today = () => hub.now().toISOString().slice(0, 10)
  const authority = new Authority(hub)
  /** Whether the person holds the role in the agency today. */
  const postToday = async ({ userId, agencyId, role }: Post) => {
    const [post] = await rows.find(staffRoles, { userId, agencyId, role })
    const [agency] = await rows.find(agencies, { agencyId })
    return {
      isHeld:
        agency?.status === 'open' && post !== undefined && post.from! <= today() && (post.until === null || post.until > today()),
    }
  }

  /** Through the reader, as the caller sees it. */
  const shown = async ({ userId, agencyId, role, purpose }: Caller, view: View, query: Query) => {
    const { reader, readerDb } = hub
    const viewer = { userId, agencyId, role }
    return (await reader.as(readerDb, viewer, sql => reader.read(sql, viewer, purpose, view, query))).rows
  }
  const guardiansShown = async (caller: Caller, learnerId: string, userIds: readonly string[]): Promise<string[]> => {
    if (userIds.length === 0) return []
    const where = { guardianId: { in: [...userIds] } }
    const found = await shown(caller, guardians, {
      columns: ['guardianId'],
      where,
      first: userIds.length,
      learnerIds: [learnerId],
    })
    return found.map(({ values }) => values['guardianId'] as string)
  }

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
    /** A learner decides from the age line on or where found competent, else a guardian: verified, in time, and not kept from the matter. */
    async capacityOf(learnerId: string, party: Party, categories: readonly Category[]) {
      return {
        mayDecide:
          party.by === 'learner'
            ? await authority.learnerDecides(learnerId, categories)
            : await authority.guardianMay(learnerId, party.guardianId, 'consents', categories),
      }
    }
    async askedOf(caller: Caller, named: Named) {
      const { learnerId, guardianId, recipientAgencyId, noticeVersion, language, easyRead } = named
      const [recipient] = await rows.find(agencies, { agencyId: recipientAgencyId, status: 'open' })
      return {
        readsLanguages: await this.languagesShown(caller, learnerId),
        noticeIsPublished: isPublished((await hub.store.load(notice, noticeVersion)).state, { language, easyRead }),
        recipientSector: recipient?.sector ?? null,
        asked: await this.askedBefore(caller, named),
        seesGuardian: guardianId !== undefined && (await guardiansShown(caller, learnerId, [guardianId])).length > 0,
      }
    }
    /** Whoever does not see what came of a question finds it asked for as long as it asked for, whatever was said: else asking again would tell. */
    private async askedBefore(caller: Caller, { learnerId, guardianId, recipientAgencyId, recipientRole, purpose }: Named) {
      const { agencyId: requestedByAgencyId } = caller
      const same = await rows.find(consents, {
        learnerId,
        requestedByAgencyId,
        recipientAgencyId,
        recipientRole: recipientRole ?? null,
        purpose,
      })
      if (same.length === 0) return []
      const where = { consentId: { in: same.map(({ consentId }) => consentId!) } }
      const query = { columns: ['consentId', 'status'], where, first: same.length, learnerIds: [learnerId] }
      const seen = (await shown(caller, consents, query)).filter(({ values }) => typeof values['status'] === 'string')
      const asked: { consentId: string; categories: readonly Category[] }[] = []
      for (const { consentId } of same) {
        const { status, question } = (await hub.store.load(consent, consentId!)).state
        const isSeen = seen.some(({ values }) => values['consentId'] === consentId)
        const waits = isSeen ? status === 'requested' : status !== 'cancelled'
        if (question && question.guardianId === guardianId && question.validUntil > today() && waits)
          asked.push({ consentId: consentId!, categories: question.categories })
      }
      return asked
    }
    async canRead(learnerId: string, noticeVersion: string) {
      const [learner] = await rows.find(learners, { learnerId })
      const { variants } = (await hub.store.load(notice, noticeVersion)).state
      const reads = tags([learner?.firstLanguage, learner?.languageOfInstruction])
      const languages = variants.map(({ language }) => language)
      return reads.length > 0 && languages.length > 0 ? readsAny(reads, languages) : undefined
    }
    /** None where they do not see the first. */
    private async languagesShown(caller: Caller, learnerId: string) {
      const columns = ['firstLanguage', 'languageOfInstruction']
      const [learner] = await shown(caller, learners, { columns, first: 1, learnerIds: [learnerId] })
      const { firstLanguage, languageOfInstruction } = learner?.values ?? {}
      return firstLanguage ? tags([firstLanguage, languageOfInstruction]) : []
    }
  }
  class Emergencies extends BreakGlassFacts {
    calendar() {
      return regionCalendar
    }
  }
  const forgetting = new HubForgetting(hub)
  class Forgetting extends ForgettingFacts {
    async isHeldForSafety(learnerId: string) {
      return !(await forgetting.begins(learnerId))
    }
  }
  class Safeguarding extends SafeguardingFacts {
    holdForgetting(learnerId: string, restrictionId: string) {
      return forgetting.hold(learnerId, restrictionId)
    }
  }
  class Casework extends CaseworkFacts {
    postOf(person: Post) {
      return postToday(person)
    }
    async worksWith(learnerId: string, by: { agencyId: string; purpose: Purpose }) {
      const [facts] = (await rows.find(learnerFacts, { learnerId })) as unknown as FactsRow[]
      return facts !== undefined && worksWith(standingsOf(facts), by, hub.now().toISOString())
    }
  }
  class Participation extends ParticipationFacts {
    tutorPostOf(person: Omit<Post, 'role'>) {
      return postToday({ ...person, role: 'placementTutor' })
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
      return {
        trainedAuthors: trained
          .filter(each => each.planAuthoringUntil !== null && each.planAuthoringUntil > today())
          .map(each => each.userId!),
        guardiansToInvite: await authority.guardiansToInvite(learnerId, 'C3'),
      }
    }
    guardiansSeen(caller: Caller, learnerId: string, userIds: readonly string[]) {
      return guardiansShown(caller, learnerId, userIds)
    }
    async staffAmong(userIds: readonly string[]) {
      return (await rows.find(staffMembers, { userId: { in: userIds } })).map(each => each.userId!)
    }
    guardianMay(learnerId: string, guardianId: string, power: GuardianPower) {
      return authority.guardianMay(learnerId, guardianId, power, ['C3'])
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
  class Links extends LinkFacts {
    private readonly links = new HubLinks(hub.db)
    isAbsorbed(learnerId: string, exceptLinkCaseId: string) {
      return this.links.isAbsorbed(learnerId, exceptLinkCaseId)
    }
  }
  const provide = (token: object, useValue: object): Provider => ({ provide: token as never, useValue })
  return [
    provide(StaffAccounts, new Accounts()),
    provide(IdentifierHashes, new Hashes()),
    provide(LinkFacts, new Links()),
    provide(ConsentFacts, new Consents()),
    provide(ContestFacts, new HubContestFacts(hub)),
    provide(ForgettingFacts, new Forgetting()),
    provide(SafeguardingFacts, new Safeguarding()),
    provide(SubjectRequestFacts, new HubSubjectRequestFacts(hub)),
    provide(BreakGlassFacts, new Emergencies()),
    provide(CaseworkFacts, new Casework()),
    provide(ParticipationFacts, new Participation()),
    provide(PlanFacts, new Plans()),
    provide(AssessmentFacts, new Assessments()),
    provide(ReferralFacts, new HubReferralFacts(hub.db, hub.now)),
  ]
}

const tags = (languages: readonly unknown[]): string[] => languages.filter(l => typeof l === 'string')

/** One of them, for what is no resolver. */
export const factOf = <T>(hub: OpenHub, token: abstract new () => T): T =>
  (factProviders(hub) as { readonly provide: unknown; readonly useValue: T }[]).find(({ provide }) => provide === token)!.useValue

/** days before the same instrument may be taken again. Packs of instruments bring theirs. */
const instrumentIntervalDays: Readonly<Record<string, number>> = { 'WHO-5': 14 }
