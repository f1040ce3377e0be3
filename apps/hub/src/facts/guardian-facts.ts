import { ageLines, ageLinesId, ageLinesOn } from '@passerelle/agency'
import type { EventStore } from '@passerelle/event-log'
import { decidesAlone, guardianMay, type GuardianPower, learner, type Learner } from '@passerelle/learner'
import type { AgeLines, Category } from '@passerelle/sharing'
import type { OpenHub } from '../open-hub.js'

type Hub = Pick<OpenHub, 'store' | 'now'>

/** The age lines of the region on a day. */
export const linesOn = async (store: EventStore, day: string): Promise<AgeLines> =>
  ageLinesOn((await store.load(ageLines, ageLinesId)).state, day)

/** Who may decide for a learner today. The learner's own stream is asked, so that nobody decides by an authority that has just ended. */
export class Authority {
  constructor(private readonly hub: Hub) {}

  /** Whether the learner decides alone in all of these. */
  async learnerDecides(learnerId: string, categories: readonly Category[]): Promise<boolean> {
    const [known, today, lines] = await this.known(learnerId)
    return categories.every(category => decidesAlone(known, category, today, lines))
  }
  async guardianMay(
    learnerId: string,
    guardianId: string,
    power: GuardianPower,
    categories: readonly Category[],
  ): Promise<boolean> {
    const [known, today, lines] = await this.known(learnerId)
    return guardianMay(known, guardianId, power, categories, today, lines)
  }
  /** those who may be told of something in the category. */
  async guardiansToInvite(learnerId: string, category: Category): Promise<string[]> {
    const [known, today, lines] = await this.known(learnerId)
    return Object.keys(known.guardians).filter(guardianId => guardianMay(known, guardianId, 'informed', [category], today, lines))
  }
  private async known(learnerId: string): Promise<[Learner, string, AgeLines]> {
    const today = this.hub.now().toISOString().slice(0, 10)
    return [(await this.hub.store.load(learner, learnerId)).state, today, await linesOn(this.hub.store, today)]
  }
}
