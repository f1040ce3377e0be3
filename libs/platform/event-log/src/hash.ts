import { hash as digest } from 'node:crypto'
import { canonicalJson } from './canonical-json.js'
import type { NewEvent, StoredEvent } from './event.js'

const sha256 = (text: string) => digest('sha256', text, 'hex')

/** hex SHA-256 of the event as it was handed to the log, in canonical JSON (RFC 8785), bound to its stream. */
export function contentHash(streamId: string, event: NewEvent): string {
  return sha256(canonicalJson({ streamId, ...event }))
}

/** hex SHA-256 that links an event to the one before it, so that a change anywhere shows in every later hash of the stream. */
export function chainHash(prevHash: string, content: string): string {
  return sha256(prevHash + content)
}

/** The first event of a stream whose hash does not follow from the one before it; undefined where the chain is whole. */
export function findBrokenLink(events: readonly StoredEvent[]): StoredEvent | undefined {
  let prev = ''
  return events.find(stored => {
    const { streamId, streamVersion: _v, globalPosition: _p, recordedAt: _r, prevHash, hash, ...event } = stored
    const broken = prevHash !== prev || hash !== chainHash(prev, contentHash(streamId, event))
    prev = hash
    return broken
  })
}
