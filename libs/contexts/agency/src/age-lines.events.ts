import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { code, day, int, list, category, record } = fields

/** From which age a learner alone decides: national law sets it, differs by matter, and the region says which holds here. */
export const ageLinesEvents = defineEvents('ageLines', {
  /** `years` for every category that `byCategory` does not name; in force from a day on, until others are, under a law. */
  AgeLinesSet: v1({ from: day, years: int, byCategory: list(record({ category, years: int })), statute: code }),
})
export type AgeLinesEvent = EventOf<typeof ageLinesEvents>
