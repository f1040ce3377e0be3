import { isDay } from '@passerelle/sharing'
import { ValidateBy, type ValidationOptions } from 'class-validator'

/** A calendar day, `2026-03-01`. ISO 8601 knows many more ways to write one, and moments; deciders compare days as text, and events keep no other. */
export const IsDay = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy({ name: 'isDay', validator: { validate: value => typeof value === 'string' && isDay(value) } }, options)

/** A calendar day, or the month or year of it where no more is known: `2010-02-28`, `2010-02`, `2010`. */
export const IsPartialDay = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    { name: 'isPartialDay', validator: { validate: value => typeof value === 'string' && isPartialDay(value) } },
    options,
  )

const isPartialDay = (value: string): boolean => /^[0-9]{4}(-[0-9]{2}){0,2}$/.test(value) && isDay(`${value}-01-01`.slice(0, 10))
