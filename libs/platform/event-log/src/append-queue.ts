import { type Appended, Overloaded } from './event-log.js'
import type { Prepared } from './prepare.js'

export interface AppendQueueLimits {
  /** Most appends of one group. */
  readonly group: number
  /** Most bytes of one group. */
  readonly groupBytes: number
  /** Most appends that may wait. */
  readonly waiting: number
  /** Most groups under way. */
  readonly groups: number
}

export const appendQueueLimits: AppendQueueLimits = { group: 128, groupBytes: 4 * 1_048_576, waiting: 4_096, groups: 2 }

/** What became of one append of a group. */
export type Settled = Appended | Error

interface Waiting {
  readonly append: Prepared
  readonly settle: (settled: Settled) => void
}

/**
 * Group commit: appends that come while others are being written are written together, at most one for each stream in a
 * group, in the order they came. What cannot wait is refused.
 */
export class AppendQueue {
  private waiting: Waiting[] = []
  private readonly busy = new Set<string>()
  private underWay = 0
  private scheduled = false
  private idle: (() => void) | undefined

  constructor(
    /** Writes a group, its streams sorted; one outcome for each append, in that order. Never rejects. */
    private readonly write: (group: readonly Prepared[]) => Promise<readonly Settled[]>,
    private readonly limits: AppendQueueLimits = appendQueueLimits,
  ) {}

  /** @throws Overloaded */
  add(append: Prepared): Promise<Appended> {
    if (this.waiting.length >= this.limits.waiting)
      return Promise.reject(new Overloaded(`${this.waiting.length} appends wait already. Slow down and try again.`))
    return new Promise((resolve, reject) => {
      this.waiting.push({ append, settle: settled => (settled instanceof Error ? reject(settled) : resolve(settled)) })
      this.schedule()
    })
  }

  /** Resolves when nothing waits and nothing is under way. */
  async drained(): Promise<void> {
    while (this.underWay > 0 || this.waiting.length > 0) await new Promise<void>(resolve => (this.idle = resolve))
  }

  /** Not at once: whoever was just answered gets the chance to join the next group. */
  private schedule(): void {
    if (this.scheduled || this.underWay >= this.limits.groups) return
    this.scheduled = true
    setImmediate(() => {
      this.scheduled = false
      while (this.underWay < this.limits.groups) {
        const group = this.takeGroup()
        if (group.length === 0) return
        void this.run(group)
      }
    })
  }

  private takeGroup(): Waiting[] {
    const group: Waiting[] = []
    const later: Waiting[] = []
    // Its share of all that is to be done, so that one group is made ready while another is written.
    const most = Math.min(this.limits.group, Math.ceil((this.waiting.length + this.busy.size) / this.limits.groups))
    const seen = new Set<string>()
    let bytes = 0
    let i = 0
    for (; i < this.waiting.length && group.length < most; i++) {
      const one = this.waiting[i]!
      const { streamId } = one.append
      if (group.length > 0 && bytes + one.append.bytes > this.limits.groupBytes) break
      // Not before an earlier append to the same stream, here or under way.
      if (seen.has(streamId) || this.busy.has(streamId)) later.push(one)
      else {
        group.push(one)
        bytes += one.append.bytes
      }
      seen.add(streamId)
    }
    this.waiting = later.concat(this.waiting.slice(i))
    return group.sort((a, b) => (a.append.streamId < b.append.streamId ? -1 : 1))
  }

  private async run(group: readonly Waiting[]): Promise<void> {
    this.underWay++
    for (const { append } of group) this.busy.add(append.streamId)
    const settled = await this.write(group.map(one => one.append))
    for (const { append } of group) this.busy.delete(append.streamId)
    this.underWay--
    group.forEach((one, i) => one.settle(settled[i]!))
    if (this.waiting.length > 0) this.schedule()
    else if (this.underWay === 0) this.idle?.()
  }
}
