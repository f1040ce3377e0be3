import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTHeaderParameters, type JWTPayload } from 'jose'

export const audience = 'urn:passerelle:hub'
export type Claims = JWTPayload

/** An issuer on loopback for specs: discovery, keys, and tokens right and wrong. */
export async function startTestIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' }
  const published = { keys: [jwk] as Record<string, unknown>[] }
  const answers = { discovery: true, issuer: '', keysAt: '' }
  const asked = { discovery: 0, keys: 0 }
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url === '/jwks') {
      asked.keys++
      return response.end(JSON.stringify(published))
    }
    asked.discovery++
    if (!answers.discovery) return response.writeHead(500).end()
    response.end(JSON.stringify({ issuer: answers.issuer, jwks_uri: answers.keysAt }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const issuer = `http://127.0.0.1:${port}`
  Object.assign(answers, { issuer, keysAt: `${issuer}/jwks` })

  const sign = (claims: Claims = {}, header: Partial<JWTHeaderParameters> = {}, key: CryptoKey | Uint8Array = privateKey) =>
    new SignJWT({ iss: issuer, sub: 'person-1', aud: audience, exp: seconds(300), iat: seconds(0), ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'key-1', typ: 'at+jwt', ...header })
      .sign(key)

  return {
    issuer,
    published,
    answers,
    asked,
    publicKey,
    privateKey,
    sign,
    bearer: async (...parts: Parameters<typeof sign>) => `Bearer ${await sign(...parts)}`,
    close: () => new Promise<void>(resolve => void (server.closeAllConnections(), server.close(() => resolve()))),
  }
}
export type TestIssuer = Awaited<ReturnType<typeof startTestIssuer>>

/** Seconds since 1970, so many from now. */
export const seconds = (fromNow: number): number => Math.floor(Date.now() / 1000) + fromNow
