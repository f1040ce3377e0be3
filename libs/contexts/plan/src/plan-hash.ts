import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** hex SHA-256 of a plan's content in canonical JSON (RFC 8785). */
export const planHash = (content: unknown): string => createHash('sha256').update(canonicalize(content)!, 'utf8').digest('hex')
