import { categories, type Category } from '@passerelle/sharing'
import {
  BoxBroken,
  Erased,
  erased,
  InvalidKey,
  type Keyring,
  type LedgerEntry,
  NotSealable,
  type Sealed,
} from '@passerelle/keyring'
import fc from 'fast-check'

export type DurableKeyring = Keyring & { rewrap(): Promise<number> }

/** Where the keyrings of one test keep their keys. */
export interface KeyringPlace<K extends Keyring = Keyring> {
  open(options?: { ledger?: readonly LedgerEntry[] }): Promise<K>
  remove(): Promise<void>
}
export interface DurablePlace extends KeyringPlace<DurableKeyring> {
  /** Keeps what a backup holds now: keys and the ledger that stands with them. Returns how to put it back, both with nothing open. */
  backup(): Promise<() => Promise<void>>
  /** A new key-encryption key wraps from the next `open` on. */
  newKeyEncryptionKey(): Promise<void>
  /** From the next `open` on there is only the newest one. */
  dropOldKeyEncryptionKeys(): Promise<void>
}

const aCategory = fc.constantFrom<Category>('C1', 'C2', 'C5', 'C14', 'C18')
const aSubject = fc.constantFrom('learner-1', 'learner-2', 'org/7:learner.é', '0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000')
const binding = 'consent-7|event-1|/reason'
const reason = 'erasureRequest'
const entry = (subject: string, category: Category, destroyedAt: string): LedgerEntry => ({
  subject,
  category,
  destroyedAt,
  reason: 'retentionEnded',
})

async function sealOne(keyring: Keyring, subject: string, category: Category, value: unknown, at = binding): Promise<Sealed> {
  const [sealed] = await keyring.seal([{ subject, category, value, binding: at }])
  return sealed!
}
async function openOne(keyring: Keyring, subject: string, sealed: Sealed, at = binding): Promise<unknown> {
  const [value] = await keyring.open([{ subject, sealed, binding: at }])
  return value
}
const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => {
      throw new Error('It did not fail.')
    },
    (error: Error) => error,
  )
const wordsOf = (error: Error): string =>
  JSON.stringify({ ...error, message: error.message, stack: error.stack, cause: error.cause })

/** What every keyring does, wherever it keeps its keys. */
export function keyringContract(name: string, makePlace: () => Promise<KeyringPlace>): void {
  describe(`the keyring, ${name}`, () => {
    let place: KeyringPlace
    let keyring: Keyring
    beforeAll(async () => {
      place = await makePlace()
      keyring = await place.open()
    })
    afterAll(async () => {
      await keyring.close()
      await place.remove()
    })
    let made = 0
    const newSubject = () => `learner-new-${++made}`

    test('any JSON value comes back from its box as it was', () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ subject: aSubject, category: aCategory, value: fc.jsonValue(), binding: fc.string() }), {
            maxLength: 12,
          }),
          async items => {
            const sealed = await keyring.seal(items)
            expect(sealed.map(s => s.$sealed)).toEqual(items.map(i => i.category))
            const opened = await keyring.open(items.map((item, i) => ({ ...item, sealed: sealed[i]! })))
            expect(opened).toEqual(items.map(item => JSON.parse(JSON.stringify(item.value))))
          },
        ),
        { numRuns: 60 },
      ))

    test('what is no JSON value is refused, and the refusal does not repeat it', async () => {
      const circle: Record<string, unknown> = { canaryField: 'canary' }
      circle['self'] = circle
      for (const value of [undefined, () => 'canary', 10n, circle, erased])
        await expect(sealOne(keyring, 'learner-1', 'C2', value)).rejects.toThrow(NotSealable)
      expect(wordsOf(await failureOf(sealOne(keyring, 'learner-1', 'C2', circle)))).not.toContain('canary')
    })

    test('a subject or category that cannot be is refused', async () => {
      for (const [subject, category] of [
        ['', 'C1'],
        ['a\nb', 'C1'],
        ['x'.repeat(201), 'C1'],
        ['learner-1', 'C19'],
      ] as const) {
        await expect(sealOne(keyring, subject, category as Category, 1)).rejects.toThrow(InvalidKey)
        await expect(keyring.destroy(subject, category as Category, reason)).rejects.toThrow(InvalidKey)
      }
      expect(await keyring.seal([])).toEqual([])
      expect(await keyring.open([])).toEqual([])
    })

    test('a box opens only where it was sealed, for whom and as what', async () => {
      const sealed = await sealOne(keyring, 'learner-1', 'C2', 'canary')
      await keyring.seal([
        { subject: 'learner-2', category: 'C2', value: 0, binding },
        { subject: 'learner-1', category: 'C5', value: 0, binding },
      ])
      for (const wrong of [
        openOne(keyring, 'learner-1', sealed, 'consent-7|event-2|/reason'),
        openOne(keyring, 'learner-2', sealed),
        openOne(keyring, 'learner-1', { ...sealed, $sealed: 'C5' }),
      ]) {
        const error = await failureOf(wrong)
        expect(error).toBeInstanceOf(BoxBroken)
        expect(wordsOf(error)).not.toContain('canary')
      }
      expect(await openOne(keyring, 'learner-1', sealed)).toBe('canary')
    })

    test('a box that was altered in any way does not open', async () => {
      const { $sealed, box } = await sealOne(keyring, 'learner-1', 'C2', 'canary')
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= '
      const altered = fc.oneof(
        fc
          .tuple(fc.nat(box.length - 1), fc.constantFrom(...alphabet))
          .map(([at, letter]) => box.slice(0, at) + letter + box.slice(at + 1)),
        fc.nat(box.length - 1).map(length => box.slice(0, length)),
        fc.constantFrom(...alphabet).map(letter => box + letter),
        fc.string(),
      )
      await fc.assert(
        fc.asyncProperty(
          altered.filter(text => text !== box),
          async text => {
            const error = await failureOf(openOne(keyring, 'learner-1', { $sealed, box: text }))
            expect(error).toBeInstanceOf(BoxBroken)
            expect(wordsOf(error)).not.toContain('canary')
          },
        ),
        { numRuns: 200 },
      )
      // The last character has bits to spare: each of its spellings is tried.
      for (const letter of alphabet)
        if (!box.endsWith(letter))
          await expect(openOne(keyring, 'learner-1', { $sealed, box: box.slice(0, -1) + letter })).rejects.toThrow(BoxBroken)
    })

    test('the same value twice gives two boxes, and short values give boxes of one length', async () => {
      const values = [true, false, null, 0, 'no', 'yes', 'yes', 'selfHarmIdeation', '2011-03-01']
      const boxes = (
        await keyring.seal(values.map(value => ({ subject: 'learner-1', category: 'C2' as const, value, binding })))
      ).map(s => s.box)
      expect(new Set(boxes).size).toBe(values.length)
      expect(new Set(boxes.map(box => box.length)).size).toBe(1)
    })

    test('an unknown key is an error, never an erased value', async () => {
      const sealed = await sealOne(keyring, 'learner-1', 'C2', 'canary')
      const error = await failureOf(openOne(keyring, newSubject(), sealed))
      expect(error).toMatchObject({ code: 'KEYRING.UNKNOWN_KEY' })
      expect(wordsOf(error)).not.toContain('canary')
    })

    test('a destroyed key reads as erased and seals nothing more; the other keys go on', async () => {
      const subject = newSubject()
      const [gone, kept] = await keyring.seal([
        { subject, category: 'C2', value: 'canary', binding },
        { subject, category: 'C5', value: 'kept', binding },
      ])
      const [standing] = await keyring.destroy(subject, 'C2', reason)
      expect(standing).toMatchObject({ subject, category: 'C2', reason })
      const opened = await keyring.open([gone!, kept!].map(sealed => ({ subject, sealed, binding })))
      expect(opened).toEqual([erased, 'kept'])
      expect(opened[0]).toBeInstanceOf(Erased)
      await expect(sealOne(keyring, subject, 'C2', 1)).rejects.toMatchObject({ code: 'KEYRING.KEY_DESTROYED' })
      await expect(
        keyring.seal([
          { subject, category: 'C5', value: 1, binding },
          { subject, category: 'C2', value: 1, binding },
        ]),
      ).rejects.toMatchObject({ code: 'KEYRING.KEY_DESTROYED' })
    })

    test('destroying twice changes nothing: the first entry stands', async () => {
      const subject = newSubject()
      const first = await keyring.destroy(subject, 'C2', 'unlawfulProcessing')
      expect(await keyring.destroy(subject, 'C2', reason)).toEqual(first)
      expect((await keyring.ledger()).filter(e => e.subject === subject)).toEqual(first)
      const all = await keyring.destroy(subject, undefined, reason)
      expect(all.map(e => [e.category, e.reason])).toEqual(categories.map(c => [c, c === 'C2' ? 'unlawfulProcessing' : reason]))
    })

    test('destroying a whole subject covers categories that were never used', async () => {
      const subject = newSubject()
      const sealed = await sealOne(keyring, subject, 'C2', 'canary')
      expect((await keyring.destroy(subject, undefined, reason)).map(e => e.category)).toEqual([...categories])
      expect(await openOne(keyring, subject, sealed)).toBe(erased)
      for (const category of categories)
        await expect(sealOne(keyring, subject, category, 1)).rejects.toMatchObject({ code: 'KEYRING.KEY_DESTROYED' })
    })

    test('a ledger from elsewhere is applied as it is, once', async () => {
      const subject = newSubject()
      const sealed = await sealOne(keyring, subject, 'C2', 'canary')
      const entries = [entry(subject, 'C7', '2026-03-02T10:00:00.000Z'), entry(subject, 'C2', '2026-03-01T09:30:00.000Z')]
      for (let time = 0; time < 2; time++) {
        await keyring.applyLedger(entries)
        expect((await keyring.ledger()).filter(e => e.subject === subject)).toEqual([entries[1], entries[0]])
      }
      expect(await openOne(keyring, subject, sealed)).toBe(erased)
      await expect(sealOne(keyring, subject, 'C7', 1)).rejects.toMatchObject({ code: 'KEYRING.KEY_DESTROYED' })
      const instants = (await keyring.ledger()).map(e => e.destroyedAt)
      expect(instants).toEqual([...instants].sort())
    })

    test('a ledger with one entry that cannot be is refused as a whole', async () => {
      const subject = newSubject()
      const good = entry(subject, 'C2', '2026-03-01T09:30:00.000Z')
      const wrong: unknown[] = [
        { ...good, category: 'C0' },
        { ...good, destroyedAt: 'yesterday' },
        { ...good, reason: 'because' },
        { ...good, subject: '' },
      ]
      for (const bad of wrong) await expect(keyring.applyLedger([good, bad as LedgerEntry])).rejects.toThrow(InvalidKey)
      expect((await keyring.ledger()).filter(e => e.subject === subject)).toEqual([])
    })

    test('many who seal for the same new subject at once all use one key', async () => {
      const subject = newSubject()
      const sealed = await Promise.all(Array.from({ length: 20 }, (_, i) => sealOne(keyring, subject, 'C2', i)))
      const opened = await keyring.open(sealed.map(s => ({ subject, sealed: s, binding })))
      expect(opened).toEqual(sealed.map((_, i) => i))
    })

    test('what is sealed while its key is destroyed is refused or erased, never readable', async () => {
      for (let round = 0; round < 10; round++) {
        const subject = newSubject()
        const sealing = Array.from({ length: 4 }, () => sealOne(keyring, subject, 'C2', 'canary').catch((error: Error) => error))
        const destroyed = keyring.destroy(subject, 'C2', reason)
        const results = await Promise.all(sealing)
        await destroyed
        for (const result of results) {
          if (result instanceof Error) expect(result).toMatchObject({ code: 'KEYRING.KEY_DESTROYED' })
          else expect(await openOne(keyring, subject, result)).toBe(erased)
        }
      }
    })
  })
}

/** What a keyring does whose keys outlive its process. */
export function durableKeyringContract(name: string, makePlace: () => Promise<DurablePlace>): void {
  describe(`the durable keyring, ${name}`, () => {
    let place: DurablePlace
    beforeEach(async () => {
      place = await makePlace()
    })
    afterEach(() => place.remove())
    const using = async <T>(
      work: (keyring: DurableKeyring) => Promise<T>,
      options?: { ledger?: readonly LedgerEntry[] },
    ): Promise<T> => {
      const keyring = await place.open(options)
      try {
        return await work(keyring)
      } finally {
        await keyring.close()
      }
    }

    test('whatever is sealed, destroyed and restarted in whatever order: open gives the value, or erased where the ledger says so', async () => {
      const step = fc.oneof(
        { weight: 4, arbitrary: fc.record({ do: fc.constant('seal' as const), subject: aSubject, category: aCategory }) },
        {
          weight: 1,
          arbitrary: fc.record({
            do: fc.constant('destroy' as const),
            subject: aSubject,
            category: fc.option(aCategory, { nil: undefined }),
          }),
        },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
      )
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), fc.uuid(), async (steps, run) => {
          let keyring = await place.open()
          try {
            const gone = new Set<string>()
            const sealed: { subject: string; category: Category; sealed: Sealed; value: number; binding: string }[] = []
            for (const [value, s] of steps.entries()) {
              if (s.do === 'restart') {
                await keyring.close()
                keyring = await place.open()
                continue
              }
              // Each run has subjects of its own in the one place.
              const subject = `${run}:${s.subject}`
              if (s.do === 'destroy') {
                for (const e of await keyring.destroy(subject, s.category, reason)) gone.add(`${subject}/${e.category}`)
                continue
              }
              const made = sealOne(keyring, subject, s.category, value, `b${value}`)
              if (gone.has(`${subject}/${s.category}`))
                await expect(made).rejects.toMatchObject({ code: 'KEYRING.KEY_DESTROYED' })
              else sealed.push({ subject, category: s.category, sealed: await made, value, binding: `b${value}` })
            }
            expect(await keyring.open(sealed)).toEqual(
              sealed.map(s => (gone.has(`${s.subject}/${s.category}`) ? erased : s.value)),
            )
            expect(
              (await keyring.ledger())
                .filter(e => e.subject.startsWith(run))
                .map(e => `${e.subject}/${e.category}`)
                .sort(),
            ).toEqual([...gone].sort())
          } finally {
            await keyring.close()
          }
        }),
        { numRuns: 15 },
      )
    })

    test('a restored backup is brought to the ledger before anything is served', async () => {
      const [gone, kept] = await using(k =>
        k.seal([
          { subject: 'learner-1', category: 'C2', value: 'canary', binding },
          { subject: 'learner-1', category: 'C5', value: 'kept', binding },
        ]),
      )
      const restore = await place.backup()
      const ledger = await using(async k => {
        await k.destroy('learner-1', 'C2', reason)
        await k.destroy('learner-2', undefined, reason)
        return k.ledger()
      })
      await restore()
      const check = async (k: Keyring) => {
        expect(await k.open([gone!, kept!].map(sealed => ({ subject: 'learner-1', sealed, binding })))).toEqual([erased, 'kept'])
        await expect(sealOne(k, 'learner-1', 'C2', 1)).rejects.toMatchObject({ code: 'KEYRING.KEY_DESTROYED' })
        await expect(sealOne(k, 'learner-2', 'C18', 1)).rejects.toMatchObject({ code: 'KEYRING.KEY_DESTROYED' })
        expect(await k.ledger()).toEqual(ledger)
      }
      await using(check, { ledger })
      // And from then on without being told.
      await using(check)
    })

    test('with a new key-encryption key everything opens; once all is wrapped anew the old one is not needed, and old backups are shut', async () => {
      const subjects = Array.from({ length: 30 }, (_, i) => `learner-${i}`)
      const items = subjects.map(subject => ({ subject, category: 'C2' as const, value: subject, binding }))
      const sealed = await using(k => k.seal(items))
      const openAll = (k: Keyring) => k.open(items.map((item, i) => ({ ...item, sealed: sealed[i]! })))
      await using(k => k.destroy('learner-0', 'C2', reason))
      const expected = [erased, ...subjects.slice(1)]
      const restore = await place.backup()
      await place.newKeyEncryptionKey()
      const fresh = await using(async k => {
        expect(await openAll(k)).toEqual(expected)
        const later = await sealOne(k, 'learner-new', 'C2', 'new')
        expect(await k.rewrap()).toBe(29)
        expect(await k.rewrap()).toBe(0)
        expect(await openAll(k)).toEqual(expected)
        return later
      })
      await place.dropOldKeyEncryptionKeys()
      await using(async k => {
        expect(await openAll(k)).toEqual(expected)
        expect(await openOne(k, 'learner-new', fresh)).toBe('new')
      })
      await restore()
      await expect(place.open()).rejects.toMatchObject({ code: 'KEYRING.CANNOT_UNWRAP' })
    })
  })
}

/** What a keyring does that several processes use at once. */
export function sharedKeyringContract(name: string, makePlace: () => Promise<KeyringPlace>): void {
  describe(`the shared keyring, ${name}`, () => {
    let place: KeyringPlace
    let one: Keyring
    let other: Keyring
    beforeAll(async () => {
      place = await makePlace()
      ;[one, other] = await Promise.all([place.open(), place.open()])
    })
    afterAll(async () => {
      await one.close()
      await other.close()
      await place.remove()
    })

    test('two that make the same keys at once end with one key each', async () => {
      const items = Array.from({ length: 40 }, (_, i) => ({
        subject: `learner-${i}`,
        category: 'C2' as const,
        value: i,
        binding,
      }))
      const sealed = await Promise.all([
        one.seal(items),
        other.seal([...items].reverse()),
        one.seal(items.slice(20)),
        other.seal(items),
      ])
      const third = await place.open()
      for (const k of [one, other, third]) {
        const opened = await k.open(
          sealed.flatMap((batch, b) => {
            const sources = b === 1 ? [...items].reverse() : b === 2 ? items.slice(20) : items
            return batch.map((s, i) => ({ ...sources[i]!, sealed: s }))
          }),
        )
        expect(opened.slice(0, 40)).toEqual(items.map(i => i.value))
        expect(opened.slice(-40)).toEqual(items.map(i => i.value))
      }
      await third.close()
    })

    test('once a destruction is acknowledged, no other process gives plaintext, however warm its keys', async () => {
      for (let round = 0; round < 20; round++) {
        const subject = `forgotten-${round}`
        const [a, b] = await one.seal([
          { subject, category: 'C2', value: 'canary', binding },
          { subject, category: 'C5', value: 'kept', binding },
        ])
        const all = [a!, b!].map(sealed => ({ subject, sealed, binding }))
        expect(await other.open(all)).toEqual(['canary', 'kept'])
        // Readers go on while it is destroyed: what they began before may still give the value, what they begin after may not.
        let acknowledged = false
        const reading = Array.from({ length: 3 }, async () => {
          for (let reads = 0; reads < 10; reads++) {
            const afterwards = acknowledged
            const [value] = await other.open(all)
            if (afterwards) expect(value).toBe(erased)
          }
        })
        await one.destroy(subject, 'C2', reason)
        acknowledged = true
        expect(await other.open(all)).toEqual([erased, 'kept'])
        await expect(sealOne(other, subject, 'C2', 1)).rejects.toMatchObject({ code: 'KEYRING.KEY_DESTROYED' })
        await Promise.all(reading)
      }
    })

    test('of a key that one makes while another destroys it nothing remains', async () => {
      for (let round = 0; round < 20; round++) {
        const subject = `contested-${round}`
        const sealing = [one, other, one].map(k => sealOne(k, subject, 'C2', 'canary').catch((error: Error) => error))
        await other.destroy(subject, undefined, reason)
        for (const result of await Promise.all(sealing)) {
          if (result instanceof Error) expect(result).toMatchObject({ code: 'KEYRING.KEY_DESTROYED' })
          else for (const k of [one, other]) expect(await openOne(k, subject, result)).toBe(erased)
        }
        for (const k of [one, other])
          await expect(sealOne(k, subject, 'C2', 1)).rejects.toMatchObject({ code: 'KEYRING.KEY_DESTROYED' })
      }
    })
  })
}
