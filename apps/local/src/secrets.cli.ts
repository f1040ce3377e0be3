import { HubSecrets } from '@passerelle/keyring'

const usage = `secrets: prints new secrets for a hub: the keys that seal personal data, and what identifiers are hashed with.

  npm run --silent secrets > hub-secrets.json && chmod 600 hub-secrets.json

Make them once for each hub, and keep a copy where the database's backups are not: without them nothing personal can be read again.`

const asked = process.argv.slice(2)
if (asked.length === 0) console.log(HubSecrets.generate().toText())
else {
  console.log(usage)
  process.exitCode = asked.includes('--help') || asked.includes('-h') ? 0 : 1
}
