import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common'
import { Forbidden, RefusedAtTheDoor } from '../errors/refusals.js'
import type { RequestContext } from '../request-context.js'
import { type AccessRule, accessMetadata, contextOf, publicMetadata } from './access.decorators.js'

/**
 * Lets nobody through who is not signed in, and lets a mutation or a REST call through only for the roles and purposes of its
 * `@Access`. It decides nothing about data: what of it is seen is decided where it is read.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  async canActivate(host: ExecutionContext): Promise<boolean> {
    const isGraphql = host.getType<'http' | 'graphql'>() === 'graphql'
    const targets = [host.getHandler(), host.getClass()]
    if (!isGraphql && find(publicMetadata, targets) !== undefined) return true
    const context = isGraphql
      ? contextOf(host)
      : await host.switchToHttp().getRequest<{ authenticate(): Promise<RequestContext> }>().authenticate()
    if (!context)
      throw new RefusedAtTheDoor(401, 'AUTH.MISSING', 'Nobody is signed in.', 'Send authorization: Bearer <access token>.')
    const isQuery =
      isGraphql && host.getArgByIndex<{ operation?: { operation?: string } } | undefined>(3)?.operation?.operation === 'query'
    if (!isQuery) assertAllowed(find<AccessRule>(accessMetadata, targets), context)
    return true
  }
}

/**
 * @throws Forbidden where role or purpose is not among those of the rule, or where there is no rule: what nobody opened is closed.
 */
export function assertAllowed(rule: AccessRule | undefined, { person: { role }, purpose }: RequestContext): void {
  if (!rule) throw new Forbidden('Nobody has been given this yet.', 'Report it: the method says neither @Access nor @Public.')
  if (!rule.roles.includes(role))
    throw new Forbidden('Your role may not do this.', `Ask somebody who may: ${rule.roles.join(', ')}.`, {
      role,
      roles: rule.roles,
    })
  if (rule.purposes && !rule.purposes.includes(purpose))
    throw new Forbidden(
      'This may not be done for the purpose you named.',
      'Send x-passerelle-purpose with a purpose that it serves.',
      { purpose, purposes: rule.purposes },
    )
}

/** What is said on the method, else what is said on its class. */
function find<T>(key: string, targets: readonly object[]): T | undefined {
  return targets.map(target => Reflect.getMetadata(key, target) as T | undefined).find(found => found !== undefined)
}
