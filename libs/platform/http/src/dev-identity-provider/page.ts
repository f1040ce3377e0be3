import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { DevPerson } from './dev-identity-provider.js'

export const banner = 'Development sign-in: no passwords, invented people. Never for real data.'

const style =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}' +
  '[role=note]{border:2px solid #b45309;padding:.5rem 1rem;font-weight:600}ul{list-style:none;padding:0}' +
  'button{font:inherit;width:100%;text-align:left;padding:.6rem 1rem;margin:.2rem 0;border:1px solid #666;background:#fff;cursor:pointer}' +
  'button:focus-visible{outline:3px solid #1d4ed8;outline-offset:2px}small{display:block;color:#444}'
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; frame-ancestors 'none'`

/** A page that needs no script, works with the keyboard alone, and may load nothing. */
export function sendPage(response: ServerResponse, status: number, title: string, body: string): void {
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${escape(title)}</title><style>${style}</style></head><body><main><p role="note">${escape(banner)}</p><h1>${escape(title)}</h1>${body}</main></body></html>`
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  })
  response.end(html)
}

/** Everybody one may sign in as, one button each. */
export function peopleForm(people: readonly DevPerson[], action: string): string {
  const items = people.map(
    ({ alias, label, roleLabel }) =>
      `<li><button name="person" value="${escape(alias)}">${escape(label)}<small>${escape(roleLabel)}</small></button></li>`,
  )
  return `<form method="post" action="${escape(action)}"><ul>${items.join('')}</ul></form>`
}

export const escape = (text: string): string => text.replace(/[&<>"']/g, each => `&#${each.charCodeAt(0)};`)
