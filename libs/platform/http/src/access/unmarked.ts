import 'reflect-metadata'
import { accessMetadata, publicMetadata } from './access.decorators.js'

/** What Nest writes on a method that answers: the kind of a resolver, or the HTTP method of a route. */
const answers = ['graphql:resolver_type', 'graphql:resolve_property', 'method']

/**
 * The methods of a resolver or controller class, inherited ones included, that answer requests and carry neither `@Access` nor
 * `@Public`, themselves or on their class.
 */
export function unmarkedMethods(type: abstract new (...args: never[]) => unknown): string[] {
  if (isMarked(type)) return []
  const unmarked = new Set<string>()
  for (
    let prototype = type.prototype as object;
    prototype && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  )
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value
      const overridden = (type.prototype as Record<string, unknown>)[name] !== method
      if (typeof method !== 'function' || name === 'constructor' || overridden) continue
      if (answers.some(key => Reflect.hasMetadata(key, method)) && !isMarked(method)) unmarked.add(name)
    }
  return [...unmarked]
}

const isMarked = (target: object): boolean =>
  Reflect.hasMetadata(accessMetadata, target) || Reflect.hasMetadata(publicMetadata, target)
