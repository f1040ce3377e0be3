import type { RecordFacts } from '@passerelle/consent'

/** What a record of consent says besides the consent itself and its parties: where the hub keeps what it shares, under which law, and how to withdraw. */
export type RecordTerms = Omit<RecordFacts, 'controller' | 'recipient'>

/** The wording of a notice by its own name: the learner face shows it as `notices`. */
const noticeUrl: RecordTerms['noticeUrl'] = (version, language, easyRead) =>
  `urn:passerelle:notice:${version}:${language}:${easyRead ? 'easyRead' : 'standard'}`

/** Where an operator said nothing: true of every region that the hub is made for, and no more. */
export const defaultRecordTerms: RecordTerms = {
  noticeUrl,
  storageLocations: ['EU'],
  retentionPeriod: 'as long as the consent holds, twelve months at most',
  jurisdiction: 'EU',
  withdrawalMethod: 'withdrawConsent at /learner/graphql',
}

/** What the environment says of receipts; `deploy/README.md` lists the variables. */
export function readRecordTerms(env: NodeJS.ProcessEnv): RecordTerms {
  const { storageLocations, retentionPeriod, jurisdiction, withdrawalMethod } = defaultRecordTerms
  const said = (name: string) => env[name]?.trim() || undefined
  const places = said('PASSERELLE_STORAGE_LOCATIONS')
    ?.split(',')
    .map(place => place.trim())
    .filter(Boolean)
  const publicUrl = said('PASSERELLE_PUBLIC_URL')?.replace(/\/$/, '')
  return {
    noticeUrl,
    storageLocations: places?.length ? places : storageLocations,
    retentionPeriod: said('PASSERELLE_RETENTION_PERIOD') ?? retentionPeriod,
    jurisdiction: said('PASSERELLE_JURISDICTION') ?? jurisdiction,
    withdrawalMethod: publicUrl ? `withdrawConsent at ${publicUrl}/learner/graphql` : withdrawalMethod,
  }
}
