import { isUtf8 } from 'node:buffer'
import { Fault } from './reading.js'

/**
 * The file as UTF-8 bytes without a byte order mark, from an offset in that form. UTF-16 with a mark is turned into UTF-8;
 * invalid UTF-8 passes here and is told by its cell, so that the rest of the file is taken.
 */
export async function* utf8Bytes(open: (from: number) => AsyncIterable<Uint8Array>, from = 0): AsyncIterable<Buffer> {
  const mark = await firstBytes(open, 3)
  const utf16 = mark[0] === 0xff && mark[1] === 0xfe ? 'utf-16le' : mark[0] === 0xfe && mark[1] === 0xff ? 'utf-16be' : undefined
  if (!utf16) {
    const skip = mark.length === 3 && mark[0] === 0xef && mark[1] === 0xbb && mark[2] === 0xbf ? 3 : 0
    for await (const chunk of open(from + skip)) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    return
  }
  const decoder = new TextDecoder(utf16)
  let left = from
  for await (const chunk of open(0)) {
    const bytes = Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8')
    if (bytes.length > left) yield bytes.subarray(left)
    left = Math.max(0, left - bytes.length)
  }
  const rest = Buffer.from(decoder.decode(), 'utf8')
  if (rest.length > left) yield rest.subarray(left)
}

async function firstBytes(open: (from: number) => AsyncIterable<Uint8Array>, count: number): Promise<Buffer> {
  let first = Buffer.alloc(0)
  for await (const chunk of open(0)) {
    first = Buffer.concat([first, chunk])
    if (first.length >= count) break
  }
  return first.subarray(0, count)
}

/**
 * The text of bytes that were read one to a character (latin1), trimmed.
 * @throws Fault where they are not UTF-8 or hold control characters, which the event store cannot keep.
 */
export function decodeText(latin1: string): string {
  let text = latin1
  if (/[\x80-\xff]/.test(latin1)) {
    const bytes = Buffer.from(latin1, 'latin1')
    if (!isUtf8(bytes)) throw new Fault('ENCODING.NOT_UTF8', 'The value is not UTF-8. Export the file as UTF-8.')
    text = bytes.toString('utf8')
  }

  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text))
    throw new Fault('ENCODING.CONTROL_CHARACTER', 'The value holds a control character.')
  return text.trim()
}
