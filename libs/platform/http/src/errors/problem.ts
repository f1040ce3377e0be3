import { HttpException } from '@nestjs/common'
import { Conflict, InvalidEvent, Overloaded, Refused, Stale, Unknown } from '@passerelle/event-log'
import { BadQuery } from '@passerelle/sharing'
import { InvalidInput, RefusedAtTheDoor, spokenKey } from './refusals.js'

/** The one form of every "no": what, which one, what next. `code` is stable for ever. Never carries personal data. */
export type Problem = {
  readonly code: string
  readonly what: string
  readonly which?: Readonly<Record<string, unknown>>
  readonly next: string
}
export type Answer = { readonly status: number; readonly problem: Problem }

type Row = readonly [status: number, code: string, what: string, next: string]

/** Errors of the web framework, told by their code. Their own text is never passed on: it may quote what was sent. */
const byFrameworkCode: Readonly<Record<string, Row>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'REQUEST.TOO_LARGE', 'The request is larger than this door takes.', 'Send less at once.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    'REQUEST.MEDIA_TYPE',
    'This content type is not understood here.',
    'Send application/json.',
  ],
  MER_ERR_GQL_CSRF_PREVENTION: [
    400,
    'REQUEST.CSRF',
    'A form or a plain link could have sent this.',
    'Send content-type application/json.',
  ],
  MER_ERR_METHOD_NOT_ALLOWED: [405, 'REQUEST.METHOD', 'This method is not used here.', 'GraphQL is asked by POST.'],
  MER_ERR_GQL_PERSISTED_QUERY_NOT_FOUND: [
    400,
    'REQUEST.UNKNOWN_DOCUMENT',
    'No document was sent, or its hash is not known.',
    'Send a trusted document’s hash, or a query where this face takes one.',
  ],
  MER_ERR_GQL_PERSISTED_QUERY_NOT_SUPPORTED: [
    400,
    'REQUEST.TRUSTED_DOCUMENTS_ONLY',
    'This face answers trusted documents only.',
    'Send persisted: true and the hash of a registered document.',
  ],
}
/** What a framework's own status means, where its code says nothing to us. */
const byStatus: Readonly<Record<number, Row>> = {
  400: [400, 'REQUEST.MALFORMED', 'The request cannot be read.', 'Send well-formed JSON as the schema describes it.'],
  401: [401, 'AUTH.MISSING', 'Nobody is signed in.', 'Send authorization: Bearer <access token>.'],
  403: [403, 'FORBIDDEN', 'This is not yours to do.', 'Ask somebody whose role allows it.'],
  404: [404, 'NOT_FOUND', 'There is nothing here, or it is not shared with you.', 'Check the address.'],
  405: [405, 'REQUEST.METHOD', 'This method is not used here.', 'Look up the method in the documentation.'],
  406: [406, 'REQUEST.NOT_ACCEPTABLE', 'None of the accepted content types is spoken here.', 'Accept application/json.'],
  413: [413, 'REQUEST.TOO_LARGE', 'The request is larger than this door takes.', 'Send less at once.'],
  414: [414, 'REQUEST.TOO_LARGE', 'The address is longer than this door takes.', 'Send less at once.'],
  415: [415, 'REQUEST.MEDIA_TYPE', 'This content type is not understood here.', 'Send application/json.'],
  422: [422, 'INPUT.INVALID', 'What was sent does not have the form that is asked for.', 'Correct it and send it again.'],
  429: [429, 'OVERLOADED', 'Too many requests.', 'Wait a few seconds and try again.'],
  503: [503, 'OVERLOADED', 'The hub cannot take this on right now.', 'Wait a few seconds and try again.'],
}
/** PostgreSQL saying "not now": statement timeout, too many connections, shutting down or starting. */
const overloadedSqlStates = new Set(['57014', '53300', '53400', '57P01', '57P03', '55P03'])

/**
 * The answer to an error: refusals in their own words, known kinds by table, everything else `INTERNAL` without a word of its
 * text, to be found in the log by the request id.
 */
export function toAnswer(error: unknown, requestId?: string): Answer {
  if (error instanceof Refused) return { status: statusOf(error), problem: toProblem(error) }
  if (error instanceof Conflict)
    return answer([412, 'STALE', 'It has changed since you read it.', 'Read it again and decide anew.'], {
      streamId: error.streamId,
      currentVersion: error.revision,
    })
  if (error instanceof Overloaded) return answer(byStatus[503]!)
  if (error instanceof Unknown)
    return answer([503, 'OUTCOME_UNKNOWN', 'It is not certain whether this was recorded.', 'Read it again before you repeat it.'])
  if (error instanceof InvalidEvent) return answerToInvalid(error)
  if (error instanceof BadQuery) return answer([400, error.code, error.what, error.next])
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown }
  if (code === 'KEYRING.KEY_DESTROYED')
    return answer([
      409,
      'LEARNER.CATEGORY_FORGOTTEN',
      'This category of the person’s data was forgotten.',
      'Record nothing more of it under this person.',
    ])
  if (typeof code === 'string' && byFrameworkCode[code]) return answer(byFrameworkCode[code])
  if (typeof code === 'string' && overloadedSqlStates.has(code)) return answer(byStatus[503]!)
  const status =
    error instanceof HttpException
      ? error.getStatus()
      : typeof code === 'string' && /^(FST|MER)_ERR/.test(code)
        ? statusCode
        : undefined
  if (typeof status === 'number' && byStatus[status]) return answer(byStatus[status])
  return answer(
    [500, 'INTERNAL', 'Something went wrong on our side.', 'Try again; if it stays, report the request id.'],
    requestId ? { requestId } : undefined,
  )
}

/** 409 where the state of things stands against it, 422 where the request itself does (`CONTEXT.INVALID…`), 412 where it is stale. */
function statusOf(error: Refused): number {
  if (error instanceof RefusedAtTheDoor) return error.status
  if (error instanceof Stale) return 412
  return /\.INVALID(_|$)/.test(error.code) ? 422 : 409
}

/** An event's fields have the names of the input's, by and large. */
function answerToInvalid({ faults }: InvalidEvent): Answer {
  if (faults.length === 0)
    return answer([
      422,
      'INPUT.INVALID',
      'What was sent cannot be recorded: it is larger than one entry of the log takes, or no JSON.',
      'Send less at once.',
    ])
  const byField = Map.groupBy(faults, ({ field }) => field.split('.').map(spokenKey).join('.'))
  const refusal = new InvalidInput(
    [...byField].map(([field, of]) => ({ field, rules: [...new Set(of.map(({ rule }) => rule))] })),
  )
  return { status: refusal.status, problem: toProblem(refusal) }
}

function toProblem({ code, what, which, next }: Refused): Problem {
  const named = Object.entries(which).filter(([, value]) => value !== undefined)
  return { code, what, ...(named.length > 0 ? { which: Object.fromEntries(named) } : {}), next }
}

function answer([status, code, what, next]: Row, which?: Problem['which']): Answer {
  return { status, problem: { code, what, ...(which ? { which } : {}), next } }
}
