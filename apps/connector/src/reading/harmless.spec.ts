import { isHarmless } from './harmless.js'

test.each([
  '.DS_Store',
  '.git/config',
  '__MACOSX/._users.csv',
  'thumbs.db',
  'Readme',
  'README_de.md',
  'licence.txt',
  'old/LICENSE',
])('nobody misses %s where it is not read', path => expect(isHarmless(path)).toBe(true))
test.each(['users.csv', './users.csv', 'licenses.csv', 'readmeusers.csv', 'README first/', 'README first/users.csv', 'old.zip'])(
  '%s may hold what a partner tells',
  path => expect(isHarmless(path)).toBe(false),
)
