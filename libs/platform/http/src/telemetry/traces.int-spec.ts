import { createServer } from 'node:http'
import { beginRequestSpan, inSpan, startTracing } from './traces.js'

type Collected = { name: string; traceId: string; parentSpanId?: string; status: { code?: number; message?: string } }

async function collector() {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request
      .on('data', chunk => (body += chunk))
      .on('end', () => {
        bodies.push(body)
        response.setHeader('content-type', 'application/json')
        response.end('{}')
      })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    text: () => bodies.join('\n'),
    spans: () =>
      bodies.flatMap(body =>
        (JSON.parse(body).resourceSpans as any[]).flatMap(r => r.scopeSpans.flatMap((s: any) => s.spans)),
      ) as Collected[],
    close: () => new Promise(resolve => void (server.closeAllConnections(), server.close(resolve))),
  }
}

test('without a collector nothing is started, and what is traced runs all the same', async () => {
  const tracing = await startTracing('api', {})
  expect(await inSpan('command', {}, async span => span.isRecording())).toBe(false)
  await tracing.stop()
})

test('an error’s text never reaches a trace, its class does; the error goes on to who asked', async () => {
  const to = await collector()
  const tracing = await startTracing('api', { OTEL_EXPORTER_OTLP_ENDPOINT: `${to.endpoint}/` })
  await expect(inSpan('command', {}, () => Promise.reject(new TypeError('CANARY')))).rejects.toThrow('CANARY')
  await tracing.stop()
  expect(to.text()).not.toContain('CANARY')
  expect(to.spans()).toMatchObject([{ name: 'command', status: { code: 2, message: 'TypeError' } }])
  await to.close()
})

test('a request’s span joins the trace of its caller, and what happens within joins the request', async () => {
  const to = await collector()
  const tracing = await startTracing('api', { OTEL_EXPORTER_OTLP_ENDPOINT: to.endpoint })
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const { span, within } = beginRequestSpan({ traceparent }, 'POST /education/graphql', { 'passerelle.face': 'education' })
  await new Promise<void>(done => within(() => void inSpan('AcceptReferral', { attempt: 1 }, async () => {}).then(done)))
  span.end()
  await tracing.stop()
  const [inner, outer] = to.spans() as [Collected & { spanId: string }, Collected & { spanId: string }]
  expect(outer).toMatchObject({
    name: 'POST /education/graphql',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    parentSpanId: '00f067aa0ba902b7',
  })
  expect(inner).toMatchObject({ name: 'AcceptReferral', traceId: outer.traceId, parentSpanId: outer.spanId })
  expect(to.text()).toContain('passerelle-api')
  await to.close()
})
