import { isSqlError, type Sql } from '@passerelle/database'

interface Asked {
  readonly read: (sql: Sql) => Promise<void>
  readonly failed: (error: unknown) => void
}

/** Most reads that wait for each other: they are answered in order. */
const mostTogether = 16

/**
 * Reads that are asked for in the same turn of the process for the same agency go to the database together, whoever asks: one transaction under the
 * agency's role, in one message. What differs between people stands in the parameters of their own statements. A read that the server refuses
 * takes nobody else along: the others are read again, each by itself.
 */
export class ReadTurns {
  private readonly asked = new Map<string, Asked[]>()

  /** `within` runs a transaction under the agency's role whose statements are all said at once. */
  constructor(private readonly within: (agencyId: string, work: (sql: Sql) => Promise<unknown>) => Promise<unknown>) {}

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
    const waiting = this.asked.get(agencyId)!
    this.asked.delete(agencyId)
    for (let i = 0; i < waiting.length; i += mostTogether) void this.readTogether(agencyId, waiting.slice(i, i + mostTogether))
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
      if (asked.length > 1 && isSqlError(error ?? fault, afterAnother)) void this.readTogether(agencyId, [one])
      else one.failed(fault ?? error)
  }
}

/** The transaction had failed before this statement came. */
const afterAnother = '25P02'
