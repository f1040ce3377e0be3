import { type BirthDate, readBirthDate } from './birth-date.js'
import { toLatin } from './latin.js'
import { type Name, readName } from './names.js'

/** What one file says of one person, as it was written there. Everything but the id may be missing. */
export interface PersonRecord {
  readonly id: string
  readonly givenName?: string
  readonly familyName?: string
  /** The same name in other spellings: a passport's romanization, a name before marriage. */
  readonly otherNames?: readonly { readonly givenName?: string; readonly familyName?: string }[]
  readonly birthDate?: string
  readonly sex?: string
  readonly street?: string
  readonly houseNumber?: string
  readonly locality?: string
  readonly municipality?: string
  readonly postcode?: string
  readonly region?: string
  readonly email?: string
  /** By system: who has two different values of one system is two persons. */
  readonly identifiers?: Readonly<Record<string, string>>
}

export const textFields = ['street', 'locality', 'municipality', 'houseNumber', 'postcode', 'region', 'sex', 'email'] as const
export type TextField = (typeof textFields)[number]

export interface NamePair {
  readonly given: Name | undefined
  readonly family: Name | undefined
}

/** A record prepared for comparing. */
export interface Person {
  readonly id: string
  readonly names: readonly NamePair[]
  readonly birthDate: BirthDate | undefined
  readonly texts: Readonly<Partial<Record<TextField, string>>>
  readonly identifiers: Readonly<Record<string, string>>
}

export function readPerson(record: PersonRecord): Person {
  const names = [record, ...(record.otherNames ?? [])].map(({ givenName, familyName }) => ({
    given: readName(givenName),
    family: readName(familyName),
  }))
  const texts: Partial<Record<TextField, string>> = {}
  for (const field of textFields) {
    const text = toLatin(record[field] ?? '').replaceAll(' ', '')
    if (text) texts[field] = text
  }
  return { id: record.id, names, birthDate: readBirthDate(record.birthDate), texts, identifiers: record.identifiers ?? {} }
}
