import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export type ListenerOptions = {
  readonly host?: string
  /** 0 takes a free one. */
  readonly port?: number
  /** How long answers under way may take to finish when it closes. */
  readonly graceMs?: number
  /** How long a request may take to arrive. */
  readonly requestTimeoutMs?: number
}

/**
 * One HTTP listener for several applications: whoever takes `/<prefix>/…` gets every request under it, with the path unchanged.
 * Any other path is answered by a list of the prefixes that exist.
 */
export class Listener {
  private readonly handlers = new Map<string, Handler>()
  private readonly server: Server
  private readonly underWay = new Set<ServerResponse>()
  private closing: Promise<void> | undefined

  constructor(private readonly options: ListenerOptions = {}) {
    const { requestTimeoutMs = 30_000 } = options
    const timeouts = {
      requestTimeout: requestTimeoutMs,
      headersTimeout: Math.min(10_000, requestTimeoutMs),
      keepAliveTimeout: 65_000,
    }
    this.server = createServer({ ...timeouts, maxHeaderSize: 16_384 }, (request, response) => this.dispatch(request, response))
  }

  /** Gives `/<prefix>` and all below it to a handler: `/metrics`, `/education/…`; of two that fit, the longer one has it: `/health/live`. */
  mount(prefix: string, handler: Handler): void {
    if (!/^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)?$/.test(prefix))
      throw new RangeError(`The prefix ${prefix} is not one path segment or two of lower-case letters, digits and dashes.`)
    if (this.handlers.has(prefix)) throw new RangeError(`/${prefix} is taken already. One application per prefix.`)
    this.handlers.set(prefix, handler)
  }

  /** For Fastify's `serverFactory`: the application under `/<prefix>` answers here, and opens no port of its own. */
  serverFactory(prefix: string): (handler: Handler) => Server {
    return handler => {
      this.mount(prefix, handler)
      return createServer()
    }
  }

  /** What the paths begin with that are answered. */
  get prefixes(): string[] {
    return [...this.handlers.keys()]
  }

  /** @returns where it listens, without a slash at the end. */
  async listen(): Promise<{ url: string; port: number }> {
    const { host = '127.0.0.1', port: wanted = 0 } = this.options
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(wanted, host, () => {
        this.server.off('error', reject)
        resolve()
      })
    })
    const { port } = this.server.address() as { port: number }
    return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port }
  }

  /** Takes no new connections, lets answers under way finish, and cuts off what is left after `graceMs`. Asked twice: waits for the same end. */
  close(): Promise<void> {
    return (this.closing ??= new Promise(resolve => {
      const late = setTimeout(() => this.server.closeAllConnections(), this.options.graceMs ?? 10_000)
      this.server.close(() => {
        clearTimeout(late)
        resolve()
      })
      // A client that keeps its connection would otherwise go on asking through it.
      for (const response of this.underWay) if (!response.headersSent) response.setHeader('connection', 'close')
      this.server.closeIdleConnections()
    }))
  }

  private dispatch(request: IncomingMessage, response: ServerResponse): void {
    this.underWay.add(response)
    response.once('close', () => {
      this.underWay.delete(response)
      if (this.closing) this.server.closeIdleConnections()
    })
    if (this.closing) response.setHeader('connection', 'close')
    const [, first = '', second = ''] = /^\/([^/?#]+)(\/[^/?#]+)?(?=[/?#]|$)/.exec(request.url ?? '') ?? []
    const handler = this.handlers.get(first + second) ?? this.handlers.get(first)
    if (!handler) return this.nothingHere(response)
    try {
      handler(request, response)
    } catch {
      // One request must not end the process for everybody.
      if (!response.headersSent)
        sendJson(response, 500, { code: 'INTERNAL', what: 'Something went wrong on our side.', next: 'Try again.' })
      else response.destroy()
    }
  }

  private nothingHere(response: ServerResponse): void {
    sendJson(response, 404, {
      code: 'NOT_FOUND',
      what: 'Nothing answers at this path.',
      which: { prefixes: this.prefixes.map(prefix => `/${prefix}`) },
      next: 'Begin the path with one of the prefixes, e.g. /<face>/graphql.',
    })
  }
}

/** Sends a JSON answer that no cache keeps. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(text)
}
