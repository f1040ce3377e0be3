import fc from 'fast-check'
import { type ShownConsent, toFhirConsent } from '@passerelle/consent'
import { addDays } from '@passerelle/event-log'
import { categories, purposes } from '@passerelle/sharing'
import { type ConsentContext, type FhirConsent, meaningOf } from './consent-meaning.js'

const now = '2026-11-24T12:00:00.000Z'
const anId = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,40}$/)
const named = (kind: string) => (reference: { identifier?: { system?: string; value?: string } }) =>
  reference.identifier?.system === `urn:passerelle:${kind}` ? reference.identifier.value : undefined
const contextOf = ({ learnerId, requestedByAgencyId }: ShownConsent): ConsentContext => ({
  now,
  feedingAgency: requestedByAgencyId!,
  agencyOf: named('agency'),
  isPatient: reference => named('learner')(reference) === learnerId,
  guardianOf: named('guardian'),
})
const consents = fc
  .record({
    consentId: anId,
    learnerId: anId,
    requestedByAgencyId: anId,
    recipientAgencyId: anId,
    purpose: fc.constantFrom('educationSupport', 'socialSupport', 'healthCare', 'employmentSupport', 'caseCoordination'),
    asked: fc.subarray([...categories], { minLength: 1 }),
    guardianId: fc.option(anId),
    givenAt: fc.date({ min: new Date('2025-12-01'), max: new Date(now), noInvalidDate: true }).map(date => date.toISOString()),
    days: fc.integer({ min: 1, max: 365 }),
    dataFrom: fc.option(fc.constant('2025-09-01')),
    dataUntil: fc.option(fc.constant('2026-07-01')),
  })
  .chain(({ days, ...consent }) =>
    fc.subarray(consent.asked, { minLength: 1 }).map((given): ShownConsent => ({
      ...consent,
      status: 'given',
      given,
      purpose: consent.purpose as ShownConsent['purpose'],
      by: consent.guardianId === null ? 'learner' : 'guardian',
      validUntil: addDays(consent.givenAt.slice(0, 10), days),
      history: [{ state: 'requested', at: consent.givenAt }],
    })),
  )
const meaning = (consent: ShownConsent) => meaningOf(toFhirConsent(consent) as unknown as FhirConsent, contextOf(consent))

describe('a consent that leaves as FHIR and comes back', () => {
  test('means what it meant, or, once it is over, nothing', () => {
    fc.assert(
      fc.property(consents, consent => {
        const { recipientAgencyId, given, purpose, givenAt, validUntil, by, guardianId, dataFrom, dataUntil } = consent
        if (validUntil! <= now.slice(0, 10)) expect(meaning(consent)).toMatchObject({ kind: 'closed' })
        else
          expect(meaning(consent)).toEqual({
            kind: 'permit',
            recipients: [recipientAgencyId],
            categories: given,
            purposes: [purpose],
            at: givenAt,
            validUntil,
            by,
            ...(by === 'guardian' && { guardian: guardianId }),
            ...(dataFrom && { dataFrom }),
            ...(dataUntil && { dataUntil }),
          })
      }),
    )
  })
  test('refused, it comes back as a no to all that was asked; ended, as ended; not answered, as nothing', () => {
    fc.assert(
      fc.property(consents, consent => {
        const { recipientAgencyId, asked, purpose, givenAt, by } = consent
        const history = [...consent.history!, { state: 'refused' as const, at: givenAt! }]
        const refused = meaning({ ...consent, status: 'refused', given: [], givenAt: null, history })
        expect(refused).toMatchObject({
          kind: 'deny',
          recipients: [recipientAgencyId],
          categories: asked,
          purposes: [purpose],
          by,
        })
        for (const status of ['withdrawn', 'expired'] as const)
          expect(meaning({ ...consent, status, given: [] })).toEqual({ kind: 'ended', why: 'withdrawn' })
        expect(meaning({ ...consent, status: 'invalidated', given: [] })).toEqual({ kind: 'ended', why: 'enteredInError' })
        expect(meaning({ ...consent, status: 'requested', given: [], by: null })).toMatchObject({ kind: 'closed' })
      }),
    )
  })
  test('what the other side cannot be sure of comes back closed: one role of an agency, and purposes of oversight', () => {
    fc.assert(
      fc.property(consents, fc.constantFrom(...purposes), (consent, purpose) => {
        expect(meaning({ ...consent, recipientRole: 'socialWorker' })).toMatchObject({ kind: 'closed' })
        const oversight = ['safeguarding', 'administration', 'audit', 'ownRecord'].includes(purpose)
        if (oversight) expect(meaning({ ...consent, purpose })).toMatchObject({ kind: 'closed' })
      }),
    )
  })
})
