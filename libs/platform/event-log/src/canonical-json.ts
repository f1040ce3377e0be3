/**
 * The canonical JSON text of a value (RFC 8785): keys sorted, no blanks, numbers and strings as `JSON.stringify` writes them.
 * The same as the package `canonicalize`, which a spec compares it with, and several times as fast: each append pays for it.
 * @throws Error for NaN, Infinity and half characters; TypeError for a bigint; RangeError for a cycle or where it is nested too deep.
 */
export function canonicalJson(value: unknown): string {
  const text = toCanonical(value)
  if (text === undefined) throw new TypeError('The value has no JSON text.')
  return text
}

// Nothing in it needs an escape, and it holds no half of a character outside the basic plane.
const plain = /^[^"\\\u0000-\u001f\ud800-\udfff]*$/

function toText(text: string): string {
  if (plain.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new Error('Half a character has no JSON text.')
  return JSON.stringify(text)
}

/** Undefined where JSON leaves the value out. */
function toCanonical(value: unknown): string | undefined {
  if (typeof value === 'string') return toText(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error('NaN and Infinity have no JSON text.')
    return value === 0 ? '0' : String(value)
  }
  if (value === null) return 'null'
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) {
    let text = '['
    for (let i = 0; i < value.length; i++) text += (i > 0 ? ',' : '') + (toCanonical(value[i]) ?? 'null')
    return `${text}]`
  }
  return isPlain(value) ? toCanonicalObject(value) : toCanonicalOther(value)
}

function toCanonicalObject(value: Record<string, unknown>): string {
  let text = ''
  for (const key of sorted(Object.keys(value))) {
    const member = toCanonical(value[key])
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

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === Object.prototype || prototype === null) && typeof (value as { toJSON?: unknown }).toJSON !== 'function'
}

/** Dates and the like, which say themselves what they are in JSON. */
function toCanonicalOther(value: object): string | undefined {
  const { toJSON } = value as { toJSON?: () => unknown }
  if (typeof toJSON === 'function') return toCanonical(toJSON.call(value))
  const primitive = value.valueOf()
  return typeof primitive === 'object' ? toCanonicalObject(value as Record<string, unknown>) : toCanonical(primitive)
}
