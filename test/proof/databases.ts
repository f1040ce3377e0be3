import { PgDatabase } from '@passerelle/database'
import { ProofHub } from './proof-hub.js'

/** Databases on a server of our own, one for each region, with all tables made; agencies' roles are of the server, and the same for all. */
export function databasesOf(serverUrl: string) {
  let made = 0
  const administer = async (sql: string) => {
    const db = new PgDatabase({ url: serverUrl, connections: 1 })
    await db.exec(sql).finally(() => db.close())
  }
  const urlOf = (name: string) => {
    const url = new URL(serverUrl)
    url.pathname = `/${name}`
    return url.href
  }
  let prepared: Promise<void> | undefined
  const prepare = async () => {
    await administer('create database proof_prepared')
    await (await ProofHub.open(urlOf('proof_prepared'))).close()
  }
  return {
    async fresh(): Promise<{ url: string; drop(): Promise<void> }> {
      await (prepared ??= prepare())
      const name = `proof_${++made}`
      await administer(`create database ${name} template proof_prepared`)
      return { url: urlOf(name), drop: () => administer(`drop database if exists ${name} with (force)`) }
    },
  }
}
