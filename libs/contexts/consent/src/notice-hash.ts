import { createHash } from 'node:crypto'

/** SHA-256, hex, of a notice's wording: the title and the paragraphs as a JSON list. */
export const hashOfNotice = ({ title, paragraphs }: { readonly title: string; readonly paragraphs: readonly string[] }): string =>
  createHash('sha256')
    .update(JSON.stringify([title, ...paragraphs]), 'utf8')
    .digest('hex')
