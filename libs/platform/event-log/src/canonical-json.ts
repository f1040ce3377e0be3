/**
 * The canonical JSON text of a value (RFC 8785): keys sorted, no blanks, numbers and strings as `JSON.stringify` writes them.
 * The same as the package `canonicalize`, which a spec compares it with, and several times as fast: each append pays for it.
 * @throws Error for NaN, Infinity and half characters; TypeError for a bigint; RangeError for a cycle or beyond {@link deepest}.
 */
export function canonicalJson(value: unknown): string {
  const text = toCanonical(value, 0)
  if (text === undefined) throw new TypeError('The value has no JSON text.')
  return text
}

/** Most levels of objects and lists, so that no reader or store runs out of stack. */
export const deepest = 1_000

// Nothing in it needs an escape, and it holds no half of a character outside the basic plane.
const plain = /^[^"\\\u0000-\u001f\ud800-\udfff]*$/

function toText(text: string): string {
  if (plain.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new Error('Half a character has no JSON text.')
  return JSON.stringify(text)
}

/** Undefined where JSON leaves the value out. */
function toCanonical(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return toText(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error('NaN and Infinity have no JSON text.')
    return value === 0 ? '0' : String(value)
  }
  if (value === null) return 'null'
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value !== 'object') return JSON.stringify(value)
  if (depth > deepest) throw new RangeError(`JSON of more than ${deepest} levels, or a cycle.`)
  if (Array.isArray(value)) {
    let text = '['
    for (let i = 0; i < value.length; i++) text += (i > 0 ? ',' : '') + (toCanonical(value[i], depth + 1) ?? 'null')
    return `${text}]`
  }
  // Dates and the like say themselves what they are in JSON.
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return toCanonical(toJSON.call(value), depth + 1)
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return toCanonical(value.valueOf(), depth)
  return toCanonicalObject(value as Record<string, unknown>, depth)
}

function toCanonicalObject(value: Record<string, unknown>, depth: number): string {
  let text = ''
  for (const key of sorted(Object.keys(value))) {
    const member = toCanonical(value[key], depth + 1)
    if (member !== undefined) text += (text === '' ? '{' : ',') + toText(key) + ':' + member
  }
  return text === '' ? '{}' : text + '}'
}

/** By code unit, in place. Objects have few keys, mostly in order: for these, insertion beats the general sort by far. */
function sorted(keys: string[]): string[] {
  if (keys.length > 24) return keys.sort()
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i]!
    let at = i
    for (; at > 0 && keys[at - 1]! > key; at--) keys[at] = keys[at - 1]!
    keys[at] = key
  }
  return keys
}
