import { transliterate } from 'transliteration'

/** Letters alone, small, without accents, in Latin script: "Ó Súilleabháin" → "o suilleabhain", "Екатерина" → "ekaterina". */
export function toLatin(text: string): string {
  return transliterate(text.normalize('NFKC').replace(/ə/giu, 'a').replaceAll('ة', 'ا'))
    .normalize('NFD')
    .toLowerCase()
    .replace(/['’ʼ`´]/g, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
}

/**
 * What is left of a Latin word when spelling by ear is taken out: its consonants, one letter for each sound. Scripts that write no vowels
 * (Arabic, Hebrew) meet their romanizations here: "محمد" and "Muhammad" are both `mmt`.
 */
export function soundOf(latin: string): string {
  return latin
    .replace(/[^a-z]/g, '')
    .replace(/ph/g, 'f')
    .replace(/tch|ch|sch|sh|cz|sz|ts|tz|dz|dj|zh|j(?=[aeiou])/g, 's')
    .replace(/[ck]h|gh|[cgkqx]/g, 'k')
    .replace(/[dt]h?/g, 't')
    .replace(/[bp]/g, 'p')
    .replace(/[vwf]/g, 'f')
    .replace(/z/g, 's')
    .replace(/[aeiouyhj]/g, '')
    .replace(/(.)\1+/g, '$1')
}

/** The script a text is written in, as far as a comparison has to know: those whose romanization is not one to one are told apart. */
export function scriptOf(text: string): 'latin' | 'voweled' | 'unvoweled' | 'han' {
  if (/\p{Script=Han}/u.test(text)) return 'han'
  if (/[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(text)) return 'unvoweled'
  return /[^\p{Script=Latin}\P{L}]/u.test(text) ? 'voweled' : 'latin'
}
