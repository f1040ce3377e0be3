import { isDay } from '@passerelle/sharing'
import { ValidateBy, type ValidationOptions } from 'class-validator'

/** A calendar day, `2026-03-01`. ISO 8601 knows many more ways to write one, and moments; deciders compare days as text, and events keep no other. */
export const IsDay = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy({ name: 'isDay', validator: { validate: value => typeof value === 'string' && isDay(value) } }, options)
