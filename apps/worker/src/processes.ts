import { DatabaseProcessDesk, type Position, ProcessRunner } from '@passerelle/event-log'
import { authorityOf, HubReferralFacts, HubRows, linesOn, type OpenHub } from '@passerelle/hub'
import type { Log } from '@passerelle/http'
import { allProcesses, type Ports } from '@passerelle/processes'
import { waitFor } from '@passerelle/projections'
import { HubCopies } from './ports/copies.js'
import { HubDisclosures } from './ports/disclosures.js'
import { HubWorklist } from './ports/worklist.js'

/** The views have not read what a process is about to act on. */
export class ViewsBehind extends Error {
  readonly code = 'PROCESS.VIEWS_BEHIND'
}

/** Every process of the hub, with what it needs answered by the hub's views. */
export async function openProcesses(hub: OpenHub, log: Log): Promise<ProcessRunner<Ports>> {
  const views = hub.declaration.plans.map(plan => plan.view)
  const ports: Ports = {
    worklist: new HubWorklist(hub.db),
    referralFacts: new HubReferralFacts(hub.db, hub.now),
    disclosures: new HubDisclosures(hub.db),
    authority: () => authorityOf(new HubRows(hub.db)),
    ageLinesOn: day => linesOn(hub.store, day),
    keyring: hub.keyring,
    copies: new HubCopies(hub),
  }
  return new ProcessRunner<Ports>({
    store: hub.store,
    desk: await DatabaseProcessDesk.open(hub.db, hub.log.logId),
    processes: allProcesses,
    async portsAt(position: Position) {
      if (position !== '' && !(await waitFor(hub.db, position, { views, timeoutMs: 10_000 })))
        throw new ViewsBehind('The views have not read so far, or one of them stands still. See the parked events.')
      return ports
    },
    now: hub.now,
    report: ({ process, kind, error }) => {
      // That the views are behind mends itself; everything else wants somebody to look.
      const say = error === 'PROCESS.VIEWS_BEHIND' ? log.debug : log.warn
      say(`process.${kind}`, { processName: process === '*' ? 'all' : process, code: error })
    },
  })
}
