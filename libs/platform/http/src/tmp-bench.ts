import { openHub } from './face.fixture.js'
import { fork } from 'node:child_process'
import { Agent, request } from 'node:http'
import { fastify } from 'fastify'
import mercurius from 'mercurius'
if (process.argv[2]) {
  const [url, n] = [process.argv[2], 8000]
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const body = JSON.stringify({ query: process.argv[3] })
  const one = () => new Promise<void>((ok, no) => { const r = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json', authorization: 'Bearer teacher', 'content-length': body.length } }, a => { a.on('data', () => {}).on('end', ok); if (a.statusCode !== 200) no(new Error(''+a.statusCode)) }); r.on('error', no).end(body) })
  for (let round = 0; round < 3; round++) {
    let left = n; const t = performance.now()
    await Promise.all(Array.from({ length: 16 }, async () => { while (left-- > 0) await one() }))
    console.log(url.includes('bare') ? 'bare' : 'face', (n / (performance.now() - t) * 1000).toFixed(0), 'req/s')
  }
  process.exit(0)
}
const hub = await openHub()
const bare = fastify()
await bare.register(mercurius, { schema: 'type Query { learners(first: Int): C } type C { edges: [E!]! } type E { node: L! } type L { id: String! }', path: '/bare', resolvers: { Query: { learners: (_: any, { first }: any) => ({ edges: Array.from({ length: first }, (_, i) => ({ node: { id: `l-${i}` } })) }) } } })
const bareUrl = await bare.listen({ port: 0, host: '127.0.0.1' })
const query = '{ learners(first: 20) { edges { node { id } } } }'
for (const url of [bareUrl + '/bare', hub.url + '/education/graphql', bareUrl + '/bare', hub.url + '/education/graphql'])
  await new Promise(ok => fork(import.meta.filename, [url, query], { execArgv: process.execArgv }).on('exit', ok))
process.exit(0)
