import type { PartnerFormat } from './feed/partner-format.js'
import { sds } from './sds/sds.format.js'
import { hsds } from './hsds/hsds.format.js'

export const formats = { sds, hsds } satisfies Record<string, PartnerFormat>
export type FormatName = keyof typeof formats
