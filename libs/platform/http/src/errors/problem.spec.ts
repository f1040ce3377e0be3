import { ForbiddenException, HttpException, ImATeapotException, NotFoundException } from '@nestjs/common'
import { Conflict, InvalidEvent, Overloaded, Refused, Stale, Unknown } from '@passerelle/event-log'
import { BadQuery } from '@passerelle/sharing'
import { toAnswer } from './problem.js'
import { Forbidden, InvalidInput, NotFound, TooBusy } from './refusals.js'

const canary = 'CANARY Amélie'
const brief = (error: unknown) => {
  const { status, problem } = toAnswer(error, 'r-1')
  return `${status} ${problem.code}`
}

describe('what is not ours has no words of its own', () => {
  test.each([
    [new Error(canary), '500 INTERNAL'],
    [Object.assign(new Error(canary), { code: '23505', statusCode: 404 }), '500 INTERNAL'],
    [Object.assign(new Error(canary), { code: 'FORBIDDEN', status: 403 }), '500 INTERNAL'],
    [{ code: canary, message: canary }, '500 INTERNAL'],
    [canary, '500 INTERNAL'],
    [undefined, '500 INTERNAL'],
    [null, '500 INTERNAL'],
    [new NotFoundException(canary), '404 NOT_FOUND'],
    [new ForbiddenException(canary), '403 FORBIDDEN'],
    [new ImATeapotException(canary), '500 INTERNAL'],
    [new HttpException({ message: canary }, 422), '422 INPUT.INVALID'],
    [new InvalidEvent(canary), '422 INPUT.INVALID'],
    [new Unknown(canary), '503 OUTCOME_UNKNOWN'],
    [new Overloaded(canary), '503 OVERLOADED'],
    [Object.assign(new Error(canary), { code: '57014' }), '503 OVERLOADED'],
    [Object.assign(new Error(canary), { code: 'FST_ERR_CTP_BODY_TOO_LARGE' }), '413 REQUEST.TOO_LARGE'],
    [Object.assign(new Error(canary), { code: 'FST_ERR_CTP_INVALID_JSON_BODY', statusCode: 400 }), '400 REQUEST.MALFORMED'],
  ])('%#', (error, expected) => {
    expect(brief(error)).toBe(expected)
    expect(JSON.stringify(toAnswer(error))).not.toContain('CANARY')
  })
})

describe('our refusals', () => {
  test('are 409 where the state stands against it, 422 where the request does, 412 where it is stale', () => {
    expect(brief(new Refused('CONSENT.EXPIRED', 'Expired.', 'Ask again.'))).toBe('409 CONSENT.EXPIRED')
    expect(brief(new Refused('PLAN.INVALID_OBJECTIVE', 'No.', 'Change it.'))).toBe('422 PLAN.INVALID_OBJECTIVE')
    expect(brief(new Refused('PLAN.INVALIDATED', 'No.', 'Change it.'))).toBe('409 PLAN.INVALIDATED')
    expect(brief(new Stale('plan-1', 1, 2))).toBe('412 STALE')
    expect(brief(new Conflict('plan-1', 1, 2))).toBe('412 STALE')
  })

  test('are 403 for what is not permitted, 404 for what is unknown or hidden, 503 for what may succeed later', () => {
    expect(brief(new Forbidden('No.', 'Ask.'))).toBe('403 FORBIDDEN')
    expect(brief(new NotFound('plan', 'p-1'))).toBe('404 NOT_FOUND')
    expect(brief(new TooBusy())).toBe('503 OVERLOADED')
    expect(brief(new InvalidInput([{ field: 'day', rules: ['isISO8601'] }]))).toBe('422 INPUT.INVALID')
  })

  test('are 400 for a filter, an order or a cursor that cannot be followed, in its own words', () => {
    expect(toAnswer(new BadQuery('This cursor is not one of this query.', 'Begin again without it.'))).toEqual({
      status: 400,
      problem: { code: 'QUERY.INVALID', what: 'This cursor is not one of this query.', next: 'Begin again without it.' },
    })
  })

  test('name the fields that an event would not keep, never what stood in them', () => {
    const faults = [
      { field: 'validUntil', rule: 'pattern', message: 'must match' },
      { field: 'parts.1.text', rule: 'minLength', message: 'too short' },
      { field: 'parts.1.text', rule: 'pattern', message: 'must match' },
      { field: `${canary}.x`, rule: 'boolean', message: 'is false' },
      { field: '', rule: 'type', message: 'must be object' },
    ]
    const { status, problem } = toAnswer(new InvalidEvent(canary, faults))
    expect([status, problem]).toEqual([
      422,
      {
        code: 'INPUT.INVALID',
        what: 'What was sent does not have the form that is asked for.',
        which: {
          faults: [
            { field: 'validUntil', rules: ['pattern'] },
            { field: 'parts.1.text', rules: ['minLength', 'pattern'] },
            { field: '?.x', rules: ['boolean'] },
            { field: '?', rules: ['type'] },
          ],
        },
        next: 'Correct the fields named and send it again.',
      },
    ])
    expect(toAnswer(new InvalidEvent(canary)).problem).toEqual({
      code: 'INPUT.INVALID',
      what: 'What was sent cannot be recorded: it is larger than one entry of the log takes, or no JSON.',
      next: 'Send less at once.',
    })
  })

  test('name nothing where there is nothing to name', () => {
    const refused = new Refused('PLAN.NO_ASSESSMENT', 'No.', 'Begin one.', { assessmentId: undefined })
    expect(Object.keys(toAnswer(refused).problem)).toEqual(['code', 'what', 'next'])
  })

  test('say what, which one, what next', () => {
    expect(
      toAnswer(new Refused('CONSENT.EXPIRED', 'The consent has expired.', 'Ask for it again.', { consentId: 'c-1' })).problem,
    ).toEqual({
      code: 'CONSENT.EXPIRED',
      what: 'The consent has expired.',
      which: { consentId: 'c-1' },
      next: 'Ask for it again.',
    })
    expect(toAnswer(new Error('x'), 'r-1').problem).toMatchObject({
      which: { requestId: 'r-1' },
      next: expect.stringContaining('request id'),
    })
  })
})
