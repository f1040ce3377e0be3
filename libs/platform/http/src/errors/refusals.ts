import { idPattern, Refused } from '@passerelle/event-log'

/** Refused at the door, before any rule of a context was asked: carries the HTTP status it answers with. */
export class RefusedAtTheDoor extends Refused {
  constructor(
    readonly status: number,
    code: string,
    what: string,
    next: string,
    which: Readonly<Record<string, unknown>> = {},
  ) {
    super(code, what, next, which)
  }
}

/** The caller may not do this (403). What may not even be known to exist is {@link NotFound} instead. */
export class Forbidden extends RefusedAtTheDoor {
  constructor(what: string, next: string, which: Readonly<Record<string, unknown>> = {}) {
    super(403, 'FORBIDDEN', what, next, which)
  }
}

/**
 * Unknown **or hidden** (404): one answer for both, so that a refusal never tells that something exists. The id is said again where it is one; anything else
 * that was sent in its place is not.
 */
export class NotFound extends RefusedAtTheDoor {
  constructor(kind: string, id: string) {
    super(
      404,
      'NOT_FOUND',
      `There is no ${kind} with this id, or it is not shared with you.`,
      'Check the id, or ask for access.',
      { kind, ...(idPattern.test(id) && { id }) },
    )
  }
}

/** One field that broke the rules of its input; `rules` are names such as `maxLength`, never the value. */
export type FieldFault = { readonly field: string; readonly rules: readonly string[] }

/** A key as it may be repeated: one that no schema knows was named by whoever sent it, and may be anything. */
export const spokenKey = (key: string): string => (/^\w{1,64}$/.test(key) ? key : '?')

/** What was sent does not have the form that is asked for (422). */
export class InvalidInput extends RefusedAtTheDoor {
  constructor(faults: readonly FieldFault[]) {
    super(
      422,
      'INPUT.INVALID',
      'What was sent does not have the form that is asked for.',
      'Correct the fields named and send it again.',
      { faults },
    )
  }
}

/** Too much at once, or something it stands on is not answering (503): the same request may succeed later. */
export class TooBusy extends RefusedAtTheDoor {
  constructor(code = 'OVERLOADED', what = 'The hub cannot take this on right now.') {
    super(503, code, what, 'Wait a few seconds and try again.')
  }
}
