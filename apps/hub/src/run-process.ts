/** A started process: what to say once it is up, and how to end it. */
export interface Started {
  readonly ready: string
  close(): Promise<void>
}

/**
 * Runs a process of the hub from start to end: `--help`, one line when it is up, one line with the cure when it cannot start, and an orderly end on
 * SIGTERM or SIGINT.
 */
export async function runProcess(name: string, usage: string, start: () => Promise<Started>): Promise<void> {
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    console.log(usage)
    return
  }
  const tooOld = nodeTooOld(process.versions.node)
  if (tooOld !== undefined) {
    console.error(`${name} cannot start. ${tooOld}`)
    process.exit(1)
  }
  let started: Started
  try {
    started = await start()
  } catch (error) {
    console.error(`${name} cannot start. ${(error as Error).message}`)
    // What was opened before the fault must not keep the process.
    process.exit(1)
  }
  console.log(started.ready)
  let ending = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (ending) process.exit(1)
      ending = true
      void started.close().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
}

/** The first that has all that the hub is written in; `npm install` brings it along. */
const oldestNode = { major: 24, minor: 9 }

/** What to say to whoever runs it with a Node.js of their own that is older; undefined where it is new enough. */
export function nodeTooOld(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldestNode.major || (major === oldestNode.major && minor >= oldestNode.minor)) return undefined
  return `It needs Node.js ${oldestNode.major}.${oldestNode.minor} or newer, and this is ${version}. "npm start", like every npm script here, brings its own; else put node_modules/.bin first in PATH.`
}
