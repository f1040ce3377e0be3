import DataLoader from 'dataloader'
import type { FeedState, Remembered } from './feed-state.js'

export interface LookedUp {
  readonly entity: string
  readonly idHash: string
}
export type LookUps = Pick<DataLoader<LookedUp, Remembered | undefined>, 'load'>

/** What a source said last of a record: those that are asked for at once are looked up at once, and each time anew. */
export function lookUps(state: FeedState, source: string): LookUps {
  return new DataLoader<LookedUp, Remembered | undefined>(
    async asked => {
      const found = new Map<string, Remembered | undefined>()
      for (const [entity, ofEntity] of Map.groupBy(asked, each => each.entity)) {
        const idHashes = ofEntity.map(each => each.idHash)
        const remembered = await state.find(source, entity, idHashes)
        idHashes.forEach((idHash, i) => found.set(`${entity} ${idHash}`, remembered[i]))
      }
      return asked.map(({ entity, idHash }) => found.get(`${entity} ${idHash}`))
    },
    { cache: false },
  )
}
