import { PgDatabase } from '@passerelle/database'

/** Databases on a server of our own, one for each region; agencies' roles are of the server, and the same for all. */
export function databasesOf(serverUrl: string) {
  let made = 0
  const administer = async (sql: string) => {
    const db = new PgDatabase({ url: serverUrl, connections: 1 })
    await db.exec(sql).finally(() => db.close())
  }
  return {
    async fresh(): Promise<{ url: string; drop(): Promise<void> }> {
      const name = `proof_${++made}`
      await administer(`create database ${name}`)
      const url = new URL(serverUrl)
      url.pathname = `/${name}`
      return { url: url.href, drop: () => administer(`drop database if exists ${name} with (force)`) }
    },
  }
}
