/** What EventStoreDB keeps, and when it takes an append: seen against a server 23.10, and no more of it than the log needs. */
export interface ServerRecord {
  readonly streamId: string
  readonly revision: number
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
  /** In ticks of 100 ns since 1970. */
  readonly created: bigint
  readonly commit: number
  readonly prepare: number
}
export type Proposed = Pick<ServerRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>
export type ExpectedOnServer = number | 'no_stream' | 'stream_exists' | 'any'

export type AppendAnswer =
  | { readonly kind: 'success'; readonly revision: number; readonly at?: { commit: number; prepare: number } }
  | { readonly kind: 'wrong-version'; readonly current: number }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'unreadable'; readonly why: string }

export const serverMaxAppendBytes = 1_048_576

export class EventStoreRecords {
  readonly all: ServerRecord[] = []
  private readonly streams = new Map<string, ServerRecord[]>()
  /** Ids that the server still remembers from appends that expected nothing exact; gone after a restart. */
  private remembered = new Map<string, string>()
  private bytes = 0
  private appends = 0

  stream(streamId: string): readonly ServerRecord[] {
    return this.streams.get(streamId) ?? []
  }

  restart(): void {
    this.remembered = new Map()
  }

  append(streamId: string, expected: ExpectedOnServer, events: readonly Proposed[]): AppendAnswer {
    const size = events.reduce((sum, e) => sum + e.data.length + e.metadata.length + Buffer.byteLength(e.type), 0)
    if (size > serverMaxAppendBytes) return { kind: 'too-large' }
    if (streamId === '' || events.some(e => e.type === '' || !/^[0-9a-f-]{36}$/.test(e.id)))
      return { kind: 'unreadable', why: 'Exception was thrown by handler.' }
    const stream = this.stream(streamId)
    const current = stream.length - 1
    if (typeof expected === 'number' || expected === 'no_stream') {
      const before = expected === 'no_stream' ? -1 : expected
      if (before !== current) {
        // The same events where they would stand: done already. Where they stand is not told again.
        const there = stream.slice(before + 1, before + 1 + events.length)
        const same = before <= current && there.length === events.length && there.every((e, i) => e.id === events[i]!.id)
        return same ? { kind: 'success', revision: there.at(-1)!.revision } : { kind: 'wrong-version', current }
      }
    } else {
      if (expected === 'stream_exists' && current === -1) return { kind: 'wrong-version', current }
      if (events.every(e => this.remembered.get(e.id) === streamId)) return { kind: 'success', revision: current }
      for (const e of events) this.remembered.set(e.id, streamId)
    }
    this.write(streamId, events)
    // Now and then the server notes something of its own in between.
    if (++this.appends % 5 === 0) this.writeSystemEvents(1)
    const last = this.stream(streamId).at(-1)!
    return { kind: 'success', revision: last.revision, at: last }
  }

  /** What every server has in its log: statistics. */
  writeSystemEvents(count: number): void {
    for (let i = 0; i < count; i++) {
      const id = crypto.randomUUID()
      const data = Buffer.from('{"sys-cpu":1}')
      this.write('$stats-127.0.0.1:2113', [
        { id, type: '$statsCollected', contentType: 'application/json', data, metadata: Buffer.alloc(0) },
      ])
    }
  }

  private write(streamId: string, events: readonly Proposed[]): void {
    const stream = this.streams.get(streamId) ?? []
    this.streams.set(streamId, stream)
    const prepared = events.map(e => (this.bytes += 100 + e.data.length))
    events.forEach((event, i) => {
      // One commit for the whole append: events of one append differ in their prepare position alone.
      const record = {
        ...event,
        streamId,
        revision: stream.length,
        created: BigInt(Date.now()) * 10_000n,
        commit: this.bytes,
        prepare: prepared[i]!,
      }
      stream.push(record)
      this.all.push(record)
    })
  }
}
