import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { until } from './story-hub.fixture.js'

/** One of the programs, in a process of its own, as it is started by hand. */
export interface AppProcess {
  readonly url: string
  /** Ends it, and says how it ended. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: string | null }>
}

/** Starts `apps/<name>` and waits for the line with which it is up. @throws with what it said, where it ends before */
export async function startApp(name: 'api' | 'worker' | 'connector', environment: NodeJS.ProcessEnv): Promise<AppProcess> {
  const child = spawn(
    process.execPath,
    ['--import', '@swc-node/register/esm-register', '--conditions=@passerelle/source', `apps/${name}/src/main.ts`],
    { env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (said += chunk))
  const isUp = async () => {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${said}`)
    return new RegExp(`^${name} answers at (http://\\S+)`, 'm').exec(said)?.[1]
  }
  const url = await until(`${name} is up`, isUp, 90)
  return {
    url,
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}
