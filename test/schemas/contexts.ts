import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Decider, DomainEvent, EventDefinitions } from '@passerelle/event-log'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const contexts = join(root, 'libs/contexts')

export interface ContextEvents {
  /** The folder's name. */
  readonly name: string
  /** `*.events.ts`, in full. */
  readonly files: readonly string[]
  readonly events: readonly EventDefinitions[]
  readonly deciders: readonly Decider<unknown, DomainEvent>[]
}

/** Every context as its files say it: what is not found here is not there. No list to keep. */
export async function loadContexts(): Promise<ContextEvents[]> {
  const found: ContextEvents[] = []
  for (const name of readdirSync(contexts).sort()) {
    const folder = join(contexts, name, 'src')
    const files = readdirSync(folder).sort()
    const eventFiles = files.filter(file => file.endsWith('.events.ts')).map(file => join(folder, file))
    const deciderFiles = files.filter(file => file.endsWith('.decider.ts')).map(file => join(folder, file))
    found.push({
      name,
      files: eventFiles,
      events: await exported<EventDefinitions>(eventFiles, value => value?.definitions instanceof Map),
      deciders: await exported<Decider<unknown, DomainEvent>>(deciderFiles, value => typeof value?.evolve === 'function'),
    })
  }
  return found
}

async function exported<T>(files: readonly string[], is: (value: any) => boolean): Promise<T[]> {
  const values = new Set<T>()
  for (const file of files)
    for (const value of Object.values(await import(pathToFileURL(file).href))) if (is(value)) values.add(value as T)
  return [...values]
}
