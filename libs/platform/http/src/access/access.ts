import { createParamDecorator, type ExecutionContext, SetMetadata, applyDecorators } from '@nestjs/common'
import { Extensions, GqlExecutionContext } from '@nestjs/graphql'
import type { Purpose, Role } from '@passerelle/sharing'
import type { Caller } from '../caller.js'

/** Who may call a method at all: the first gate, before relationship and rules. */
export interface AccessRule {
  readonly roles: readonly Role[]
  readonly purposes: readonly Purpose[]
}
export const accessKey = 'passerelle:access'
export const publicKey = 'passerelle:public'

/**
 * Every resolver and controller method carries this or {@link Public}. A face shows a mutation only where one of its roles works in the
 * face's sector; the guard refuses other roles and purposes with FORBIDDEN.
 */
export const Access = (rule: AccessRule): MethodDecorator =>
  applyDecorators(SetMetadata(accessKey, rule), Extensions({ access: rule }))
/** Open to anyone who is signed in; says why. */
export const Public = (why: string): MethodDecorator => SetMetadata(publicKey, why)

/** The {@link Caller} of the request. */
export const CurrentCaller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller => GqlExecutionContext.create(context).getContext<{ caller: Caller }>().caller,
)
