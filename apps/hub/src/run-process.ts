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
