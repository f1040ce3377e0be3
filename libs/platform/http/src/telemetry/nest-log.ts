import type { LoggerService } from '@nestjs/common'
import type { Log } from './logs.js'

/**
 * NestJS speaks through our log: the name of what spoke and, where it speaks of an error, where it happened. Its sentences are
 * left out, because an exception's text is among them.
 */
export function nestLog(log: Log): LoggerService {
  const component = (rest: unknown[]): string | undefined =>
    rest.findLast(value => typeof value === 'string' && /^\w{1,64}$/.test(value)) as string
  return {
    log: () => {},
    debug: () => {},
    verbose: () => {},
    warn: (_message: unknown, ...rest: unknown[]) => log.warn('nest.warning', { component: component(rest) }),
    error: (message: unknown, ...rest: unknown[]) =>
      log.error('nest.error', { component: component(rest) }, message instanceof Error ? message : undefined),
    fatal: (message: unknown, ...rest: unknown[]) =>
      log.error('nest.fatal', { component: component(rest) }, message instanceof Error ? message : undefined),
  }
}
