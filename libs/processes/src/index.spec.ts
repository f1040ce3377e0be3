import { readdir } from 'node:fs/promises'
import { allProcesses } from './index.js'

test('every process file is among all processes, under its own name', async () => {
  const files = (await readdir(import.meta.dirname)).filter(file => file.endsWith('.process.ts'))
  expect(allProcesses.map(({ name }) => `${name}.process.ts`).sort()).toEqual(files.sort())
})
