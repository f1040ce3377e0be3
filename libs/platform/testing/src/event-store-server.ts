import {
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  Metadata,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js'
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
import features from '@eventstore/db-client/generated/serverfeatures_pb.js'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import { BreakableProxy } from './breakable-proxy.js'
import {
  type AppendAnswer,
  EventStoreRecords,
  type ExpectedOnServer,
  type Proposed,
  serverMaxAppendBytes,
  type ServerRecord,
} from './event-store-records.js'

type Reading = ServerWritableStream<streams.ReadReq, streams.ReadResp>

/** How many events a live subscriber may lag behind before the server drops it. */
const subscriberBuffer = 32

/**
 * A small EventStoreDB over real gRPC, in this process, on the client package's own service definitions. It behaves as the
 * servers do that were looked at, and breaks on demand.
 */
export class EventStoreServer {
  readonly records = new EventStoreRecords()
  /** Calls so far, by name. */
  readonly calls = { append: 0, batchAppend: 0, read: 0, subscribe: 0 }
  private readonly subscribers = new Set<Reading>()
  private losing = 0
  private delayMs = 0
  private failures: { code: status; details: string }[] = []

  private constructor(
    private readonly server: Server,
    private readonly proxy: BreakableProxy,
  ) {}

  static async start(): Promise<EventStoreServer> {
    const server = new Server({ 'grpc.max_receive_message_length': 20 * 1024 * 1024 })
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    )
    const one = new EventStoreServer(server, await BreakableProxy.to(port))
    server.addService(streamsGrpc.StreamsService as never, {
      append: one.append,
      read: one.read,
      // The path that the log must not take.
      batchAppend: (call: { emit(event: string, error: object): void }) => {
        one.calls.batchAppend++
        call.emit('error', { code: status.UNIMPLEMENTED, details: 'Not here.' })
      },
    })
    server.addService(featuresGrpc.ServerFeaturesService as never, { getSupportedMethods: one.supported })
    return one
  }

  get url(): string {
    return `esdb://127.0.0.1:${this.proxy.port}?tls=false`
  }

  /** The next so many appends are done, and their connection is cut in place of an answer; with Infinity nobody gets through afterwards. */
  loseAnswers(count: number): void {
    this.losing = count
    this.proxy.refuse(false)
  }

  /** Answers to appends come so much later. */
  delay(ms: number): void {
    this.delayMs = ms
  }

  /** The next appends are refused, each with one of these. */
  failAppends(failures: { code: status; details: string }[]): void {
    this.failures = failures
  }

  freeze(frozen: boolean): void {
    this.proxy.freeze(frozen)
  }

  cut(): void {
    this.proxy.cut()
  }

  dropSubscribers(): void {
    for (const call of this.subscribers) call.emit('error', { code: status.ABORTED, details: 'Subscription was dropped.' })
  }

  async stop(): Promise<void> {
    await this.proxy.close()
    this.server.forceShutdown()
  }

  private readonly append: handleClientStreamingCall<streams.AppendReq, streams.AppendResp> = (call, callback) => {
    this.calls.append++
    let streamId = ''
    let expected: ExpectedOnServer = 'any'
    const events: Proposed[] = []
    call.on('data', (request: streams.AppendReq) => {
      const options = request.getOptions()
      const message = request.getProposedMessage()
      if (options) {
        streamId = Buffer.from(options.getStreamIdentifier()!.getStreamName_asU8()).toString()
        expected = options.hasRevision()
          ? Number(options.getRevision())
          : options.hasNoStream()
            ? 'no_stream'
            : options.hasStreamExists()
              ? 'stream_exists'
              : 'any'
      }
      if (message)
        events.push({
          id: message.getId()!.getString(),
          type: message.getMetadataMap().get('type') ?? '',
          contentType: message.getMetadataMap().get('content-type') ?? '',
          data: message.getData_asU8(),
          metadata: message.getCustomMetadata_asU8(),
        })
    })
    call.on('error', () => undefined)
    // A connection that is cut in the middle of a call ends it as well: what came in parts only is not written.
    call.on('end', () => setImmediate(() => call.cancelled || this.answer(streamId, expected, events, callback)))
  }

  private answer(
    streamId: string,
    expected: ExpectedOnServer,
    events: readonly Proposed[],
    callback: sendUnaryData<streams.AppendResp>,
  ): void {
    const failure = this.failures.shift()
    if (failure) return callback(failure)
    const before = this.records.all.length
    const answer = this.records.append(streamId, expected, events)
    this.publish(this.records.all.slice(before))
    if (this.losing > 0) return --this.losing === Infinity ? this.proxy.refuse(true) : this.proxy.cut()
    setTimeout(() => callback(...toAppendResponse(answer, expected)), this.delayMs)
  }

  private readonly read: handleServerStreamingCall<streams.ReadReq, streams.ReadResp> = call => {
    const options = call.request.getOptions()!
    if (options.hasSubscription()) {
      this.calls.subscribe++
      const confirmation = new streams.ReadResp.SubscriptionConfirmation()
      confirmation.setSubscriptionId(crypto.randomUUID())
      const response = new streams.ReadResp()
      response.setConfirmation(confirmation)
      call.write(response)
      this.subscribers.add(call)
      for (const gone of ['cancelled', 'close', 'error']) call.on(gone, () => this.subscribers.delete(call))
      return
    }
    this.calls.read++
    const backwards = options.getReadDirection() === 1
    const limit = Number(options.getCount())
    const found = options.hasAll()
      ? this.readAll(options.getAll()!, backwards, limit)
      : this.readStream(options.getStream()!, backwards, limit)
    if (!found) {
      const missing = new streams.ReadResp.StreamNotFound()
      missing.setStreamIdentifier(options.getStream()!.getStreamIdentifier())
      const response = new streams.ReadResp()
      response.setStreamNotFound(missing)
      call.write(response)
    } else for (const record of found) call.write(toReadResponse(record))
    call.end()
  }

  /** From a position on, the event at the position included; backwards, what stands before it. */
  private readAll(options: streams.ReadReq.Options.AllOptions, backwards: boolean, limit: number): ServerRecord[] {
    const at = options.getPosition()
    const [commit, prepare] = at ? [Number(at.getCommitPosition()), Number(at.getPreparePosition())] : [0, 0]
    const before = (e: ServerRecord) => e.commit < commit || (e.commit === commit && e.prepare < prepare)
    const found = !at ? [...this.records.all] : this.records.all.filter(e => before(e) === backwards)
    return (backwards ? found.reverse() : found).slice(0, limit)
  }

  private readStream(
    options: streams.ReadReq.Options.StreamOptions,
    backwards: boolean,
    limit: number,
  ): readonly ServerRecord[] | undefined {
    const stream = this.records.stream(Buffer.from(options.getStreamIdentifier()!.getStreamName_asU8()).toString())
    if (stream.length === 0) return undefined
    const from = options.hasEnd() ? stream.length - 1 : options.hasStart() ? 0 : Number(options.getRevision())
    if (!backwards) return stream.slice(from, from + limit)
    // Revisions beyond the end count towards the limit.
    return stream.slice(Math.max(0, from - limit + 1), from + 1).reverse()
  }

  private publish(records: readonly ServerRecord[]): void {
    if (records.length > subscriberBuffer) return this.dropSubscribers()
    for (const call of this.subscribers)
      for (const record of records) if (!record.streamId.startsWith('$')) call.write(toReadResponse(record))
  }

  private readonly supported = (_call: unknown, callback: (error: null, response: object) => void) => {
    const method = new features.SupportedMethod()
    method.setServiceName('event_store.client.streams.streams')
    method.setMethodName('batchappend')
    const response = new features.SupportedMethods()
    response.setEventStoreServerVersion('23.10.6')
    response.setMethodsList([method])
    callback(null, response)
  }
}

type AppendCallback = [error: { code: status; details: string; metadata?: Metadata } | null, response?: streams.AppendResp]

function toAppendResponse(answer: AppendAnswer, expected: ExpectedOnServer): AppendCallback {
  if (answer.kind === 'unreadable') return [{ code: status.UNKNOWN, details: answer.why }]
  if (answer.kind === 'too-large') {
    const metadata = new Metadata()
    metadata.set('exception', 'maximum-append-size-exceeded')
    metadata.set('maximum-append-size', String(serverMaxAppendBytes))
    return [{ code: status.INVALID_ARGUMENT, details: 'Maximum Append Size Exceeded.', metadata }]
  }
  const response = new streams.AppendResp()
  if (answer.kind === 'wrong-version') {
    const wrong = new streams.AppendResp.WrongExpectedVersion()
    if (answer.current === -1) wrong.setCurrentNoStream(new shared.Empty())
    else wrong.setCurrentRevision(String(answer.current))
    if (typeof expected === 'number') wrong.setExpectedRevision(String(expected))
    else if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty())
    else wrong.setExpectedStreamExists(new shared.Empty())
    response.setWrongExpectedVersion(wrong)
    return [null, response]
  }
  const success = new streams.AppendResp.Success()
  success.setCurrentRevision(String(answer.revision))
  if (answer.at) {
    const position = new streams.AppendResp.Position()
    position.setCommitPosition(String(answer.at.commit))
    position.setPreparePosition(String(answer.at.prepare))
    success.setPosition(position)
  } else success.setNoPosition(new shared.Empty())
  response.setSuccess(success)
  return [null, response]
}

function toReadResponse(record: ServerRecord): streams.ReadResp {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
  const id = new shared.UUID()
  id.setString(record.id)
  event.setId(id)
  const stream = new shared.StreamIdentifier()
  stream.setStreamName(Buffer.from(record.streamId).toString('base64'))
  event.setStreamIdentifier(stream)
  event.setStreamRevision(String(record.revision))
  event.setCommitPosition(String(record.commit))
  event.setPreparePosition(String(record.prepare))
  event.getMetadataMap().set('type', record.type).set('content-type', record.contentType).set('created', String(record.created))
  event.setData(record.data)
  event.setCustomMetadata(record.metadata)
  const read = new streams.ReadResp.ReadEvent()
  read.setEvent(event)
  read.setCommitPosition(String(record.commit))
  const response = new streams.ReadResp()
  response.setEvent(read)
  return response
}
