import type { ValidationRule } from 'graphql'
import { RefusedAtTheDoor } from '../errors/refusals.js'
import { type DocumentMeasure, measure, resolve } from './document-measure.js'
import { oncePerDocument } from './once-per-document.js'

/** How large a request may be. */
export type Limits = {
  /** Levels of fields; the usual introspection query has 14. */
  readonly depth: number
  readonly aliases: number
  readonly directives: number
  /** Names that a selection gives again, fragments spread out. */
  readonly repeats: number
  /** Words and signs of the document; the parser stops there. */
  readonly tokens: number
  /** Fields in the answer, at most. */
  readonly cost: number
  /** The longest page. */
  readonly pageSize: number
  readonly bodyBytes: number
}
export const defaultLimits: Limits = {
  depth: 15,
  aliases: 50,
  directives: 50,
  repeats: 50,
  tokens: 2_000,
  cost: 20_000,
  pageSize: 100,
  bodyBytes: 102_400,
}

export const measureOnce = oncePerDocument(measure)

/**
 * The rules for Mercurius' `validationRules`: an array, because with a function it validates every request anew. A rule throws
 * where others report: validation ends there, before the rules of the specification whose work grows with the square of the document.
 */
export function limitRules(limits: Limits): ValidationRule[] {
  const over: [keyof Limits & ('depth' | 'aliases' | 'directives' | 'repeats'), string][] = [
    ['depth', 'TOO_DEEP'],
    ['aliases', 'TOO_MANY_ALIASES'],
    ['directives', 'TOO_MANY_DIRECTIVES'],
    ['repeats', 'TOO_REPETITIVE'],
  ]
  return [
    ...over.map(([what, code]): ValidationRule => context => ({
      Document(document) {
        const found = measureOnce(context.getSchema(), document)[what]
        if (found > limits[what]) throw tooMuch(code, what, found, limits[what])
      },
    })),
    context => ({ Document: document => checkPages(measureOnce(context.getSchema(), document), limits, undefined) }),
    context => ({ Document: document => checkCost(measureOnce(context.getSchema(), document), limits, {}) }),
  ]
}

/** What depends on variables, checked before every execution. */
export function checkVariables(measured: DocumentMeasure, limits: Limits, variables: Readonly<Record<string, unknown>>): void {
  checkPages(measured, limits, variables)
  checkCost(measured, limits, variables)
}

/** Without variables, a page whose length they decide is let pass. */
function checkPages(
  { pages }: DocumentMeasure,
  { pageSize }: Limits,
  variables: Readonly<Record<string, unknown>> | undefined,
): void {
  for (const { field, size } of pages) {
    if (typeof size === 'object' && !variables) continue
    const length = resolve(size, variables ?? {})
    if (length === undefined)
      throw new RefusedAtTheDoor(
        400,
        'GRAPHQL.FIRST_REQUIRED',
        'A page without a length was asked for.',
        `Give first, 1 to ${pageSize}.`,
        { field },
      )
    if (length < 1 || length > pageSize)
      throw new RefusedAtTheDoor(
        400,
        'GRAPHQL.PAGE_TOO_LONG',
        `A page of a length that is not served was asked for: first is between 1 and ${pageSize}.`,
        `Give first, 1 to ${pageSize}.`,
        { field, first: length },
      )
  }
}

function checkCost(measured: DocumentMeasure, limits: Limits, variables: Readonly<Record<string, unknown>>): void {
  const cost = measured.cost(variables)
  if (cost > limits.cost) throw tooMuch('TOO_COSTLY', 'cost', cost, limits.cost)
}

const tooMuch = (code: string, what: string, found: number, limit: number) =>
  new RefusedAtTheDoor(
    400,
    `GRAPHQL.${code}`,
    'The document asks for too much at once.',
    'Ask for less, or in several requests.',
    { [what]: found, limit },
  )
