import type { IncomingHttpHeaders } from 'node:http'
import type { Purpose, Role, Sector } from '@passerelle/sharing'
import { RefusedAtTheDoor } from '../errors/refusals.js'
import type { Person, RequestContext } from '../request-context.js'
import { traceIdOf } from '../trace-context.js'
import type { VerifyToken } from './token-verifier.js'

/** One door of the hub: `/<name>/graphql`, for the people of these sectors and, where only some of them may come in, these roles. */
export type Face = {
  readonly name: string
  readonly sectors: readonly Sector[]
  readonly roles?: readonly Role[]
}

export type AuthenticatePorts = {
  readonly verify: VerifyToken
  /** Everything this person is here at this moment, by the hub's own events; nothing where they are nobody here (any more). */
  membershipsOf(identity: { readonly issuer: string; readonly subject: string }): Promise<readonly Person[]>
  /** What a role may look for, its ordinary purpose first. */
  purposesOf(role: Role): readonly Purpose[]
  /** Languages that are spoken here as BCP-47 tags, the usual one first. */
  readonly languages?: readonly string[]
}

/** What is read of a request. */
export type Asked = { readonly id: string; readonly headers: IncomingHttpHeaders }
export type Authenticate = (request: Asked, face: Face) => Promise<RequestContext>

export const purposeHeader = 'x-passerelle-purpose'
/** `true`: reads what the person broke the glass for, and nothing else. */
export const emergencyHeader = 'x-passerelle-emergency'
/** For people who work for several agencies of a sector, or in several roles: which one they act for and in. */
export const agencyHeader = 'x-passerelle-agency'
export const roleHeader = 'x-passerelle-role'

/**
 * Turns a request into the context it is answered under.
 * @throws RefusedAtTheDoor 401 for the token, 403 `AUTH.NO_MEMBERSHIP`, `AUTH.WRONG_FACE`, `AUTH.PURPOSE_NOT_ALLOWED`.
 */
export function createAuthenticate({ verify, membershipsOf, purposesOf, languages = ['en'] }: AuthenticatePorts): Authenticate {
  return async ({ id: requestId, headers }, face) => {
    const identity = await verify(headers.authorization)
    const { issuer, subject, clientId, scopes } = identity
    const person = choosePerson(await membershipsOf({ issuer, subject }), face, headers)
    const purpose = choosePurpose(headers[purposeHeader] ?? identity.purpose, purposesOf(person.role))
    const correlationId = traceIdOf(headers.traceparent as string | undefined) ?? requestId
    const language = chooseLanguage(headers['accept-language'] ?? person.language, languages)
    const emergency = isEmergency(headers[emergencyHeader])
    return {
      ...{ requestId, correlationId, face: face.name, person, purpose, language, clientId, scopes },
      ...(emergency && { emergency }),
    }
  }
}

/** The first membership that fits the face, or the one that the headers name; never one that the person does not have. */
function choosePerson(memberships: readonly Person[], face: Face, headers: IncomingHttpHeaders): Person {
  if (memberships.length === 0)
    throw refused(
      'NO_MEMBERSHIP',
      // One answer to whoever is nobody here now, so that it does not tell who ever was somebody: strangers, those who have left, who
      // were guardians or learners once, or were forgotten.
      'You are signed in, but there is nothing here that you may see or do now.',
      'If you work for an agency, ask it or the regional authority; as a learner or guardian, ask an agency that you know.',
    )
  const fitting = memberships.filter(
    ({ sector, role }) => face.sectors.includes(sector) && (!face.roles || face.roles.includes(role)),
  )
  if (fitting.length === 0)
    throw refused('WRONG_FACE', 'This face is not the one of your agency.', 'Use the face of your sector.', {
      face: face.name,
      sectors: [...new Set(memberships.map(({ sector }) => sector))],
    })
  const { [agencyHeader]: agency, [roleHeader]: role } = headers
  const chosen = fitting.find(
    each => (agency === undefined || each.agencyId === agency) && (role === undefined || each.role === role),
  )
  if (!chosen)
    throw refused(
      'NO_MEMBERSHIP',
      'You do not have this role in this agency.',
      `Correct ${agencyHeader} and ${roleHeader}, or leave them out.`,
      {
        memberships: fitting.map(each => ({ agencyId: each.agencyId, role: each.role })),
      },
    )
  return chosen
}

/** Chosen per request, else in the token, else the ordinary purpose of the role; never one that the role does not have. */
function choosePurpose(wanted: string | string[] | undefined, allowed: readonly Purpose[]): Purpose {
  const purpose = wanted === undefined ? allowed[0] : allowed.find(each => each === wanted)
  if (!purpose)
    throw refused(
      'PURPOSE_NOT_ALLOWED',
      'Your role does not have this purpose.',
      `Send ${purposeHeader} with a purpose of your role, or leave it out.`,
      { allowed },
    )
  return purpose
}

function isEmergency(said: string | string[] | undefined): true | undefined {
  if (said === undefined || said === 'true') return said && true
  throw new RefusedAtTheDoor(
    400,
    'REQUEST.MALFORMED',
    `${emergencyHeader} says neither true nor nothing.`,
    'Send true, or leave it out.',
  )
}

/** The first language of an `Accept-Language` that is spoken here (`fr-BE` is served by `fr`); else the usual one. */
function chooseLanguage(accepted: string | undefined, spoken: readonly string[]): string {
  const wanted = (accepted ?? '')
    .slice(0, 256)
    .split(',')
    .map(part => part.trim().split(';'))
    .map(([tag = '', weight = 'q=1']) => ({ tag: tag.toLowerCase(), weight: Number(weight.replace(/^\s*q=/, '')) || 0 }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
  for (const { tag } of wanted) {
    const found = spoken.find(each => each.toLowerCase() === tag) ?? spoken.find(each => tag.startsWith(`${each.toLowerCase()}-`))
    if (found) return found
  }
  return spoken[0]!
}

const refused = (reason: string, what: string, next: string, which: Record<string, unknown> = {}) =>
  new RefusedAtTheDoor(403, `AUTH.${reason}`, what, next, which)
