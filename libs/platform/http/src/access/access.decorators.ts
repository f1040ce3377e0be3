import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common'
import { Extensions } from '@nestjs/graphql'
import { type Caller, toCaller } from '../caller.js'
import type { Purpose, Role } from '@passerelle/sharing'
import type { RequestContext } from '../request-context.js'

/** Who may call it, and for which of their purposes; any of theirs where none is named. */
export type AccessRule = { readonly roles: readonly Role[]; readonly purposes?: readonly Purpose[] }

export const accessMetadata = 'passerelle:access'
export const publicMetadata = 'passerelle:public'

/**
 * Says on a resolver or controller method who may call it. Checked before a mutation and before a REST handler; for a query it is
 * what the reader and the architecture test go by, and the data-access layer decides row by row and column by column.
 */
export const Access = (rule: AccessRule): ClassDecorator & MethodDecorator =>
  // In the schema as well: a face shows a mutation only where one of its roles works in the face's sector.
  applyDecorators(SetMetadata(accessMetadata, rule), Extensions({ access: rule }))

/** Says that anybody may call it, signed in or not, and why. Not for GraphQL: its doors let nobody in unknown. */
export function Public(why: string): ClassDecorator & MethodDecorator {
  if (!why.trim()) throw new RangeError('@Public needs a reason.')
  return SetMetadata(publicMetadata, why)
}

/** The {@link RequestContext} as a parameter of a resolver or controller method. */
export const Asking = createParamDecorator((_: unknown, host: ExecutionContext) => contextOf(host))

/** Who asks, as a parameter of a resolver: what commands are run for. */
export const CurrentCaller = createParamDecorator((_: unknown, host: ExecutionContext): Caller => toCaller(contextOf(host)!))

/** What Nest hands to guards and parameters, with ours in it: the third argument of a resolver, or the request. */
export function contextOf(host: ExecutionContext): RequestContext | undefined {
  if (host.getType<'http' | 'graphql'>() === 'graphql') {
    const context = host.getArgByIndex<Partial<RequestContext> | undefined>(2)
    return context?.person ? (context as RequestContext) : undefined
  }
  return host.switchToHttp().getRequest<{ asking?: RequestContext }>().asking
}
