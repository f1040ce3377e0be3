import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { openFolder } from '../reading/index.js'
import { all, options } from '../reading/reading.fixture.js'
import { readFhir } from './fhir.reader.js'

const path = resolve(process.cwd(), '../shared/data/fhir-r4')

/**
 * HL7's own example consents, each read by hand. The feeding agency is Organization/f001, whom they name. In R4 a root provision
 * carries no type by the book, and the examples leave to lawyers what it then does: so nothing is opened.
 */
const byHand: Readonly<
  Record<
    string,
    { readonly means: 'closed' | 'deny'; readonly because: string; readonly reason?: string; readonly says?: object }
  >
> = {
  'consent-example-Emergency': {
    means: 'closed',
    because: 'EMRGONLY is about emergencies only, and a nested denial of the same custodian contradicts whatever the root does',
    reason: 'nested provisions make exceptions',
  },
  'consent-example-Out': {
    means: 'closed',
    because: 'the custodian is named, and neither what it may do nor for whom',
    reason: 'no actor is named who would receive',
  },
  'consent-example-basic': {
    means: 'closed',
    because: 'a base policy OPTIN and a period that ended in 2016: a policy alone opens nothing',
    reason: 'provision.type is absent: neither permit nor deny',
  },
  'consent-example-grantor': {
    means: 'closed',
    because: 'under OPTOUT it lets a Patient called a clinic receive: whoever that is, it is no registered agency',
    reason: 'an actor who would receive cannot be resolved to a registered agency',
  },
  'consent-example-notOrg': {
    means: 'deny',
    because: 'access and correction by Organization/f001 are denied, without limit of class or purpose: all of both',
    says: {
      kind: 'deny',
      recipients: ['f001'],
      categories: Array.from({ length: 18 }, (_, i) => `C${i + 1}`),
      purposes: ['educationSupport', 'socialSupport', 'healthCare', 'employmentSupport', 'caseCoordination'],
      at: '2015-11-18T00:00:00.000Z',
      // A no without an end is kept for as long as a yes could be given anew.
      validUntil: '2027-11-24',
      by: 'learner',
    },
  },
  'consent-example-notThis': {
    means: 'closed',
    because: 'one task is exempt, by a type that is absent; the hub shares categories, not single records',
    reason: 'data names single records',
  },
  'consent-example-signature': {
    means: 'closed',
    because: 'a notice of privacy practices, over since 2016, with a nested permission for one author and kind of document',
    reason: 'category is not a consent to disclose information',
  },
}

const there = existsSync(path)
if (!there) console.warn(`SKIPPED: fhir-r4 is not there (${path}); the example consents were not read.`)

describe('the official example consents', () => {
  ;(there ? test : test.skip)('mean what a person reads in them, and none opens', async () => {
    const agencyOf = (name: string) => (name === 'Organization/f001' ? 'f001' : undefined)
    const readings = await all(
      readFhir(await openFolder(path), { ...options, feedingAgency: 'f001', agencyOf, now: '2026-11-24T00:00:00.000Z' }),
    )
    const found = readings.flatMap(r => ((r.kind === 'record' || r.kind === 'rejected') && r.entity === 'Consent' ? [r] : []))
    expect(found.map(r => r.externalId).sort()).toEqual(
      Object.keys(byHand)
        .map(id => `Consent/${id}`)
        .sort(),
    )
    for (const [id, { means, because, reason, says }] of Object.entries(byHand)) {
      expect([id, because.length > 20]).toEqual([id, true])
      expect([id, (means === 'closed' ? reason : says) === undefined]).toEqual([id, false])
    }
    for (const reading of found) {
      const expected = byHand[reading.externalId!.replace('Consent/', '')]!
      if (reading.kind === 'record') expect((reading.value as { meaning: unknown }).meaning).toEqual(expected.says)
      else {
        expect([expected.means, reading.code]).toEqual(['closed', 'CONSENT.CLOSED'])
        expect(reading.reason).toContain(expected.reason)
      }
    }
  })
})
