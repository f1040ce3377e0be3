import { lookedWords } from './who-looked.words.js'

/** Every text of a catalogue, with example values in those that are made of some. */
const textsOf = (words: unknown): string[] =>
  typeof words === 'string'
    ? [words]
    : typeof words === 'function'
      ? [words('a role', 'an agency')]
      : Object.values(words as object).flatMap(textsOf)

const judging = {
  en: /\b(drop-?outs?|fail\w*|deficits?|deficien\w*|disorder\w*|deviant|truan\w*|problem\w*|risk\w*|abnormal\w*|weak\w*|poor\w*|bad\w*|victim\w*|delinquen\w*|dysfunction\w*)\b/i,
  fr: /(décroch\w*|échec\w*|échou\w*|déficit\w*|déficien\w*|trouble\w*|problème\w*|risque\w*|anormal\w*|faible\w*|mauvais\w*|victime\w*|délinquan\w*|absentéis\w*)/i,
} as const

test.each(Object.entries(lookedWords))('R-4.5 nothing that a learner is told judges them: %s', (language, words) => {
  const texts = textsOf(words)
  expect(texts.length).toBeGreaterThan(40)
  expect(texts.filter(text => judging[language as keyof typeof judging].test(text))).toEqual([])
})
test('R-4.5 a word that judges would be found', () => {
  expect(judging.en.test('school drop-out')).toBe(true)
  expect(judging.fr.test('signes de décrochage')).toBe(true)
})
test('every language says everything, in words of its own', () => {
  const [en, fr] = [textsOf(lookedWords['en']), textsOf(lookedWords['fr'])]
  expect(fr).toHaveLength(en.length)
  expect(textsOf(lookedWords).filter(text => text.trim() === '')).toEqual([])
})
