import { readLine } from './command-line.js'

test.each([
  ['--foo', "Unknown option '--foo'. See npm run match -- --help."],
  ['extra', "Unexpected argument 'extra'. See npm run match -- --help."],
  ['--seed', "Option '--seed <value>' argument missing. See npm run match -- --help."],
])('a line that cannot be read (%s) is answered in one sentence, with the cure', (arg, said) => {
  expect(() => readLine('match', { args: [arg], options: { seed: { type: 'string' } } })).toThrow(said)
})
