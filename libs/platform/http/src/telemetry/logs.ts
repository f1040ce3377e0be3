import { type DestinationStream, pino } from 'pino'
import { framesOf } from './frames.js'

const id = /^[\w.:@/-]{1,128}$/
const word = /^[\w.-]{1,64}$/

/**
 * All that may ever stand in a log line, and the form it must have. A field that is not here is dropped, a value that does not
 * have its form is replaced: personal data has no place to stand, so nobody has to remember to leave it out. There is no free
 * text, no URL, no body, no header, and no id of a person: who saw whose record is told by the disclosure log, not by this one.
 */
const fields = {
  requestId: id,
  correlationId: id,
  traceId: id,
  face: word,
  method: word,
  /** The pattern of a route, e.g. `/education/graphql`; never the address that was asked for. */
  route: /^[\w/:*{}.-]{1,128}$/,
  operation: word,
  status: Number.isInteger,
  durationMs: Number.isFinite,
  code: word,
  role: word,
  purpose: word,
  agencyId: id,
  view: word,
  processName: word,
  eventType: word,
  streamCategory: word,
  position: id,
  feedRunId: id,
  format: word,
  count: Number.isFinite,
  attempt: Number.isInteger,
  lagMs: Number.isFinite,
  port: Number.isInteger,
  host: /^[\w.:[\]-]{1,128}$/,
  signal: word,
  component: word,
  version: word,
} as const satisfies Record<string, RegExp | ((value: number) => boolean)>

type FieldName = keyof typeof fields
/** What may be said beside the event's name; see `fields`. */
export type LogFields = {
  readonly [Name in FieldName]?: (typeof fields)[Name] extends RegExp ? string | undefined : number | undefined
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Structured logs, one JSON object a line. `event` is a constant name such as `projection.parked`, never built from values. */
export type Log = {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields, error?: unknown): void
  /** Of the error only its class, its code and where in the code it happened are told, never its text. */
  error(event: string, fields?: LogFields, error?: unknown): void
  /** The same log with fields that stand in every line. */
  with(fields: LogFields): Log
}

export type LogOptions = {
  readonly level?: LogLevel
  /** The process: `api`, `worker`, … */
  readonly component?: string
  /** Where lines go; standard output unless said otherwise. */
  readonly destination?: DestinationStream
}

export function createLog({ level = 'info', component, destination }: LogOptions = {}): Log {
  const options = { level, messageKey: 'event', base: component ? { component } : null, timestamp: pino.stdTimeFunctions.isoTime }
  const lines = destination ? pino(options, destination) : pino(options)
  return logOver({})

  function logOver(always: LogFields): Log {
    const write = (at: 'debug' | 'info' | 'warn' | 'error') => (event: string, said?: LogFields, error?: unknown) => {
      if (lines.isLevelEnabled(at))
        lines[at]({ ...always, ...onlyAllowed(said), ...told(error) }, word.test(event) ? event : removed)
    }
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      with: more => logOver({ ...always, ...onlyAllowed(more) }),
    }
  }
}

/** A log that keeps quiet, for tests and tools. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, with: () => silentLog }

const removed = '[removed]'

function onlyAllowed(said: LogFields | undefined): Record<string, unknown> {
  const allowed: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(said ?? {})) {
    if (value === undefined || !Object.hasOwn(fields, name)) continue
    const form = fields[name as FieldName]
    const fits = form instanceof RegExp ? typeof value === 'string' && form.test(value) : typeof value === 'number' && form(value)
    allowed[name] = fits ? value : removed
  }
  return allowed
}

function told(error: unknown): Record<string, unknown> {
  if (error === undefined) return {}
  const { code } = (error ?? {}) as { code?: unknown }
  return {
    errorName: error instanceof Error && word.test(error.constructor.name) ? error.constructor.name : typeof error,
    ...(typeof code === 'string' && word.test(code) ? { errorCode: code } : {}),
    frames: framesOf(error),
  }
}
