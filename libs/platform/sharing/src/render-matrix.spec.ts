import { readFileSync } from 'node:fs'
import { renderMatrix } from './render-matrix.js'

test('docs/visibility.md is what the data say', () => {
  const committed = readFileSync(new URL('../../../../docs/visibility.md', import.meta.url), 'utf8')
  expect(committed).toBe(renderMatrix())
})
