import fc from 'fast-check'
import { HmacIdentifierHasher, HubSecrets, InvalidIdentifier } from './index.js'

const secret = Buffer.alloc(32, 7)
const hasher = new HmacIdentifierHasher(secret, { ignoresCase: system => system === 'email' })

describe('hashes of identifiers', () => {
  test('an identifier without a value or a system is refused, and the refusal does not repeat the value', () => {
    for (const [system, value] of [
      ['national-id', ''],
      ['national-id', ' \t '],
      ['', 'canary'],
      ['a\nb', 'canary'],
    ] as const) {
      expect(() => hasher.hashIdentifier(system, value)).toThrow(InvalidIdentifier)
      expect(() => hasher.hashIdentifier(system, value)).not.toThrow('canary')
    }
    expect(() => new HmacIdentifierHasher(Buffer.alloc(31))).toThrow(InvalidIdentifier)
  })

  test('a hash is 64 hex characters, the same for the same person’s identifier however it was typed', () => {
    const hash = hasher.hashIdentifier('email', 'Ana.Ruiz@school.example')
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    for (const typed of [' Ana.Ruiz@school.example\n', 'ANA.RUIZ@SCHOOL.EXAMPLE', 'Ａna.Ruiz@school.example'])
      expect(hasher.hashIdentifier('email', typed)).toBe(hash)
    expect(hasher.hashIdentifier('name', 'e\u0301')).toBe(hasher.hashIdentifier('name', '\u00e9'))
  })

  test('it never changes: what is in the log must be found again', () => {
    expect(hasher.hashIdentifier('national-id', '12345678Z')).toBe(
      '25ded635e8ba5e19bd38abf28f980fdb9263451fb57679393cd03d4f7bb1ce50',
    )
  })

  test('case counts unless the system ignores it; another system or another secret gives another hash', () => {
    expect(hasher.hashIdentifier('sourcedId', 'abC')).not.toBe(hasher.hashIdentifier('sourcedId', 'abc'))
    expect(hasher.hashIdentifier('a', 'x')).not.toBe(hasher.hashIdentifier('b', 'x'))
    expect(HubSecrets.generate().identifiers().hashIdentifier('a', 'x')).not.toBe(hasher.hashIdentifier('a', 'x'))
    fc.assert(
      fc.property(
        fc.tuple(fc.stringMatching(/^[a-z:]{1,8}$/), fc.stringMatching(/^[a-z:]{1,8}$/)),
        fc.tuple(fc.stringMatching(/^[a-z:]{1,8}$/), fc.stringMatching(/^[a-z:]{1,8}$/)),
        (a, b) => {
          expect(hasher.hashIdentifier(...a) === hasher.hashIdentifier(...b)).toBe(a[0] === b[0] && a[1] === b[1])
        },
      ),
    )
  })
})

describe('the secrets of a hub', () => {
  test('secrets that are not whole are refused, and the refusal does not repeat them', () => {
    const good = JSON.parse(HubSecrets.generate().toText())
    const [id, key] = Object.entries(good.keyEncryptionKeys)[0] as [string, string]
    for (const bad of [
      '',
      'null',
      '[]',
      JSON.stringify({ ...good, current: 'another' }),
      JSON.stringify({ ...good, keyEncryptionKeys: { [id]: key.slice(4) } }),
      JSON.stringify({ ...good, keyEncryptionKeys: {} }),
      JSON.stringify({ ...good, identifierSecret: 'c2hvcnQ' }),
      JSON.stringify({ ...good, identifierSecret: undefined }),
    ]) {
      const error = catching(() => HubSecrets.parse(bad, 'the test'))
      expect(error).toMatchObject({ code: 'KEYRING.SECRETS_UNUSABLE' })
      expect(error.message).not.toContain(key.slice(4))
    }
    expect(catching(() => HubSecrets.fromEnvironment('NOT_SET', {}))).toMatchObject({ code: 'KEYRING.SECRETS_UNUSABLE' })
  })

  test('they come from the environment as they were written, with the same hashes', () => {
    const secrets = HubSecrets.generate()
    const again = HubSecrets.fromEnvironment('SECRETS', { SECRETS: secrets.toText() })
    expect(again.toText()).toBe(secrets.toText())
    expect(again.withNewKey().withCurrentKeyOnly().identifiers().hashIdentifier('a', 'x')).toBe(
      secrets.identifiers().hashIdentifier('a', 'x'),
    )
    expect(JSON.stringify({ secrets })).toBe('{"secrets":"[secrets]"}')
  })
})

function catching(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    return error as Error
  }
  throw new Error('It did not fail.')
}
