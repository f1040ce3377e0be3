import { context, propagation, type Context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { IncomingHttpHeaders } from 'node:http'

/** What may be said of a span: names from the code and counts; no text, no ids of people. */
export type SpanFields = Readonly<Record<string, string | number | boolean>>

const tracer = () => trace.getTracer('passerelle')

/** Runs something within a span of its own. Where no tracing was started this costs next to nothing. */
export function inSpan<T>(name: string, fields: SpanFields, run: (span: Span) => Promise<T>): Promise<T> {
  return tracer().startActiveSpan(name, { attributes: fields }, async span => {
    try {
      return await run(span)
    } catch (error) {
      fail(span, error)
      throw error
    } finally {
      span.end()
    }
  })
}

/** Begins the span of a request as part of the trace its caller began; `within` runs what follows inside it. */
export function beginRequestSpan(
  headers: IncomingHttpHeaders,
  name: string,
  fields: SpanFields,
): { span: Span; within: (run: () => void) => void } {
  const parent: Context = propagation.extract(context.active(), headers)
  const span = tracer().startSpan(name, { kind: SpanKind.SERVER, attributes: fields }, parent)
  return { span, within: run => context.with(trace.setSpan(parent, span), run) }
}

/** Marks a span as failed by the class of the error, not by its text. */
export function fail(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.constructor.name : 'unknown' })
}

export type Tracing = { stop(): Promise<void> }

/**
 * Starts exporting traces where `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector; otherwise does nothing and loads nothing.
 * @param component the process: `api`, `worker`, …
 */
export async function startTracing(component: string, environment: NodeJS.ProcessEnv = process.env): Promise<Tracing> {
  const endpoint = environment['OTEL_EXPORTER_OTLP_ENDPOINT']
  if (!endpoint) return { stop: async () => {} }
  const [
    { BatchSpanProcessor, TracerProvider },
    { OTLPTraceExporter },
    { AsyncLocalStorageContextManager },
    { W3CTraceContextPropagator },
    { resourceFromAttributes },
  ] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
  ])
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `passerelle-${component}` }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  trace.setGlobalTracerProvider(provider)
  return {
    async stop() {
      await provider.shutdown().catch(() => {})
      trace.disable()
      propagation.disable()
      context.disable()
    },
  }
}
