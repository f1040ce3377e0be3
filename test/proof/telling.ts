import type { Happening, Story } from './happenings.js'
import type { Finding } from './tally.js'

/** A finding as a person can follow it: what happened, who looked, what they asked, what they should have got and what they got. */
export function toStory(
  finding: Finding,
  { happenings, now }: Pick<Story, 'happenings' | 'now'>,
  seed: number,
  planted?: string,
): string {
  const { kind, look, at = now, asked, variables, expected, got, taken } = finding
  return [
    `${titles[kind]} (seed ${seed})`,
    '',
    'What happened:',
    ...[...happenings, ...(taken ? [taken.last] : [])].map((one, i) => `  ${i + 1}. ${toSentence(one)}`),
    '',
    `Then, at ${at}, ${look.userId} of ${look.agencyId}, as ${look.role}, for ${look.purpose}, asked:`,
    `  ${asked}`,
    ...(variables && Object.keys(variables).length > 0 ? [`  with ${JSON.stringify(variables)}`] : []),
    '',
    `and should have got: ${short(expected)}`,
    `but got:             ${short(got)}`,
    '',
    `Again: npm run prove -- --seed ${seed} --worlds 1${planted ? ` --plant '${planted}'` : ''}`,
  ].join('\n')
}

/** A finding in short, and how to have it told. */
export const foundAs = ({ kind, face, look, asked, variables, expected, got }: Finding, seed: number): string =>
  [
    `${titles[kind]} (${face}; npm run prove -- --seed ${seed} --worlds 1 tells how it comes to that)`,
    `${look.userId} of ${look.agencyId}, as ${look.role}, for ${look.purpose}: ${asked} ${JSON.stringify(variables ?? {})}`,
    `expected ${short(expected)}`,
    `got ${short(got)}`,
  ].join('\n')

export const titles: Readonly<Record<Finding['kind'], string>> = {
  differential: 'GraphQL does not answer what the oracle says',
  canary: 'An answer holds what the oracle denies',
  leak: 'Something of somebody stands where everybody looks',
  interference: 'What may not be seen moved an answer',
  fault: 'The hub failed at a document instead of answering it',
  revocation: 'Something that was taken away was still shown',
  monotony: 'Taking something away showed something new',
}

function toSentence({ event, id, at, by, decider }: Happening): string {
  const data = Object.entries(event.data as object)
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
  return `${at.slice(0, 16).replace('T', ' ')} ${by.userId} (${by.role}): ${event.type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')} in ${decider.events.streamCategory} ${id}: ${data}`
}

const short = (value: unknown) => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 4_000 ? `${text.slice(0, 4_000)}…` : text
}
