import { Erased, type Sealed } from '@passerelle/keyring'
import type { Remembered } from './feed-state.js'
import type { LookUps } from './look-ups.js'
import { noted, type Note } from './partner-format.js'
import type { FeedOptions } from './run-feed.js'

const SEALED = 'sealed '

/** What the connector noted of records, in this run and before. */
export class Notes {
  /** Of the records in hand, and of a whole dry run, which writes none. */
  private readonly fresh = new Map<string, string>()

  constructor(
    private readonly options: FeedOptions,
    private readonly before: LookUps,
  ) {}

  add({ kind, idHash, says }: Note): void {
    this.fresh.set(keyOf({ kind, idHash }), says)
  }

  async recall(kind: string, idHash: string): Promise<string | undefined> {
    const { options, fresh } = this
    const says = fresh.get(keyOf({ kind, idHash })) ?? (await this.before.load({ entity: noted(kind), idHash }))?.contentHash
    if (!says?.startsWith(SEALED)) return says
    const sealed = JSON.parse(says.slice(SEALED.length)) as Sealed
    const [words] = await options.store.keyring.open([{ subject: this.subject, sealed, binding: bindingOf(kind, idHash) }])
    return words instanceof Erased ? undefined : (words as string)
  }

  /** As they are remembered. From then on they are recalled from there, but in a dry run, which seals nothing either. */
  async kept(notes: readonly Note[]): Promise<Remembered[]> {
    if (this.options.dryRun)
      return notes.map(({ kind, idHash, says }) => ({ entity: noted(kind), idHash, contentHash: says, ended: false }))
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
