/** W3C Trace Context: `00-<trace id, 32 hex>-<parent span id, 16 hex>-<flags, 2 hex>`. */
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/

/** The trace id of a well-formed `traceparent` header; anything else is as if it were not there. */
export function traceIdOf(header: string | undefined): string | undefined {
  return header !== undefined && header.length <= 256 ? traceparent.exec(header)?.[1] : undefined
}
