import { type ArgumentMetadata, ValidationPipe, type ValidationError } from '@nestjs/common'
import { type FieldFault, InvalidInput } from './refusals.js'

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
    const faults = [...illFormedIn(value)]
    if (faults.length > 0) throw new InvalidInput(faults)
    return super.transform(withoutNulls(value), metadata)
  }
}

/** Texts that no store keeps and not every rule can read: with a NUL, or half of a character that takes two. */
function* illFormedIn(value: unknown, path: readonly string[] = []): Generator<FieldFault> {
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed()) yield { field: path.map(named).join('.') || '?', rules: ['isWellFormed'] }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, of] of Object.entries(value)) yield* illFormedIn(of, [...path, key])
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).flatMap(([key, of]) => (of === null ? [] : [[key, withoutNulls(of)]]))
  return Object.fromEntries(entries)
}

function faultsOf({ property, constraints, children }: ValidationError, parent: string): FieldFault[] {
  const field = parent + named(property)
  const own = constraints ? [{ field, rules: Object.keys(constraints) }] : []
  return [...own, ...(children ?? []).flatMap(child => faultsOf(child, `${field}.`))]
}

/** A property that the class does not know is named by whoever sent it: it may be anything. */
const named = (property: string): string => (/^\w{1,64}$/.test(property) ? property : '?')
