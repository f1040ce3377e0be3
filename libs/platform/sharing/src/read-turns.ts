import { availableParallelism } from 'node:os'
import { isSqlError, type Sql } from '@passerelle/database'

interface Asked {
  readonly read: (sql: Sql) => Promise<void>
  readonly failed: (error: unknown) => void
}

/** Most reads that wait for each other: they are answered in order. */
const mostTogether = 16

/**
 * Reads that are asked for at the same time for the same agency go to the database together, whoever asks: one transaction under the agency's role, in
 * one message. While there are as many on their way as the machine can work on, the next wait for one to come back. What differs between people stands in the parameters of their own statements. A read that the server refuses
 * takes nobody else along: the others are read again, each by itself.
 */
export class ReadTurns {
  private readonly asked = new Map<string, Asked[]>()
  /** How many transactions of an agency are on their way. */
  private readonly running = new Map<string, number>()

  /** `within` runs a transaction under the agency's role whose statements are all said at once. */
  constructor(
    private readonly within: (agencyId: string, work: (sql: Sql) => Promise<unknown>) => Promise<unknown>,
    private readonly mostRunning = availableParallelism(),
  ) {}

  /** `work` says all its statements before it waits for any, and may be run twice. */
  read<T>(agencyId: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    return new Promise<T>((done, failed) => {
      const waiting = this.asked.get(agencyId)
      const one = { read: async (sql: Sql) => done(await work(sql)), failed }
      if (waiting) waiting.push(one)
      else {
        this.asked.set(agencyId, [one])
        setImmediate(() => this.turn(agencyId))
      }
    })
  }

  private turn(agencyId: string): void {
    for (let waiting; (waiting = this.asked.get(agencyId));) {
      const running = this.running.get(agencyId) ?? 0
      if (running >= this.mostRunning) return
      if (waiting.length <= mostTogether) this.asked.delete(agencyId)
      this.running.set(agencyId, running + 1)
      void this.readTogether(agencyId, waiting.splice(0, mostTogether)).finally(() => {
        this.running.set(agencyId, this.running.get(agencyId)! - 1)
        this.turn(agencyId)
      })
    }
  }

  private async readTogether(agencyId: string, asked: readonly Asked[]): Promise<void> {
    const left = new Map<Asked, unknown>(asked.map(one => [one, undefined]))
    const each = (sql: Sql) => (one: Asked) =>
      one.read(sql).then(
        () => left.delete(one),
        error => left.set(one, error),
      )
    let fault: unknown
    try {
      await this.within(agencyId, sql => Promise.all(asked.map(each(sql))))
    } catch (error) {
      fault = error
    }
    for (const [one, error] of left)
      if (asked.length > 1 && isSqlError(error ?? fault, afterAnother)) await this.readTogether(agencyId, [one])
      else one.failed(fault ?? error)
  }
}

/** The transaction had failed before this statement came. */
const afterAnother = '25P02'
