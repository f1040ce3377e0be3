import type { PartnerFormat } from './feed/partner-format.js'
import { fhir } from './fhir/fhir.format.js'
import { hsds } from './hsds/hsds.format.js'
import { oneroster } from './oneroster/oneroster.format.js'
import { sds } from './sds/sds.format.js'

export const formats = { sds, oneroster, hsds, fhir } satisfies Record<string, PartnerFormat>
export type FormatName = keyof typeof formats
