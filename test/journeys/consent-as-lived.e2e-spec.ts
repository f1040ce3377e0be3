import { addDays } from '@passerelle/event-log'
import { hashOfNotice } from '@passerelle/consent'
import { schemaOf, StoryHub, until, type Who } from './story-hub.fixture.js'
import { foundTwoAgencies, learnerId, today } from './two-agencies.fixture.js'

const consentId = 'consent-1'
const receiptId = 'receipt-1'
const asked = {
  consentId,
  learnerId,
  recipientAgencyId: 'social',
  purpose: 'socialSupport',
  categories: ['C2', 'C3'],
  noticeVersion: '2026-1',
  language: 'en',
  easyRead: true,
  validUntil: addDays(today, 180),
}

let story: StoryHub
beforeAll(async () => {
  story = await StoryHub.open()
  await foundTwoAgencies(story, [
    'coordinator',
    'teacher',
    'otherTeacher',
    'socialWorker',
    'jobAdviser',
    'schoolOfficer',
    'socialOfficer',
  ])
}, 240_000)
afterAll(() => story?.close())

const receipt = `/consents/${consentId}/receipts/${receiptId}.jsonld`
/** As it was handed over. */
let handedOver: string

const rowsOf = async (who: Who, view: string) => (await story.everything(who))[view] ?? []
const seenBySocialWorker = async () => (await rowsOf('socialWorker', 'enrolments')).length

describe('a question that the person can read', () => {
  test('R-C.3 nobody is asked with a notice that does not exist in this version, language and form', async () => {
    for (const change of [{ noticeVersion: 'n-0' }, { language: 'it' }, { noticeVersion: '2026-2' }])
      expect(await story.refusal('coordinator', 'requestConsent', { ...asked, ...change })).toEqual(['CONSENT.NO_NOTICE'])
  })
  test('R-C.3 the authority publishes a notice, nobody else can, and with it people can be asked and read it', async () => {
    expect(schemaOf('education').getMutationType()!.getFields()).not.toHaveProperty('publishNotice')
    const wording = { title: 'Your data', paragraphs: ['You choose.', 'You can take it back.'] }
    await story.does('admin', 'publishNotice', { noticeId: '2026-2', language: 'en', easyRead: false, ...wording })
    const question = { ...asked, consentId: 'consent-2', noticeVersion: '2026-2', easyRead: false }
    await story.does('coordinator', 'requestConsent', question)
    const query = `{ notices(first: 5, where: { noticeId: { eq: "2026-2" } }) { nodes { language form title paragraphs sha256 status } } }`
    expect((await story.read('learner', query)).notices.nodes).toEqual([
      { language: 'en', form: 'standard', ...wording, sha256: hashOfNotice(wording), status: 'published' },
    ])
    await story.does('admin', 'retireNotice', { noticeId: '2026-2', language: 'en', easyRead: false, reason: 'unclear' })
    expect(await story.refusal('coordinator', 'requestConsent', { ...question, consentId: 'consent-3' })).toEqual([
      'CONSENT.NO_NOTICE',
    ])
  })
  test('R-C.3 what they read is told to nobody who may not see it, and they say yes to nothing that they cannot read', async () => {
    const unread = { ...asked, consentId: 'consent-4' }
    const speaks = async (firstLanguage: string) => {
      await story.does('learner', 'recordLanguages', { learnerId, firstLanguage, languageOfInstruction: firstLanguage })
      const seen = (who: Who) => rowsOf(who, 'learners').then(([row]) => row?.firstLanguage)
      await until('the school knows', async () => (await seen('coordinator')) === firstLanguage)
      expect(await seen('socialWorker')).toBeFalsy()
    }
    await speaks('pt')
    expect(await story.refusal('coordinator', 'requestConsent', unread)).toEqual(['CONSENT.LANGUAGE'])
    for (const language of ['pt', 'it'])
      expect(await story.refusal('socialWorker', 'requestConsent', { ...unread, noticeVersion: 'n-0', language })).toEqual([
        'CONSENT.NO_NOTICE',
      ])
    await story.does('socialWorker', 'requestConsent', unread)
    const yes = { consentId: 'consent-4', categories: ['C2'], method: 'online', version: 0 }
    expect(await story.refusal('learner', 'giveConsent', yes)).toEqual(['CONSENT.LANGUAGE'])
    await story.does('learner', 'refuseConsent', { consentId: 'consent-4', version: 0 })
    // Nor is it told by asking again that they answered.
    expect(await story.records('socialWorker', 'requestConsent', unread)).toMatchObject({ position: null, version: 0 })
    await speaks('en')
  })
  test('R-C.1 nobody is asked for a recipient that there is not, or for what nobody there may see', async () => {
    const inVain = (change: object) =>
      story.refusal('coordinator', 'requestConsent', { ...asked, consentId: 'consent-5', ...change })
    for (const recipientAgencyId of ['nowhere', 'learner'])
      expect(await inVain({ recipientAgencyId })).toEqual(['CONSENT.NO_RECIPIENT'])
    const teacher = { recipientAgencyId: 'school', recipientRole: 'teacher', purpose: 'educationSupport' }
    expect(await inVain({ ...teacher, categories: ['C3', 'C6'] })).toEqual(['CONSENT.NOT_A_RECIPIENT'])
  })
  test('a question is taken back by whoever of the agency that asked sees it; to others it is not there, and an answer stays', async () => {
    const cancel = (who: Who, id: string, version: number) => story.tries(who, 'cancelConsentRequest', { consentId: id, version })
    // The recipient sees the question, and did not ask it.
    for (const [who, id] of [
      ['socialWorker', 'consent-2'],
      ['socialOfficer', 'consent-2'],
      ['coordinator', 'consent-4'],
    ] as const)
      for (const version of [0, 1]) {
        const [hidden, unknown] = [await cancel(who, id, version), await cancel(who, 'consent-0', version)]
        expect([who, hidden.codes]).toEqual([who, ['NOT_FOUND']])
        expect(hidden.text.replaceAll(id, 'consent-0')).toBe(unknown.text)
      }
    // Whoever sees no consents learns by none of theirs whether it was answered.
    for (const id of ['consent-2', 'consent-4', 'consent-0'])
      expect((await cancel('teacher', id, 0)).codes).toEqual(['FORBIDDEN'])
    expect((await cancel('socialWorker', 'consent-4', 1)).codes).toEqual(['CONSENT.ANSWERED'])
    await story.does('coordinator', 'cancelConsentRequest', { consentId: 'consent-2', version: 0 })
    const [row] = (await rowsOf('learner', 'consents')).filter(each => each.consentId === 'consent-2')
    expect(row).toMatchObject({
      status: 'cancelled',
      history: [{ state: 'requested' }, { state: 'cancelled', entityId: 'school' }],
    })
    const late = { consentId: 'consent-2', categories: ['C2'], method: 'online' }
    expect(await story.refusal('learner', 'giveConsent', late)).toEqual(['CONSENT.ENDED'])
  })
  test('R-C.1 asked for one recipient, one purpose and each category by itself, it opens what was said yes to and no more', async () => {
    await story.does('coordinator', 'requestConsent', asked)
    const again = { ...asked, consentId: 'consent-6', categories: ['C3'] }
    expect(await story.refusal('coordinator', 'requestConsent', again)).toEqual(['CONSENT.ASKED'])
    expect(await seenBySocialWorker()).toBe(0)
    const yes = { consentId, categories: ['C2'], method: 'online' }
    expect(await story.refusal('learner', 'giveConsent', { ...yes, validUntil: addDays(today, 181) })).toEqual([
      'CONSENT.NOT_ASKED',
    ])
    await story.does('learner', 'giveConsent', yes)
    expect(await seenBySocialWorker()).toBe(1)
    // Who sees what was answered may ask for the rest.
    await story.does('coordinator', 'requestConsent', again)
    await story.does('coordinator', 'cancelConsentRequest', { consentId: 'consent-6', version: 0 })
    expect((await rowsOf('learner', 'consents')).find(row => row.consentId === consentId)).toMatchObject({
      status: 'given',
      asked: ['C2', 'C3'],
      given: ['C2'],
      easyRead: true,
    })
  })
})

describe('what the person takes home', () => {
  const fhir = `/consents/${consentId}/consent.fhir.json`

  test('a receipt can be downloaded by who was handed it, and says what the face says', async () => {
    expect((await story.download('learner', receipt)).status).toBe(404)
    await story.does('learner', 'issueConsentReceipt', { consentId, receiptId })
    const { status, headers, text } = await story.download('learner', receipt)
    expect([status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      200,
      'application/ld+json; charset=utf-8',
      'attachment; filename="receipt.jsonld"',
    ])
    const query = `{ consentReceipt(consentId: "${consentId}", receiptId: "${receiptId}") }`
    handedOver = text
    expect(JSON.parse(text)).toEqual((await story.read('learner', query)).consentReceipt)
    expect(JSON.parse(text)).toMatchObject({
      header: { receiptId, recordId: consentId, piiPrincipalId: learnerId },
      piiInformation: [{ piiAttributeId: 'C2' }],
      processing: { language: 'en', privacyNotice: 'urn:passerelle:notice:2026-1:en:easyRead', jurisdiction: 'EU' },
      parties: [
        { id: 'school', name: 'The school' },
        { id: 'social', name: 'The social' },
      ],
    })
    const { recordFaults } = await import('@passerelle/consent')
    expect(recordFaults(JSON.parse(text))).toEqual([])
  })
  test('as FHIR it goes to the learner and to the agencies that it is between, each through its own door', async () => {
    for (const who of ['learner', 'coordinator'] as const) {
      const { status, headers, text } = await story.download(who, fhir)
      expect([who, status, headers.get('content-type')]).toEqual([who, 200, 'application/fhir+json; charset=utf-8'])
      expect(JSON.parse(text)).toMatchObject({
        resourceType: 'Consent',
        status: 'active',
        provision: { type: 'permit', class: [{ code: 'C2' }], period: { end: addDays(today, 179) } },
      })
    }
    const recipient = await story.download('socialWorker', fhir, { 'x-passerelle-purpose': 'socialSupport' })
    expect(JSON.parse(recipient.text)).toMatchObject({ resourceType: 'Consent', status: 'active' })
  })
  test('whoever may not know of it gets the answer that there is none, and whoever is not signed in none at all', async () => {
    for (const who of ['teacher', 'jobAdviser', 'otherTeacher'] as const) {
      const hidden = await story.download(who, fhir)
      const unknown = await story.download(who, fhir.replace(consentId, 'consent-0'))
      expect([who, hidden.status]).toEqual([who, 404])
      expect(hidden.text.replaceAll(consentId, 'consent-0')).toBe(unknown.text)
      const field = (id: string) => story.ask(who, `{ consentAsFhir(consentId: "${id}") }`)
      expect((await field(consentId)).text).toBe((await field('consent-0')).text)
    }
    expect((await story.download('learner', receipt.replace(receiptId, 'receipt-0'))).status).toBe(404)
    expect((await story.download('learner', receipt.replace('.jsonld', ''))).status).toBe(404)
    expect((await story.download('learner', fhir, { authorization: 'Bearer nobody' })).status).toBe(401)
    // The agencies' doors have no receipts.
    expect((await story.download('coordinator', receipt)).status).toBe(404)
  })
  test('that it was taken home stands in the log of who looked', async () => {
    const query = `{ learner(id: "${learnerId}") { disclosures(first: 50) { agencyId act categories } } }`
    const { disclosures } = (await story.read('learner', query)).learner
    const exported = disclosures.filter(({ act }: { act: string }) => act === 'export')
    expect(new Set(exported.map(({ agencyId }: { agencyId: string }) => agencyId))).toEqual(
      new Set(['learner', 'school', 'social']),
    )
    for (const { categories } of exported) expect(categories).toEqual(['C14'])
  })
})

describe('renewing', () => {
  test('R-C.5 said anew before its end it holds for longer, and the record says renewed', async () => {
    const again = { consentId, categories: ['C2'], method: 'online' }
    expect(await story.refusal('learner', 'renewConsent', { ...again, validUntil: addDays(today, 400) })).toEqual([
      'CONSENT.TOO_LONG',
    ])
    await story.does('learner', 'renewConsent', { ...again, validUntil: addDays(today, 300) })
    const consent = (await rowsOf('learner', 'consents')).find(row => row.consentId === consentId)!
    expect(consent.validUntil).toBe(addDays(today, 300))
    expect((consent.history as { state: string }[]).map(({ state }) => state)).toEqual(['requested', 'given', 'renewed'])
  })
})

describe('taking it back', () => {
  let recall: Readonly<Record<string, any>>

  test('R-C.2 in one step; the next read is without it, and the recipient is told what to delete and what it read of that', async () => {
    expect(await rowsOf('learner', 'recalls')).toEqual([])
    await story.does('learner', 'withdrawConsent', { consentId })
    expect(await seenBySocialWorker()).toBe(0)
    expect((await story.download('learner', receipt)).text).toBe(handedOver)
    recall = await until('the recipient is told', async () => (await rowsOf('learner', 'recalls'))[0])
    expect(recall).toMatchObject({
      status: 'told',
      agencyId: 'social',
      askedByAgencyId: 'school',
      ref: consentId,
      because: 'withdrawn',
      categories: ['C2'],
      readCategories: ['C2'],
      open: ['C2'],
      dueBy: addDays(today, 30),
    })
    story.sawVersion(recall.recallId, recall.version)
  })
  test('who answers for the recipient sees it, and nothing else of the learner; who it does not concern sees none', async () => {
    const told = await until('it has arrived at the recipient', async () => (await rowsOf('socialOfficer', 'recalls'))[0])
    expect(told).toMatchObject({ recallId: recall.recallId, learnerId, categories: ['C2'], status: 'told' })
    expect(await rowsOf('coordinator', 'recalls')).toHaveLength(1)
    for (const who of ['teacher', 'jobAdviser'] as const) expect([who, await rowsOf(who, 'recalls')]).toEqual([who, []])
  })
  test('nobody answers in its place, and it answers only for what was asked', async () => {
    const { recallId } = recall
    const retention = { recallId, categories: ['C2'], statute: 'ZZ-SGB-84' }
    for (const who of ['coordinator', 'schoolOfficer', 'jobAdviser'] as const)
      expect([who, await story.refusal(who, 'confirmDeletion', { recallId })]).toEqual([who, ['NOT_FOUND']])
    expect(schemaOf('learner').getMutationType()!.getFields()).not.toHaveProperty('confirmDeletion')
    expect(await story.refusal('socialOfficer', 'stateRetention', { ...retention, categories: ['C3'] })).toEqual([
      'RECALL.NOT_ASKED',
    ])
    await story.does('socialOfficer', 'stateRetention', { ...retention, until: addDays(today, 700) })
  })
  test('the learner reads the answer, with the law, and later that it is gone', async () => {
    expect(await rowsOf('learner', 'recalls')).toMatchObject([
      { status: 'answered', open: [], retained: ['C2'], retentions: [{ statute: 'ZZ-SGB-84', until: addDays(today, 700) }] },
    ])
    await story.does('socialOfficer', 'confirmDeletion', { recallId: recall.recallId, categories: ['C2'] })
    expect(await rowsOf('learner', 'recalls')).toMatchObject([{ status: 'answered', deleted: ['C2'], retained: [] }])
  })
})
