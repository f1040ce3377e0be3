import { faces, startFace } from '@passerelle/api'
import {
  agencyHeader,
  createAuthenticate,
  createLog,
  createMetrics,
  emergencyHeader,
  Listener,
  type Person,
  purposeHeader,
  roleHeader,
} from '@passerelle/http'
import { learnerAgencyId, roleTerms } from '@passerelle/sharing'
import type { Answers } from './asking.js'
import { canariesIn } from './payloads.js'
import type { Proof } from './proof.js'
import type { Finding } from './tally.js'
import type { Look } from './truth.js'

/** The faces of a hub behind a listener, as `npm start` opens them; only who it is that asks is taken at their word. */
export class Door {
  /** What left beside the bodies: head lines of answers, by who they went to. */
  private readonly heads: { readonly face: string; readonly look: Look; readonly text: string }[] = []

  private constructor(
    private readonly proof: Proof,
    private readonly url: string,
    private readonly lines: readonly string[],
    private readonly figures: () => Promise<string>,
    readonly close: () => Promise<void>,
  ) {}

  static async open(proof: Proof): Promise<Door> {
    const lines: string[] = []
    const log = createLog({ level: 'debug', destination: { write: line => void lines.push(line) } })
    const metrics = createMetrics({ withProcess: false })
    const listener = new Listener()
    const authenticate = createAuthenticate({
      verify: async authorization => ({
        ...{ issuer: 'proof', subject: authorization ?? '', clientId: undefined, scopes: [], purpose: undefined },
      }),
      membershipsOf: async ({ subject }) => peopleNamed(proof, subject),
      purposesOf: role => roleTerms[role].purposes,
    })
    const hub = proof.hub.open
    const apps: Awaited<ReturnType<typeof startFace>>[] = []
    for (const face of faces) apps.push(await startFace({ face, hub, listener, authenticate, log, metrics, compiledAfter: 1 }))
    const { url } = await listener.listen()
    return new Door(
      proof,
      url,
      lines,
      () => metrics.registry.metrics(),
      async () => {
        await listener.close()
        for (const app of apps) await app.close()
      },
    )
  }

  /**
   * Answers with all that leaves: status, headers, body. What is new in each answer, or of the moment, is left out. Each document is asked twice, and is
   * compiled after the second time: so the other world is answered by another executor, and has to be answered alike.
   */
  askingAs(look: Look, face: string): Answers {
    const headers = {
      'content-type': 'application/json',
      authorization: look.userId,
      [agencyHeader]: look.agencyId,
      [roleHeader]: look.role,
      [purposeHeader]: look.purpose,
      ...(look.emergency && { [emergencyHeader]: 'true' }),
    }
    const ask: Answers['ask'] = async ({ text: query, variables }) => {
      const response = await fetch(`${this.url}/${face}/graphql`, {
        ...{ method: 'POST', headers, body: JSON.stringify({ query, variables }) },
      })
      const head = [...response.headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
      const text = `${response.status} ${JSON.stringify(head)}`
      this.heads.push({ face, look, text: `${text} ${response.headers.get('x-request-id')}` })
      return `${text}\n${await response.text()}`
    }
    return { ask: async question => (await ask(question), ask(question)) }
  }

  /** Where anything of anybody stands in what is for everybody's eyes: headers, log lines, figures. */
  async leaks(): Promise<Finding[]> {
    const { learnerIds, posts } = this.proof.story
    const ids = new Set([...learnerIds, ...posts.map(({ userId }) => userId)])
    const isTelling = (text: string) => canariesIn(text).size > 0 || (text.match(/[\w.-]+/g) ?? []).some(word => ids.has(word))
    const [{ face, look }] = this.heads as [(typeof this.heads)[number]]
    const told = [
      ...this.heads.map(head => ({ ...head, asked: 'the headers of an answer' })),
      ...this.lines.map(text => ({ face, look, text, asked: 'the lines of the log' })),
      ...(await this.figures()).split('\n').map(text => ({ face, look, text, asked: 'the figures' })),
    ]
    return told
      .filter(({ text }) => isTelling(text))
      .map(({ text, ...of }) => ({ kind: 'leak', ...of, expected: 'nothing of anybody', got: text }))
  }

  /** How much there was to look through. */
  get looked(): { readonly heads: number; readonly lines: number } {
    return { heads: this.heads.length, lines: this.lines.length }
  }
}

function peopleNamed(proof: Proof, userId: string): Person[] {
  return proof.story.posts
    .filter(post => post.userId === userId)
    .map(post => ({
      ...post,
      sector: proof.sectorOf(post),
      ...(post.agencyId === learnerAgencyId && { learnerIds: proof.ownLearners(post) }),
    }))
}
