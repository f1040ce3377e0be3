import { ValidationPipe, type ValidationError } from '@nestjs/common'
import { type FieldFault, InvalidInput } from './refusals.js'

/**
 * Checks what comes from people with class-validator. Unknown fields are refused; the refusal names field paths and the names of
 * the rules they broke, never the values.
 */
export function inputPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: false,
    validationError: { target: false, value: false },
    exceptionFactory: errors => new InvalidInput(errors.flatMap(error => faultsOf(error, ''))),
  })
}

function faultsOf({ property, constraints, children }: ValidationError, parent: string): FieldFault[] {
  // A property that the class does not know is named by whoever sent it: it may be anything.
  const field = parent + (/^\w{1,64}$/.test(property) ? property : '?')
  const own = constraints ? [{ field, rules: Object.keys(constraints) }] : []
  return [...own, ...(children ?? []).flatMap(child => faultsOf(child, `${field}.`))]
}
