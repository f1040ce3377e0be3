import type { Adapter, AdapterPayload } from 'oidc-provider'

/** Sessions, codes and grants of the development provider: in memory, gone with the process. Access tokens are not kept at all. */
export function createStore(): (kind: string) => Adapter {
  const kept = new Map<string, { payload: AdapterPayload; until: number }>()
  const find = (key: string) => {
    const entry = kept.get(key)
    if (entry && entry.until < Date.now()) kept.delete(key)
    return kept.get(key)?.payload
  }
  const findBy = (kind: string, name: 'uid' | 'userCode', value: string) => {
    for (const [key, { payload }] of kept) if (key.startsWith(`${kind}:`) && payload[name] === value) return find(key)
    return undefined
  }
  return kind => ({
    async upsert(id, payload, expiresIn) {
      for (const key of kept.keys()) find(key)
      kept.set(`${kind}:${id}`, { payload, until: expiresIn ? Date.now() + expiresIn * 1_000 : Infinity })
    },
    find: async id => find(`${kind}:${id}`),
    findByUid: async uid => findBy(kind, 'uid', uid),
    findByUserCode: async userCode => findBy(kind, 'userCode', userCode),
    async consume(id) {
      const payload = find(`${kind}:${id}`)
      if (payload) payload.consumed = Math.floor(Date.now() / 1_000)
    },
    destroy: async id => void kept.delete(`${kind}:${id}`),
    async revokeByGrantId(grantId) {
      for (const [key, { payload }] of kept) if (payload.grantId === grantId) kept.delete(key)
    },
  })
}
