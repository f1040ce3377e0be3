/** Where in what the partner sent: enough for them to find and mend it. */
export interface Place {
  readonly file: string
  /** Record number in a CSV file as a spreadsheet shows it: the header is 1. In NDJSON the line. */
  readonly row?: number
  /** Physical line on which the record begins, where it differs from `row`. */
  readonly line?: number
  readonly column?: string
  /** JSON pointer, in JSON files. */
  readonly pointer?: string
}

/** What stood there, without what is dropped at the door. Kept only sealed. */
export type Raw =
  | { readonly cells: Readonly<Record<string, string>> }
  | { readonly text: string }
  | { readonly resource: unknown; readonly fullUrl?: string }

/** One thing a reader found. Every row or resource of the input gives exactly one, except remarks. */
export type Reading<Value = unknown> = Read<Value> | Repeated | Rejected | NotTaken | Remark

export interface Read<Value = unknown> {
  readonly kind: 'record'
  readonly entity: string
  /** As the partner names it; never leaves the connector in the clear. */
  readonly externalId: string
  readonly value: Value
  /** Keyed digest of the value: an unkeyed one could be guessed from a list of names and birthdays. */
  readonly contentHash: string
  readonly place: Place
  /** As it stood, for the quarantine, should a rule of the hub refuse it. */
  readonly raw?: Raw
  /** Digest of the server that it stands on, where the partner names one: another's record of the same id is not this one. */
  readonly server?: string
  /** The partner says it is over (OneRoster delta `tobedeleted`). */
  readonly ended?: true
}

/** The same id with the same content again. */
export interface Repeated {
  readonly kind: 'repeated'
  readonly entity: string
  readonly externalId: string
  readonly place: Place
}

export interface Rejected {
  readonly kind: 'rejected'
  readonly entity: string
  /** Absent where the id itself could not be read. */
  readonly externalId?: string
  readonly place: Place
  /** `SUBJECT.REASON`, stable. */
  readonly code: string
  /** For a person at the partner. Names columns and codes, never a value of a person. */
  readonly reason: string
  /** Rows behind this place were not read, and stand in no total. */
  readonly unread?: true
  /** Absent where it cannot be told which part is a password or another dropped field. */
  readonly raw?: Raw
}

/** Of a file that could not be read: it says nothing of what is missing. */
export const isOfUnreadFile = (reading: Reading): reading is Rejected =>
  reading.kind === 'rejected' &&
  (reading.place.row === undefined || reading.code.startsWith('HEADER') || reading.code === 'FILE.TOO_BROKEN')

/** Understood and left out on purpose (GDPR 5(1)(c)): counted by entity, not kept. */
export interface NotTaken {
  readonly kind: 'notTaken'
  readonly entity: string
  readonly place: Place
  readonly why: string
}

/** Something about a whole file that the partner should know; counts as no row. */
export interface Remark {
  readonly kind: 'remark'
  readonly place: Place
  readonly code: string
  readonly text: string
}

/** Of a file that no reader took up. */
export const isOfPassedOver = ({ code }: Remark): boolean => code === 'FILE.NOT_OF_THIS_FORMAT'

/** What a reader needs from the hub. */
export interface ReadingOptions {
  /** Keyed digest (HMAC) of canonical content. */
  readonly digest: (content: string) => string
  /** Whether an earlier feed brought this record: references of a delta may point there. */
  readonly known?: (entity: string, externalId: string) => boolean | Promise<boolean>
  /** These are some rows of a set, not a set: nothing that is missing means anything. */
  readonly partial?: boolean
  /** Called with each number of bytes read, for a progress bar. */
  readonly onBytes?: (count: number) => void
}

/** A value that cannot be taken, and why. No stack: bad rows may be many. */
export class Fault {
  constructor(
    readonly code: string,
    readonly reason: string,
    readonly column?: string,
  ) {}
}
