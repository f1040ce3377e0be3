import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP relay on loopback whose connections can be cut, frozen, or refused: a network on a bad day. */
export class BreakableProxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>()
  private frozen = false
  private refusing = false

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(targetPort: number): Promise<BreakableProxy> {
    const server = createServer({ noDelay: true })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const proxy = new BreakableProxy(server, (server.address() as AddressInfo).port)
    server.on('connection', inner => proxy.relay(inner, targetPort))
    return proxy
  }

  /** Ends every connection without a word. */
  cut(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy()
  }

  /** From now on connections are taken and ended at once. */
  refuse(refusing: boolean): void {
    this.refusing = refusing
    if (refusing) this.cut()
  }

  /** Connections stay, and nothing moves on them any more; or it moves again. */
  freeze(frozen: boolean): void {
    this.frozen = frozen
    for (const socket of [...this.pairs].flat()) socket[frozen ? 'pause' : 'resume']()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise(resolve => this.server.close(resolve))
  }

  private relay(inner: Socket, targetPort: number): void {
    if (this.refusing) return void inner.destroy()
    const outer = connect({ port: targetPort, host: '127.0.0.1', noDelay: true })
    const pair = [inner, outer] as const
    this.pairs.add(pair)
    for (const [from, to] of [pair, [outer, inner] as const]) {
      from.on('data', chunk => to.write(chunk))
      from.on('error', () => from.destroy())
      from.on('close', () => {
        to.destroy()
        this.pairs.delete(pair)
      })
      if (this.frozen) from.pause()
    }
  }
}
