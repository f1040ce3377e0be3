import type { Chance } from '@passerelle/connector'
import type { EventDefinition } from '@passerelle/event-log'
import type { Role } from '@passerelle/sharing'
import type { Schema } from '../schemas/sample.js'
import type { Post } from './happenings.js'

/** What ids in a payload may name. */
export interface Pools {
  readonly chance: Chance
  readonly now: string
  readonly learnerIds: readonly string[]
  readonly posts: readonly Post[]
  readonly streamId?: string
  /** The property in which events of the stream name it. */
  readonly ownId?: string
  readonly by?: Post
  readonly learnerId?: string
  readonly guardianIds?: readonly string[]
}

/** Every free text is one of a kind, so that it is known again wherever it turns up. */
const canary = /zq([0-9a-z]{6,})z/g
let first = 0
let canaries = 0

/** Everything in a text that is known to be somebody's. What is sealed with chance may look like a canary: those that nobody made are none. */
export const canariesIn = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(canary)].flatMap(([token, n]) => (isMade(parseInt(n!, 36)) ? [token] : [])))
const isMade = (n: number) => n > first && n <= canaries

/** A word that nobody ever said. */
export const inOtherWords = (chance: Chance): string => `zq${chance.int(100_000, 999_999)}z`

/** A payload that the event's schema takes, with ids, people and days that belong together. */
export function payloadOf(definition: EventDefinition, pools: Pools): Record<string, unknown> {
  return new Payload(pools).of(definition.schemas.at(-1)! as unknown as Schema)
}

/** New canaries from here on: the same story has the same ones. */
export const restartCanaries = (from = 0): void => void (first = canaries = from)

class Payload {
  /** Of people whom the payload names, by the word before: `leadUserId`, `leadAgencyId` and `leadRole` are one person. */
  private readonly people = new Map<string, Post>()

  constructor(private readonly pools: Pools) {}

  of(schema: Schema): Record<string, unknown> {
    return this.value(schema, '') as Record<string, unknown>
  }

  private value(schema: Schema, name: string): unknown {
    const { chance } = this.pools
    if (schema.const !== undefined) return schema.const
    if (schema.anyOf) return this.value(chance.pick(schema.anyOf), name)
    if (schema.enum) return this.word(schema.enum, name)
    switch (schema.type) {
      case 'object':
        return Object.fromEntries(
          Object.entries(schema.properties ?? {})
            .filter(([key]) => schema.required?.includes(key) || chance.yes(70))
            .map(([key, of]) => [key, this.value(of, key)]),
        )
      case 'array': {
        const items = Array.from({ length: chance.int(1, 3) }, () =>
          this.value(schema.items!, name.replace(/ies$/, 'y').replace(/s$/, '')),
        )
        return typeof items[0] === 'object' ? items : [...new Set(items)]
      }
      case 'boolean':
        return chance.yes(50)
      case 'integer':
        return chance.int(Math.max(schema.minimum ?? 0, 0), 9)
      case 'number':
        return chance.int(0, 8) / 2
      default:
        return this.text(schema, name)
    }
  }

  private word(of: readonly unknown[], name: string): unknown {
    const prefix = prefixOf(name, 'role')
    if (prefix !== undefined && of.includes(this.person(prefix).role)) return this.person(prefix).role as Role
    return this.pools.chance.pick(of)
  }

  private text({ pattern, ...schema }: Schema & { readonly maxLength?: number }, name: string): string {
    const { chance } = this.pools
    const fresh = `zq${(++canaries).toString(36).padStart(6, '0')}z`
    if (!pattern) return fresh.slice(0, schema.maxLength)
    const fits = new RegExp(pattern, 'u')
    const at = this.time(name)
    const found = [this.id(name), fresh, at.slice(0, 10), at].find(text => text !== undefined && fits.test(text))
    return found ?? chance.pick(['fr', 'https://example.org/thing/1', 'a'.repeat(64)].filter(text => fits.test(text)))
  }

  private id(name: string): string | undefined {
    const { chance, learnerId, guardianIds = [], learnerIds, streamId, ownId } = this.pools
    if (name === ownId) return streamId
    if (name === 'accountHash' || name === 'valueHash') return chance.uuid().replaceAll('-', '').repeat(2)
    if (/learnerId$/i.test(name) || name === 'survivor' || name === 'absorbed')
      return name === 'learnerId' && learnerId ? learnerId : chance.pick(learnerIds)
    if (/guardianId$/i.test(name)) return guardianIds.length > 0 ? chance.pick(guardianIds) : undefined
    const user = prefixOf(name, 'userid')
    if (user !== undefined) return this.person(user).userId
    const agency = prefixOf(name, 'agencyid')
    if (agency !== undefined) return this.person(agency).agencyId
    if (/(^|[a-z])By$|^(by|author|leadUser)$/.test(name)) return chance.pick(this.pools.posts).userId
    if (!/Id$/.test(name)) return undefined
    return `${name.slice(0, -2)}.${streamId ?? learnerId}.${chance.int(1, 2)}`
  }

  private time(name: string): string {
    const { chance, now } = this.pools
    const days = /until|due|end|review|by$/i.test(name)
      ? [-1, 0, 1, 30, 200, 200, 200]
      : /from|since/i.test(name)
        ? [-400, -30, -30, -1, 0]
        : [-30, -1, 0]
    return new Date(Date.parse(now) + chance.pick(days) * 86_400_000).toISOString()
  }

  private person(named: string): Post {
    const prefix = samePerson[named] ?? named
    let person = this.people.get(prefix)
    if (!person)
      this.people.set(
        prefix,
        (person =
          prefix === '' && this.pools.by && this.pools.chance.yes(40)
            ? this.pools.by
            : this.pools.chance.pick(this.postsFor(prefix))),
      )
    return person
  }

  /** At a host, mostly somebody who may be a tutor. */
  private postsFor(prefix: string): readonly Post[] {
    const { posts, chance } = this.pools
    const tutors = prefix === 'host' && chance.yes(80) ? posts.filter(({ role }) => role === 'placementTutor') : []
    return tutors.length > 0 ? tutors : posts
  }
}

/** A tutor works for the host. */
const samePerson: Readonly<Record<string, string>> = { tutor: 'host' }

/** `targetAgencyId` for `agencyid` → `target`; undefined where the name does not end so. */
function prefixOf(name: string, ending: string): string | undefined {
  const lower = name.toLowerCase()
  return lower.endsWith(ending) ? lower.slice(0, -ending.length) : undefined
}
