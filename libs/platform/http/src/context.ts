import type { Type } from '@nestjs/common'
import type { EventDefinitions } from '@passerelle/event-log'
import type { View } from '@passerelle/projections'

/** The face of a bounded context: all that the apps need to mount it. Each context exports one. */
export interface Context {
  readonly name: string
  readonly events: readonly EventDefinitions[]
  readonly views: readonly View[]
  /** Nest module with its resolvers. */
  readonly module: Type
}
