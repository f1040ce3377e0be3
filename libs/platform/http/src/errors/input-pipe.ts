import { type ArgumentMetadata, ValidationPipe, type ValidationError } from '@nestjs/common'
import { type FieldFault, InvalidInput, spokenKey } from './refusals.js'

/**
 * Checks what comes from people with class-validator. Unknown fields are refused; the refusal names field paths and the names of
 * the rules they broke, never the values. An optional field that is null was left out: many clients send each of their variables.
 */
export function inputPipe(): ValidationPipe {
  return new InputPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: false,
    validationError: { target: false, value: false },
    exceptionFactory: errors => new InvalidInput(errors.flatMap(error => faultsOf(error, ''))),
  })
}

class InputPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'custom') return super.transform(value, metadata)
    const faults = [...unreadableIn(value)]
    if (faults.length > 0) throw new InvalidInput(faults)
    return super.transform(withoutNulls(value), metadata)
  }
}

/** Texts that say nothing to anybody, wherever they stand: checked here once, so that no input has to think of it. */
function* unreadableIn(value: unknown, path: readonly string[] = []): Generator<FieldFault> {
  if (typeof value === 'string') {
    const rule = unreadable.find(({ breaks }) => breaks(value))?.rule
    if (rule) yield { field: path.map(spokenKey).join('.') || '?', rules: [rule] }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, of] of Object.entries(value)) yield* unreadableIn(of, [...path, key])
  }
}

const visible = /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u
const unreadable: readonly { readonly rule: string; readonly breaks: (text: string) => boolean }[] = [
  // A NUL, or half of a character that takes two: no store keeps it, and not every rule can read it.
  { rule: 'isWellFormed', breaks: text => text.includes('\0') || !text.isWellFormed() },
  { rule: 'isNotBlank', breaks: text => !visible.test(text) },
]

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).flatMap(([key, of]) => (of === null ? [] : [[key, withoutNulls(of)]]))
  return Object.fromEntries(entries)
}

function faultsOf({ property, constraints, children }: ValidationError, parent: string): FieldFault[] {
  const field = parent + spokenKey(property)
  const own = constraints ? [{ field, rules: Object.keys(constraints) }] : []
  return [...own, ...(children ?? []).flatMap(child => faultsOf(child, `${field}.`))]
}
