import type { DomainEvent, Recorded } from '@passerelle/event-log'
import type { View } from '@passerelle/projections'
import { Erased } from '@passerelle/keyring'
import { anEvent } from './an-event.js'

/** An event as a view's spec tells it: what it says, in which stream, and whatever of the envelope matters there. */
export type Told<E extends DomainEvent = DomainEvent> = E & { readonly streamId: string } & Partial<
    Omit<Recorded, 'type' | 'data'>
  >

/**
 * The rows of a view after these events, by key: what the engine does to them, without a store. Columns nobody named are null.
 * @throws where a row comes under another key than its own
 */
export function foldView(view: View, ...told: readonly Told[]): Map<string, Record<string, unknown>> {
  const rows = new Map<string, Record<string, unknown>>()
  for (const event of told) {
    const handler = view.on.get(event.type)
    if (!handler) continue
    const recorded = { ...anEvent(), subjectRef: undefined, streamVersion: 0, recordedAt: '2026-03-01T10:00:00.000Z', ...event }
    for (const key of handler.rows(recorded as never)) {
      const before = rows.get(key)
      const changes = handler.fold(recorded as never, before, key)
      if (changes === null) rows.delete(key)
      if (!changes || (!before && !view.keys.every(name => changes[name] !== undefined && changes[name] !== null))) continue
      const row = Object.fromEntries(
        Object.keys(view.columns).map(name => {
          const change = changes[name] === undefined ? before?.[name] : changes[name]
          return [name, change instanceof Erased ? null : (change ?? null)]
        }),
      )
      const own = view.keys.map(name => row[name]).join('|')
      if (own !== key) throw new Error(`View ${view.name} gave ${event.type} a row under ${own}, not ${key}`)
      rows.set(key, row)
    }
  }
  return rows
}

/** The columns of a view that may be seen at a level, by category: what a view's spec says of its openness. */
export function columnsFrom(view: View, level: 'existence' | 'summary' | 'full'): Record<string, string[]> {
  const open: Record<string, string[]> = {}
  for (const [name, { category, from }] of Object.entries(view.columns)) if (from === level) (open[category] ??= []).push(name)
  return open
}
