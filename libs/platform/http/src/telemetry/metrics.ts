import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Handler } from '../listener.js'

/** Seconds. From a page out of memory to the longest statement that is let run. */
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export type Operation = 'query' | 'mutation' | 'subscription' | 'none'
export type Outcome = 'ok' | 'refused' | 'failed'

/**
 * Prometheus figures in a registry of their own. Labels are names from the code (face, kind of operation, status, code of a
 * refusal), never operation text, ids or anything that was sent: their number is bounded and they tell of nobody.
 */
export type Metrics = {
  readonly registry: Registry
  /** Answers `/metrics`. Give it to a listener that only operators reach. */
  readonly handler: Handler
  httpAnswered(face: string, method: string, status: number, seconds: number): void
  operationAnswered(face: string, operation: Operation, outcome: Outcome, seconds: number): void
  refused(face: string, code: string): void
  /** A figure that is asked for when it is scraped: lag, age, queue length; in SI units, named with the unit last. */
  gauge(name: string, help: string, labels: readonly string[], read: () => Reading[] | Promise<Reading[]>): void
  counter(name: string, help: string, labels: readonly string[]): Counter
}
export type Reading = { readonly labels: Readonly<Record<string, string>>; readonly value: number }

/** @param withProcess also memory, event loop and garbage collection of this process. */
export function createMetrics({ withProcess = true }: { readonly withProcess?: boolean } = {}): Metrics {
  const registry = new Registry()
  if (withProcess) collectDefaultMetrics({ register: registry, prefix: 'passerelle_' })
  const registers = [registry]
  const http = new Histogram({
    name: 'passerelle_http_request_duration_seconds',
    help: 'Time to answer an HTTP request',
    labelNames: ['face', 'method', 'status'],
    buckets,
    registers,
  })
  const operations = new Histogram({
    name: 'passerelle_graphql_operation_duration_seconds',
    help: 'Time to answer a GraphQL operation',
    labelNames: ['face', 'operation', 'outcome'],
    buckets,
    registers,
  })
  const refusals = new Counter({
    name: 'passerelle_refusals_total',
    help: 'Requests refused, by code',
    labelNames: ['face', 'code'],
    registers,
  })

  return {
    registry,
    handler: (_request, response) =>
      void registry.metrics().then(
        text => response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text),
        () => response.writeHead(500).end(),
      ),
    httpAnswered: (face, method, status, seconds) =>
      http.observe({ face, method: knownMethod(method), status: String(status) }, seconds),
    operationAnswered: (face, operation, outcome, seconds) => operations.observe({ face, operation, outcome }, seconds),
    refused: (face, code) => refusals.inc({ face, code }),
    gauge(name, help, labels, read) {
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers,
        async collect() {
          this.reset()
          for (const { labels: at, value } of await read()) this.set(at, value)
        },
      })
    },
    counter: (name, help, labels) => new Counter({ name, help, labelNames: [...labels], registers }),
  }
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
/** The method is chosen by the caller: unknown ones share a name. */
const knownMethod = (method: string): string => (methods.has(method) ? method : 'other')
