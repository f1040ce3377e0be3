import { Hints } from '@passerelle/event-log'
import type { OpenHub } from '@passerelle/hub'
import { wakeChannel } from '@passerelle/projections'

/**
 * Removes denials that the read models say by themselves now: every view has read past them, and no change of the region is still being derived.
 * Where a view stands still, they stay: closed is safe.
 */
export async function settleDenials({ db, denials }: Pick<OpenHub, 'db' | 'denials'>): Promise<void> {
  const [row] = await db.query<{ any: boolean; position: string | null; deriving: boolean }>(
    `select exists (select from sharing.denials) as any,
            (select min(position) from projections.checkpoints where slot = 'live') as position,
            exists (select from projections.region r join projections.region_progress p on p.slot = r.slot
                     where r.slot = 'live' and p.version < r.version) as deriving`,
    [],
    { name: 'denials_settled_up_to' },
  )
  if (row!.any && row!.position !== null && !row!.deriving) await denials.settle(db, row!.position)
}

/** Settles whenever read models move, and now and then for what expires, until the signal aborts. */
export async function keepSettling(
  hub: Pick<OpenHub, 'db' | 'denials'>,
  signal: AbortSignal,
  onFault: (error: unknown) => void,
): Promise<void> {
  const hints = new Hints()
  const stop = await hub.db.onWake(wakeChannel, () => hints.hint(), onFault)
  while (!signal.aborted) {
    const seen = hints.count
    await settleDenials(hub).catch(onFault)
    await hints.next(seen, 500, signal)
  }
  await stop()
}
