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
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return super.transform(metadata.type === 'custom' ? value : withoutNulls(value), metadata)
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).flatMap(([key, of]) => (of === null ? [] : [[key, withoutNulls(of)]]))
  return Object.fromEntries(entries)
}

function faultsOf({ property, constraints, children }: ValidationError, parent: string): FieldFault[] {
  // A property that the class does not know is named by whoever sent it: it may be anything.
  const field = parent + (/^\w{1,64}$/.test(property) ? property : '?')
  const own = constraints ? [{ field, rules: Object.keys(constraints) }] : []
  return [...own, ...(children ?? []).flatMap(child => faultsOf(child, `${field}.`))]
}
