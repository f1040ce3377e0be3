import { type ProcessDesk, Refused } from '@passerelle/event-log'
import type { ThisRun } from './run.js'

/** Where runs take turns: as processes do. */
export type Turns = Pick<ProcessDesk, 'claim' | 'release'>

/** For so long nobody else reads the source of a run that was killed. */
const turnMs = 30_000

/** A source is read by one run at a time: what another one has seen meanwhile, this one would take for missing. */
export class Turn {
  private readonly renewing: NodeJS.Timeout

  private constructor(
    private readonly turns: Turns,
    private readonly run: ThisRun,
  ) {
    // Also while a long batch is taken in.
    this.renewing = setInterval(() => void this.claim().catch(() => undefined), turnMs / 3)
  }

  /** @throws Refused FEED.RUNNING where another run reads the source */
  static async take(turns: Turns, run: ThisRun): Promise<Turn> {
    const turn = new Turn(turns, run)
    const isOurs = await turn.claim().catch(async (error: unknown) => {
      await turn.end()
      throw error
    })
    if (isOurs) return turn
    await turn.end()
    throw new Refused(
      'FEED.RUNNING',
      `Another run reads ${run.source} now.`,
      `Run again once it has ended; the turn of one that was killed ends ${turnMs / 1_000} seconds later.`,
      { source: run.source },
    )
  }

  /** Asked before anything is remembered or ended. @throws Refused FEED.TURN_LOST where this run stood still for so long that another took over */
  async keep(): Promise<void> {
    if (await this.claim()) return
    throw new Refused(
      'FEED.TURN_LOST',
      `This run stood still for more than ${turnMs / 1_000} seconds, and another reads ${this.run.source} now.`,
      'Run again once that one has ended: it goes on where this one stopped.',
      { source: this.run.source },
    )
  }

  async end(): Promise<void> {
    clearInterval(this.renewing)
    await this.turns.release(this.lease, this.run.runId).catch(() => undefined)
  }

  private claim(): Promise<boolean> {
    return this.turns.claim(this.lease, this.run.runId, turnMs)
  }
  private get lease(): string {
    return `feed ${this.run.source}`
  }
}
