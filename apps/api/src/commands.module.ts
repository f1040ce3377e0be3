import { type DynamicModule, Global, Module, type Provider } from '@nestjs/common'
import { agency } from '@passerelle/agency'
import type { OpenHub } from '@passerelle/hub'
import { factProviders } from '@passerelle/hub'
import { type Caller, Commands } from '@passerelle/http'
import { learner } from '@passerelle/learner'
import { waitFor } from '@passerelle/projections'
import { heldLevels, mayChoose } from '@passerelle/sharing'

@Global()
@Module({})
class CommandsModule {}

/** How long a mutation's answer waits for the read model before it says that it has not arrived. */
const visibleWithinMs = 3_000

/** What every context's resolvers are given: commands that check who may, and the facts that decisions need of other contexts. */
export function commandsModule(hub: OpenHub): DynamicModule {
  const commands = new Commands(hub.store, {
    async levelsOn({ userId, agencyId, role, purpose }: Caller, learnerId: string) {
      if (!mayChoose(role, purpose)) return undefined
      const viewer = { userId, agencyId, role }
      const held = await hub.reader.as(hub.readerDb, viewer, sql => hub.reader.permissions(sql, viewer, purpose, [learnerId]))
      const permission = held.get(learnerId)
      return permission && heldLevels(role, permission)
    },
    isForgotten: async learnerId => (await hub.store.load(learner, learnerId)).state.forgotten,
    isOpenAgency: async agencyId => (await hub.store.load(agency, agencyId)).state.status === 'open',
    waitFor: ({ agencyId }, position) =>
      waitFor(hub.db, position, { agencyId, views: hub.declaration.shared.map(plan => plan.view), timeoutMs: visibleWithinMs }),
    now: hub.now,
  })
  const providers: Provider[] = [{ provide: Commands, useValue: commands }, ...factProviders(hub)]
  return { module: CommandsModule, providers, exports: providers }
}
