import { agency, ageLines, ageLinesId, ageLinesOn } from '@passerelle/agency'
import * as assessments from '@passerelle/assessment'
import * as consents from '@passerelle/consent'
import { service } from '@passerelle/directory'
import { addDays, codePattern, dayOf, inTurn, Refused } from '@passerelle/event-log'
import { guardianMay, isSurelyOfAge, learner } from '@passerelle/learner'
import * as learners from '@passerelle/learner'
import * as plans from '@passerelle/plan'
import * as referrals from '@passerelle/referral'
import type { Category } from '@passerelle/sharing'
import { type Command, command, type FeedContext, type Meaning, type PartnerFormat } from '../feed/partner-format.js'
import type { Read } from '../reading/index.js'
import { ANOTHER_SERVER, isFhirFile, readFhir } from './fhir.reader.js'
import type {
  AnswersValue,
  CarePlanValue,
  ConsentValue,
  GoalValue,
  PatientValue,
  RelatedPersonValue,
  ServiceRequestValue,
  TaskValue,
} from './records.js'

const categories: Readonly<Record<string, Category>> = {
  Patient: 'C1',
  RelatedPerson: 'C1',
  Consent: 'C14',
  CarePlan: 'C8',
  Goal: 'C8',
  ServiceRequest: 'C12',
  Task: 'C12',
  QuestionnaireResponse: 'C7',
  Observation: 'C7',
}
/** The feed itself writes the plan's draft; whoever takes it up is its author then. */
const author = 'feed-fhir'

/** FHIR R4: persons and their contacts, consents that are certain, drafts of plans and referrals, screening answers. */
export const fhir: PartnerFormat = {
  name: 'fhir',
  // Social and employment services answer referrals with it (Gravity).
  sectors: ['health', 'social', 'employment'],
  isPart: isFhirFile,
  isOfAnother: code => code === ANOTHER_SERVER,
  categoryOf: entity => categories[entity] ?? 'C6',
  rank: entity => (entity === 'Patient' ? 1 : entity === 'Goal' || entity === 'Task' ? 3 : 2),
  subjectOf({ entity, externalId, raw }) {
    if (entity === 'Patient' && externalId !== undefined) return { kind: 'Patient', id: externalId }
    const resource = (raw && 'resource' in raw ? raw.resource : undefined) as
      { subject?: { reference?: unknown }; patient?: { reference?: unknown }; for?: { reference?: unknown } } | undefined
    const reference = (resource?.subject ?? resource?.patient ?? resource?.for)?.reference
    return typeof reference === 'string' && /^Patient\/[^/]+$/.test(reference) ? { kind: 'Patient', id: reference } : undefined
  },
  read: (folder, options, { agencyId, agencyOf, serviceOf, now, moved, ids, recall, load }, heard) =>
    readFhir(folder, {
      ...options,
      feedingAgency: agencyId,
      now,
      moved,
      serviceOf,
      async stoodOn(entity, externalId, server) {
        // A referral under the hub's own id is the hub's, whatever address it is answered at.
        if (await isOwnReferral(load, entity, externalId)) return true
        const stood = await recall(serverNoteOf(entity), ids.hash(entity, externalId))
        return stood === undefined ? undefined : stood === server
      },
      home: () => recall('server', ids.hash('server', 'home')),
      onHome: server => heard.notes.push({ kind: 'server', idHash: ids.hash('server', 'home'), says: server }),
      agencyOf: name => agencyOf(name) ?? ownName(name, agencyId),
    }),
  mapping(feed) {
    const meanings = new FhirMeanings(feed)
    return {
      note: ({ entity, externalId, server }) =>
        server === undefined ? [] : [{ kind: serverNoteOf(entity), idHash: feed.ids.hash(entity, externalId), says: server }],
      meaningOf: record => meanings.of(record),
      endOf: (entity, idHash) => meanings.end(entity, idHash),
      closeOf: async ({ entity }, idHash) => (entity === 'Consent' ? meanings.closeConsents(idHash, 'importUnclear', []) : []),
      // A referral that another agency sent through the hub is answered under the hub's own id.
      knows: (entity, externalId) => isOwnReferral(feed.load, entity, externalId),
    }
  },
}

/** The kind of a note: on which server a record of this kind stands. */
const serverNoteOf = (entity: string) => `server of ${entity}`

const finishedBefore = { notTaken: 'It was finished before the hub knew of it.' }

/** The agency names itself by the hub's identifier, whatever it was told otherwise. */
const ownName = (name: string, agencyId: string) => (name === `urn:passerelle:agency|${agencyId}` ? agencyId : undefined)
const ownReferral = (name: string) => name.replace(/^ServiceRequest\//, '')
const isOwnReferral = async (load: FeedContext['load'], entity: string, name: string) =>
  entity === 'ServiceRequest' && (await load(referrals.referral, ownReferral(name))).status !== 'none'

class FhirMeanings {
  constructor(private readonly feed: FeedContext) {}

  async of({ entity, externalId, value, contentHash }: Read): Promise<Meaning> {
    switch (entity) {
      case 'Patient':
        return this.patient(externalId, value as PatientValue)
      case 'RelatedPerson':
        return this.relatedPerson(externalId, value as RelatedPersonValue)
      case 'Consent':
        return this.consent(externalId, value as ConsentValue)
      case 'CarePlan':
        return this.carePlan(externalId, value as CarePlanValue)
      case 'Goal':
        return this.goal(externalId, value as GoalValue)
      case 'ServiceRequest':
        return this.serviceRequest(externalId, value as ServiceRequestValue)
      case 'Task':
        return this.task(value as TaskValue)
      default:
        return this.answers(entity, externalId, value as AnswersValue, contentHash)
    }
  }

  private person(name: string): string {
    return this.feed.ids.of('Patient', name)
  }

  private async patient(
    name: string,
    { givenName, familyName, birthDate, sex, identifiers, email, phone, address }: PatientValue,
  ): Promise<Meaning> {
    const { feed } = this
    const { agencyId } = feed
    const learnerId = this.person(name)
    const said = { givenName, familyName, ...(birthDate && { birthDate }) }
    const contact = { ...(email && { email }), ...(phone && { phone }), ...(address && { address }) }
    const attached = [{ system: `${agencyId}/${feed.system}`, value: name }, ...identifiers].flatMap(({ system, value }) =>
      codePattern.test(system) ? [{ agencyId, system, valueHash: feed.hasher.hashIdentifier(system, value) }] : [],
    )
    return {
      commands: [
        command(
          learner,
          learnerId,
          inTurn(
            learner,
            state =>
              state.learnerId === undefined
                ? learners.register(state, { learnerId, agencyId, ...said }, feed.today)
                : learners.correctDemographics(state, { reason: 'resent', ...said }, feed.today),
            state => (state.standings[agencyId] ? [] : learners.recordStanding(state, { agencyId, from: feed.today })),
            ...attached.map(identifier => (state: learners.Learner) => learners.attachIdentifier(state, identifier)),
            state => (sex ? learners.recordDemographics(state, { sex }) : []),
            state =>
              Object.keys(contact).length > 0 || state.contact !== undefined ? learners.recordContact(state, contact) : [],
          ),
        ),
      ],
    }
  }

  /** Somebody's word does not verify a guardian: they may be told, and nothing more, until somebody has looked. */
  private async relatedPerson(
    name: string,
    { patient, name: called, relation, from, until }: RelatedPersonValue,
  ): Promise<Meaning> {
    const { feed } = this
    const guardianId = feed.ids.of('RelatedPerson', name)
    const learnerId = this.person(patient)
    const idHash = feed.ids.hash('RelatedPerson', name)
    const [before] = (await feed.recall('guardianship', idHash))?.split('|') ?? []
    return {
      commands: [
        ...(before !== undefined && before !== learnerId
          ? [command(learner, before, state => learners.endGuardian(state, { guardianId, reason: 'changedAtSource' }))]
          : []),
        command(learner, learnerId, state => {
          const known = state.guardians[guardianId]
          const begins = from ?? known?.from ?? feed.today
          const period = { from: begins, ...(until && until > begins && { until }) }
          return learners.recordGuardian(
            state,
            known
              ? { ...known, name: called, relation, ...period }
              : { guardianId, relation, name: called, verified: false, authority: ['informed'], excluded: [], ...period },
          )
        }),
      ],
      notes: [{ kind: 'guardianship', idHash, says: `${learnerId}|${guardianId}` }],
    }
  }

  /** One stream for each recipient and purpose (R-C.1). What the record opened before and no longer names is closed. */
  private async consent(name: string, { patient, meaning }: ConsentValue): Promise<Meaning> {
    const { feed } = this
    const { ids, agencyId } = feed
    const idHash = ids.hash('Consent', name)
    if (meaning.kind === 'ended')
      return {
        commands: await this.closeConsents(idHash, meaning.why === 'withdrawn' ? undefined : 'enteredInError', []),
        ends: true,
      }
    const learnerId = this.person(patient)
    const streams = meaning.recipients.flatMap(recipientAgencyId =>
      meaning.purposes.map(purpose => ({
        recipientAgencyId,
        purpose,
        consentId: ids.of('consent', `${name}|${recipientAgencyId}|${purpose}`),
      })),
    )
    const party =
      meaning.by === 'guardian'
        ? { by: 'guardian' as const, guardianId: ids.of('RelatedPerson', meaning.guardian!) }
        : { by: 'learner' as const }
    const capacity =
      meaning.kind === 'deny' ? { mayDecide: true } : { mayDecide: await this.mayDecide(learnerId, party, meaning.categories) }
    const at = new Date(meaning.at)
    const asked = {
      learnerId,
      requestedByAgencyId: agencyId,
      categories: [...meaning.categories],
      noticeVersion: 'imported',
      language: 'und',
      easyRead: false,
      validUntil: meaning.validUntil,
      now: at,
    }
    const commands = streams.map(({ recipientAgencyId, purpose, consentId }) => {
      const request = (state: consents.Consent) =>
        consents.request(state, { consentId, recipientAgencyId, purpose, ...asked }, { readsLanguages: [] })
      return meaning.kind === 'permit'
        ? command(
            consents.consent,
            consentId,
            inTurn(consents.consent, request, state =>
              consents.give(
                state,
                {
                  ...party,
                  categories: meaning.categories,
                  method: 'imported',
                  now: at,
                  validUntil: meaning.validUntil,
                  ...(meaning.dataFrom && { dataFrom: meaning.dataFrom }),
                  ...(meaning.dataUntil && { dataUntil: meaning.dataUntil }),
                },
                capacity,
              ),
            ),
            { occurredAt: meaning.at },
          )
        : command(
            consents.consent,
            consentId,
            inTurn(
              consents.consent,
              state => (state.status === 'none' ? request(state) : []),
              state =>
                state.status === 'given'
                  ? consents.withdraw(state, party)
                  : state.status === 'requested'
                    ? consents.refuse(state, { ...party, today: dayOf(at) }, capacity)
                    : [],
            ),
          )
    })
    const open = streams.map(({ consentId }) => consentId)
    return {
      // What closes goes first: nothing that is refused holds it back.
      commands: [...(await this.closeConsents(idHash, undefined, open)), ...commands],
      notes: [{ kind: 'consents', idHash, says: open.join('|') }],
    }
  }

  /** Whether the learner decides alone, or this guardian for them: what cannot be established is a no. */
  private async mayDecide(learnerId: string, party: consents.Party, of: readonly Category[]): Promise<boolean> {
    const state = await this.feed.load(learner, learnerId)
    const { today } = this.feed
    const lines = ageLinesOn(await this.feed.load(ageLines, ageLinesId), today)
    return party.by === 'guardian'
      ? guardianMay(state, party.guardianId, 'consents', of, today, lines)
      : of.every(category => isSurelyOfAge(state, category, today, lines))
  }

  /** Consents that this record opened before, except those that it still names. Without a reason: withdrawn. */
  async closeConsents(idHash: string, reason: string | undefined, except: readonly string[]): Promise<Command[]> {
    const opened = (await this.feed.recall('consents', idHash))?.split('|').filter(id => id !== '' && !except.includes(id)) ?? []
    return opened.map(consentId =>
      command(consents.consent, consentId, state =>
        state.status !== 'given' && state.status !== 'requested'
          ? []
          : reason === undefined && state.status === 'given'
            ? consents.withdraw(state, { by: 'learner' })
            : consents.invalidate(state, reason ?? 'withdrawnAtSource'),
      ),
    )
  }

  /** Always a draft: no plan becomes active without the learner. A health agency's care plan would tell teachers what it must not. */
  private async carePlan(name: string, { patient, status, planKind, from, until }: CarePlanValue): Promise<Meaning> {
    const { feed } = this
    const { sector } = feed
    if (!planKind && (sector === 'health' || sector === 'authority'))
      return {
        notTaken:
          'A health plan would show as a learning plan. It is taken where its category says so (urn:passerelle:plan-kind).',
      }
    const planId = feed.ids.of('CarePlan', name)
    if (status === 'completed' && (await feed.load(plans.plan, planId)).status === 'none') return finishedBefore
    return {
      commands: [
        command(plans.plan, planId, state => {
          const periodFrom = from ?? state.periodFrom ?? feed.today
          const periodUntil = until && until > periodFrom ? until : (state.periodUntil ?? addDays(periodFrom, 365))
          const drafted = {
            planId,
            learnerId: this.person(patient),
            kind: planKind ?? ('learning' as const),
            template: 'quick' as const,
            authors: [author],
            periodFrom,
            periodUntil,
            today: feed.today,
          }
          return plans.draft(state, drafted, undefined)
        }),
      ],
    }
  }

  private async goal(name: string, { plan, text, by }: GoalValue): Promise<Meaning> {
    const { feed } = this
    const idHash = feed.ids.hash('Goal', name)
    const planId = plan === undefined ? await feed.recall('plan', idHash) : feed.ids.of('CarePlan', plan)
    if (planId === undefined || (await feed.load(plans.plan, planId)).status === 'none')
      return { notYet: 'Its care plan was not taken.' }
    const objective = {
      objectiveId: feed.ids.of('Goal', name),
      text,
      ...(by && { dueDate: by }),
      supports: [],
      learnerAuthored: false,
    }
    return {
      commands: [
        command(plans.plan, planId, state =>
          state.objectives[objective.objectiveId]
            ? plans.reviseObjective(state, { ...objective, reason: 'Changed at the source' })
            : plans.addObjective(state, objective),
        ),
      ],
      notes: [{ kind: 'plan', idHash, says: planId }],
    }
  }

  /** A draft: nothing leaves before a basis is found, and somebody sends it. */
  private async serviceRequest(
    name: string,
    { patient, status, urgency, reasonCode, reason, service: serviceId }: ServiceRequestValue,
  ): Promise<Meaning> {
    const { feed } = this
    const referralId = feed.ids.of('ServiceRequest', name)
    const { status: standing } = await feed.load(referrals.referral, referralId)
    if (status === 'completed' && standing === 'none') return finishedBefore
    if (status === 'completed' && !serviceId) return { notTaken: 'How a referral ends, the one that it went to says.' }
    if (status !== 'completed' && (standing === 'cancelled' || standing === 'enteredInError'))
      return { notTaken: 'The referral was taken back, and stays so: whoever needs it again refers anew, under another id.' }
    if (!serviceId)
      throw new Refused('REFERRAL.NO_SERVICE', 'A referral goes to a service of the directory.', 'Name it: --services.')
    const { listing } = await feed.load(service, serviceId)
    const target = listing?.agencyId ? await feed.load(agency, listing.agencyId) : undefined
    const offer = listing && {
      serviceId,
      status: listing.status,
      areas: listing.areas,
      ...(listing.agencyId && { agencyId: listing.agencyId }),
      ...(target?.sector && { sector: target.sector }),
      ...(listing.minimumAge !== undefined && { minimumAge: listing.minimumAge }),
      ...(listing.maximumAge !== undefined && { maximumAge: listing.maximumAge }),
    }
    return {
      commands: [
        command(referrals.referral, referralId, state =>
          referrals.draft(
            state,
            {
              referralId,
              learnerId: this.person(patient),
              requesterAgencyId: feed.agencyId,
              requestedBy: author,
              serviceId,
              reasonCode,
              urgency,
              picked: [],
              ...(reason && { message: reason }),
            },
            { ...(offer && { offer }), applicant: {}, alternatives: [] },
          ),
        ),
      ],
    }
  }

  /** What the target says of a referral that reached it. Only the target's own feed says it. */
  private async task({ request, status, reason, on }: TaskValue): Promise<Meaning> {
    const { feed } = this
    const { today, agencyId } = feed
    const own = feed.ids.of('ServiceRequest', request)
    const referralId = (await feed.load(referrals.referral, own)).status === 'none' ? ownReferral(request) : own
    const { targetAgencyId } = await feed.load(referrals.referral, referralId)
    if (targetAgencyId !== agencyId)
      throw new Refused(
        'REFERRAL.NOT_TARGET',
        'The referral has not been sent to this agency.',
        'The agency that it was sent to answers it.',
      )
    const terms = { calendar: { closed: [] } }
    const day = on && on <= today ? on : today
    const answer = (state: referrals.Referral) => {
      if (status === 'accepted') return referrals.accept(state, { by: author, today }, terms)
      if (status === 'rejected') return referrals.decline(state, { reasonCode: 'declined', ...(reason && { reason }) })
      if (status === 'in-progress') return referrals.start(state, { on: day, today }, terms)
      if (status === 'on-hold') return referrals.putOnHold(state, { reasonCode: 'onHold', today })
      if (status === 'failed') return referrals.fail(state, 'failed')
      if (status === 'completed')
        return referrals.reportOutcome(state, { resultCode: 'completed', outputs: reason ? [reason] : [], on: day, today })
      return []
    }
    return { commands: [command(referrals.referral, referralId, answer)] }
  }

  /** Screening answers, each sealed with what was asked: neither instrument nor item stands in the clear. */
  private answers(entity: string, name: string, { patient, status, on, answers }: AnswersValue, contentHash: string): Meaning {
    const { feed } = this
    // What was amended is another set of answers: those given before stand.
    const amended = status === 'amended' || status === 'corrected'
    const assessmentId = feed.ids.of(entity, amended ? `${name} ${contentHash}` : name)
    const instrument = { code: 'imported', version: 'r4', licence: 'unknown' }
    return {
      commands: [
        command(
          assessments.assessment,
          assessmentId,
          inTurn(
            assessments.assessment,
            state =>
              assessments.start(
                state,
                {
                  assessmentId,
                  learnerId: this.person(patient),
                  kind: 'supportNeed',
                  instrument,
                  mode: 'human',
                  on: on ?? state.started?.on ?? feed.today,
                },
                {},
              ),
            ...answers.map(
              (answer, i) => (state: assessments.Assessment) =>
                assessments.recordResponse(state, { itemCode: `i${i + 1}`, answer }),
            ),
          ),
        ),
      ],
    }
  }

  async end(entity: string, idHash: string): Promise<Meaning> {
    const { feed } = this
    const id = feed.ids.ofHash(idHash)
    if (entity === 'Patient')
      return {
        commands: [
          command(learner, id, state =>
            state.learnerId === undefined
              ? []
              : learners.endStanding(state, { agencyId: feed.agencyId, reason: 'notActiveAtSource' }),
          ),
        ],
        orElse: 'It says that somebody is no more on file who was not known.',
      }
    if (entity === 'RelatedPerson') {
      const [learnerId, guardianId] = (await feed.recall('guardianship', idHash))?.split('|') ?? []
      return {
        commands:
          learnerId && guardianId
            ? [command(learner, learnerId, state => learners.endGuardian(state, { guardianId, reason: 'notActiveAtSource' }))]
            : [],
      }
    }
    if (entity === 'CarePlan') {
      if ((await feed.load(plans.plan, id)).status === 'none') return finishedBefore
      return {
        commands: [command(plans.plan, id, state => plans.endEarly(state, { on: feed.today, reason: 'endedAtSource' }))],
      }
    }
    if (entity === 'ServiceRequest') {
      if ((await feed.load(referrals.referral, id)).status === 'none') return finishedBefore
      return {
        commands: [
          command(referrals.referral, id, state =>
            referrals.cancel(state, { reasonCode: 'revokedAtSource', agencyId: feed.agencyId }),
          ),
        ],
      }
    }
    return { notTaken: 'What was recorded of it stays; a person contests or corrects it.' }
  }
}
