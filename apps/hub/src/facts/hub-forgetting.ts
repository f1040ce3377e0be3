import { randomUUID } from 'node:crypto'
import { forgetting, holdForgetting, mayForget } from '@passerelle/consent'
import { hubContext } from '../hub-context.js'
import type { OpenHub } from '../open-hub.js'
import { isHeldForSafety } from './rights-facts.js'

/** What keeps a learner safe, and what an officer forgets without being asked, meet in one stream: whichever is written first counts. */
export class HubForgetting {
  constructor(private readonly hub: OpenHub) {}

  async hold(learnerId: string, restrictionId: string): Promise<void> {
    const announced = { restrictionId, at: this.hub.now().toISOString() }
    await this.hub.store.handle(forgetting, learnerId, this.context(), known => holdForgetting(known, learnerId, announced))
  }

  /** Whether nothing holds it back; then it is begun. */
  async begins(learnerId: string): Promise<boolean> {
    if (await isHeldForSafety(this.hub, learnerId)) return false
    const { store, now } = this.hub
    const acting: Parameters<typeof mayForget>[0] = {
      now: now(),
      load: async (decider, id) => (await store.load(decider, id)).state,
      decide: (decider, id, decide) => store.handle(decider, id, this.context(), decide),
    }
    return mayForget(acting, learnerId, randomUUID())
  }

  private context() {
    return hubContext(this.hub.now(), {
      legalBasis: { kind: 'legalObligation', statute: 'GDPR 17' },
      correlationId: randomUUID(),
    })
  }
}
