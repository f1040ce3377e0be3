import type { Category } from '@passerelle/sharing'
import { lookedWords } from '../who-looked.words.js'
import type { LearnerRecord, RecordSection } from './learner-record.js'

/** The same record for people to read: one page, in plain words, that needs nothing from anywhere. In pieces, to be sent as they come. */
export function* pageOf(record: LearnerRecord): Generator<string> {
  const { scope, madeAt, records, whoHoldsWhat, history, disclosures, erased } = record
  yield `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Your record</title><style>${style}</style></head><body>`
  yield `<h1>${scope === 'access' ? 'Everything that is held about you' : 'What you gave, to take along'}</h1>`
  yield `<p>Made on ${escape(madeAt.slice(0, 10))}. ${escape(record.notIncluded)}</p>`
  if (erased.length > 0) yield `<p>Forgotten, and shown as [erased]: ${erased.map(escape).join(', ')}.</p>`
  if (whoHoldsWhat.length > 0) {
    yield '<h2>Who holds what</h2><ul>'
    for (const { name, agencyId, since, holds } of whoHoldsWhat) {
      const what = Object.entries(holds).map(([category, level]) => `${inWords[category as Category]}, ${level}`)
      yield `<li>${escape(name ?? agencyId)}${since ? `, since ${escape(since)}` : ''}: ${escape(what.join('; '))}</li>`
    }
    yield '</ul>'
  }
  for (const section of records) yield* sectionOf(section)
  yield '<h2>What happened</h2><table><tr><th>When</th><th>What</th><th>By</th><th>Why</th><th>On what basis</th></tr>'
  for (const { occurredAt, what, role, agencyId, purpose, legalBasis } of history)
    yield row([occurredAt.slice(0, 16).replace('T', ' '), what, `${plain(role)}, ${agencyId}`, plain(purpose), plain(legalBasis)])
  yield '</table>'
  if (disclosures.length > 0) {
    yield '<h2>Who looked</h2><table><tr><th>When</th><th>Who</th><th>Why</th><th>What kinds of data</th><th>What allowed it</th></tr>'
    for (const { at, who, why, what, on } of disclosures)
      yield row([at.slice(0, 16).replace('T', ' '), who, why, what.join(', '), on.join('; ')])
    yield '</table>'
  }
  yield '</body></html>'
}

const inWords = lookedWords['en']!.what

function* sectionOf({ view, description, fields, rows }: RecordSection): Generator<string> {
  yield `<h2>${escape(plain(view))}</h2><p>${escape(description)}</p>`
  for (const each of rows) {
    yield '<dl>'
    for (const [name, value] of Object.entries(each))
      yield `<dt>${escape(plain(name))}${fields[name] ? ` <small>${escape(fields[name])}</small>` : ''}</dt><dd>${valueOf(value)}</dd>`
    yield '</dl>'
  }
}

function valueOf(value: unknown): string {
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : `<ul>${value.map(item => `<li>${valueOf(item)}</li>`).join('')}</ul>`
  if (value !== null && typeof value === 'object')
    return Object.entries(value)
      .map(([name, of]) => `${escape(plain(name))}: ${valueOf(of)}`)
      .join('; ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return escape(String(value ?? ''))
}

const row = (cells: readonly string[]) => `<tr>${cells.map(cell => `<td>${escape(cell)}</td>`).join('')}</tr>`
/** `leadUserId` → `lead user id` */
const plain = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string) => text.replace(/[&<>"']/g, character => entities[character]!)
const style =
  'body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}dl{border-top:1px solid #ccc;padding-top:.5em}dt{font-weight:bold}small{font-weight:normal;color:#555}td,th{text-align:left;padding:.2em .6em;vertical-align:top}'
