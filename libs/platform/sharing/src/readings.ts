import type { Level } from './vocabulary.js'

/**
 * On what a grant rests. `role`: the task of the role alone (public task, right of access, parental authority, placement agreement). `stated`: a live
 * consent, or a legal obligation, vital interest, public task or agreement stated for this recipient and purpose.
 * `consent`: a live consent and nothing else. `release`: a safeguarding lead let it go, approved by a second person.
 */
export type GrantBasis = 'role' | 'stated' | 'consent' | 'release'

/** What else must hold: of the person's assignment, or of the row. */
export type Circumstance = 'ownClass' | 'ownActs' | 'toEducationOrEmployment'

/** Conditions that a grant may carry, each in one sentence. `column`: a view without it stays closed. */
export const circumstances = {
  ownClass: { says: 'the person teaches a class of the learner' },
  ownActs: { says: 'the guardian did it: the row names them', column: 'guardianId' },
  toEducationOrEmployment: { says: 'the referral goes to education or employment', column: 'targetSector' },
} as const satisfies Readonly<Record<Circumstance, { readonly says: string; readonly column?: string }>>

export interface Grant {
  readonly level: Exclude<Level, 'none'>
  readonly rows: 'all' | 'own'
  readonly basis: GrantBasis
  readonly when?: Circumstance
  /** Columns that it leaves out. */
  readonly except?: readonly string[]
}

export interface Reading {
  readonly says: string
  readonly grants: readonly Grant[]
}

const may = (level: Grant['level'], rows: Grant['rows'], basis: Grant['basis'] = 'role', more: Partial<Grant> = {}): Grant => ({
  level,
  rows,
  basis,
  ...more,
})
const nothing: readonly Grant[] = []
const onBasis = (level: Grant['level']) => may(level, 'all', 'stated')
const own = may('full', 'own')

/**
 * How each notation of the matrix is read. Where the design leaves room, the closed reading was taken: see
 * `docs/adr/0004-reading-the-visibility-matrix.md`.
 */
export const readings = {
  F: { says: 'in full', grants: [may('full', 'all')] },
  S: { says: 'the functional summary', grants: [may('summary', 'all')] },
  E: { says: 'that it exists, and its status', grants: [may('existence', 'all')] },
  '–': { says: 'nothing', grants: nothing },
  'F c': { says: 'in full, on a stated basis', grants: [onBasis('full')] },
  'S c': { says: 'the summary, on a stated basis', grants: [onBasis('summary')] },
  'E c': { says: 'that it exists, on a stated basis', grants: [onBasis('existence')] },
  c: { says: 'no level is named: the summary, on a stated basis', grants: [onBasis('summary')] },
  O: { says: 'what the own agency recorded, in full', grants: [own] },
  'O + c': { says: 'own rows in full; the summary of others on a stated basis', grants: [own, onBasis('summary')] },
  'own agency': { says: 'as O', grants: [own] },
  own: { says: 'as O', grants: [own] },
  'F(own)': { says: 'as O', grants: [own] },
  'F(payer)': { says: 'as O: a payment is the payer’s own row', grants: [own] },
  'F(own placement)': { says: 'as O: a placement is the host’s own row', grants: [own] },
  'E(own)': { says: 'that own rows exist', grants: [may('existence', 'own')] },
  'F(own class)': {
    says: 'in full for whoever teaches a class of the learner, nothing for others',
    grants: [may('full', 'all', 'role', { when: 'ownClass' })],
  },
  'F(own acts)': { says: 'what this guardian did, in full', grants: [may('full', 'all', 'role', { when: 'ownActs' })] },
  'F to education/employment; else E c': {
    says: 'own referrals to education or employment in full; of all others that they exist, on a stated basis',
    grants: [may('full', 'own', 'role', { when: 'toEducationOrEmployment' }), onBasis('existence')],
  },
  'F + shares': { says: 'in full; sharing is the learner’s own act', grants: [may('full', 'all')] },
  'F⁴': {
    says: 'in full, without the column that names third parties',
    grants: [may('full', 'all', 'role', { except: ['thirdParties'] })],
  },
  'S(name)': { says: 'the summary, which is the name alone', grants: [may('summary', 'all')] },
  'S(LoI level)': {
    says: 'the summary, which is the language of instruction and the level in it',
    grants: [may('summary', 'all')],
  },
  'S c(actions)': { says: 'the summary, which is the actions, on a stated basis', grants: [onBasis('summary')] },
  'S c(instructions)': {
    says: 'the summary, which is the instruction, with the learner’s own yes and on no other basis (R-7.4)',
    grants: [may('summary', 'all', 'consent')],
  },
  'S²': { says: 'nothing, as long as rows do not say which parent they are about', grants: nothing },
  '–³': {
    says: 'nothing until the safeguarding lead releases it, then in full',
    grants: [may('full', 'all', 'release')],
  },
  'E(counts)': { says: 'counts come from the aggregates, never from rows: nothing', grants: nothing },
  agg: { says: 'aggregates only, never rows: nothing', grants: nothing },
} as const satisfies Record<string, Reading>

export type Notation = keyof typeof readings
