import { Erased, type Sealed } from '@passerelle/keyring'
import DataLoader from 'dataloader'
import type { Remembered } from './feed-state.js'
import { noted, type Note } from './partner-format.js'
import type { FeedOptions } from './run-feed.js'

const SEALED = 'sealed '

/** What the connector noted of records, in this run and before. */
export class Notes {
  /** Of the records in hand, and of a whole dry run, which writes none. */
  private readonly fresh = new Map<string, string>()
  /** Those that are asked for at once are looked up at once, and each time anew. */
  private readonly before = new DataLoader(
    async (asked: readonly Pick<Note, 'kind' | 'idHash'>[]) => {
      const found = new Map<string, string | undefined>()
      for (const [kind, ofKind] of Map.groupBy(asked, each => each.kind)) {
        const idHashes = ofKind.map(each => each.idHash)
        const remembered = await this.options.state.find(this.source, noted(kind), idHashes)
        idHashes.forEach((idHash, i) => found.set(keyOf({ kind, idHash }), remembered[i]?.contentHash))
      }
      return asked.map(each => found.get(keyOf(each)))
    },
    { cache: false },
  )

  constructor(
    private readonly options: FeedOptions,
    private readonly source: string,
  ) {}

  add({ kind, idHash, says }: Note): void {
    this.fresh.set(keyOf({ kind, idHash }), says)
  }

  async recall(kind: string, idHash: string): Promise<string | undefined> {
    const { options, fresh } = this
    const says = fresh.get(keyOf({ kind, idHash })) ?? (await this.before.load({ kind, idHash }))
    if (!says?.startsWith(SEALED)) return says
    const sealed = JSON.parse(says.slice(SEALED.length)) as Sealed
    const [words] = await options.store.keyring.open([{ subject: this.subject, sealed, binding: bindingOf(kind, idHash) }])
    return words instanceof Erased ? undefined : (words as string)
  }

  /** As they are remembered. From then on they are recalled from there. */
  async kept(notes: readonly Note[]): Promise<Remembered[]> {
    const words = notes.flatMap(({ kind, idHash, says, category }) =>
      category ? [{ subject: this.subject, category, value: says, binding: bindingOf(kind, idHash) }] : [],
    )
    const sealed = words.length > 0 ? await this.options.store.keyring.seal(words) : []
    let next = 0
    this.fresh.clear()
    return notes.map(({ kind, idHash, says, category }) => ({
      entity: noted(kind),
      idHash,
      contentHash: category ? `${SEALED}${JSON.stringify(sealed[next++])}` : says,
      ended: false,
    }))
  }

  private get subject(): string {
    return `feed-${this.options.agencyId}`
  }
}

const keyOf = ({ kind, idHash }: Pick<Note, 'kind' | 'idHash'>) => `${kind} ${idHash}`
const bindingOf = (kind: string, idHash: string) => `note|${kind}|${idHash}`
