import { type CsvLine, csvRows } from './csv-rows.js'
import { utf8Bytes } from './encoding.js'
import { memoryFolder } from './folder.js'

async function rows(content: string | Uint8Array): Promise<CsvLine[]> {
  const folder = memoryFolder({ file: content })
  const found: CsvLine[] = []
  for await (const page of csvRows(from => utf8Bytes(at => folder.open('file', at), from))) found.push(...page)
  return found
}
const cells = async (content: string | Uint8Array) =>
  (await rows(content)).map(row =>
    'cells' in row ? row.cells.join('|') : 'broken' in row ? `${row.broken}@${row.line}` : 'gave up',
  )

describe('rows of a CSV file', () => {
  test.each([
    ['LF', 'a,b\n1,2\n'],
    ['CRLF', 'a,b\r\n1,2\r\n'],
    ['CR', 'a,b\r1,2'],
    ['mixed line ends', 'a,b\r\n1,2\n'],
    ['a byte order mark', '\ufeffa,b\n1,2'],
    ['blank lines', 'a,b\n\n\n1,2\n\n'],
    ['UTF-16 LE with a mark', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le')],
    ['UTF-16 BE with a mark', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le').swap16()],
  ])('are the same with %s', async (_, content) => {
    expect(await cells(content)).toEqual(['a|b', '1|2'])
  })

  test('keep quoted commas, quotes and line breaks, and know the physical line', async () => {
    const found = await rows('a,b\n1,"x\ny, ""z"""\n\n2,w\n')
    expect(found).toEqual([
      { row: 1, line: 1, cells: ['a', 'b'] },
      { row: 2, line: 2, cells: ['1', 'x\ny, "z"'] },
      { row: 3, line: 5, cells: ['2', 'w'] },
    ])
  })

  test('one quote that is never closed spoils its own line alone', async () => {
    expect(await cells('a,b\n1,"2\n3,"x"\n4,5\n')).toEqual(['a|b', 'quote@2', '3|x', '4|5'])
    expect(await cells('a,b,c\n1,"2,3\n4,"",5\n6,7,8\n')).toEqual(['a|b|c', 'quote@2', '4||5', '6|7|8'])
    expect(await cells('a,b\n1,2"x\n3,4\n5,"6')).toEqual(['a|b', 'quote@2', '3|4', 'quote@4'])
  })

  test('an unclosed quote in a large file is found within bounds and the rest is read', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => (i === 10 ? `${i},"x` : `${i},y`))
    const found = await cells(['a,b', ...lines, ''].join('\n'))
    expect(found).toHaveLength(60_001)
    expect(found.filter(row => row.includes('@'))).toEqual(['size@12'])
  })

  test('an empty file has no rows', async () => {
    expect(await cells('')).toEqual([])
    expect(await cells('\ufeff')).toEqual([])
  })
})
