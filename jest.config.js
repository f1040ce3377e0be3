/**
 * One runner for every project: unit, integration and journey specs. `npm test -- <pattern>` runs a part. It is started with `--no-compilation-cache`:
 * each spec file compiles its modules anew, and the cache would keep those of every file before in memory, for the collector to look through.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

const { exclude: _specs, ...swc } = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'))

export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@passerelle/source', 'node', 'default'] },
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts', '**/*.int-spec.ts', '**/*.e2e-spec.ts'],
  modulePathIgnorePatterns: ['/dist/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  // PostgreSQL for the specs that ask for it: started by the first of them, ended with the run.
  globalSetup: '<rootDir>/libs/platform/testing/src/jest-setup.ts',
  globalTeardown: '<rootDir>/libs/platform/testing/src/jest-teardown.ts',
  setupFiles: ['<rootDir>/libs/platform/testing/src/jest-graphql.js'],
  testSequencer: '<rootDir>/libs/platform/testing/src/jest-sequencer.js',
  // A fourth of a journey is waiting.
  maxWorkers: availableParallelism() + 1,
  testTimeout: 60_000,
}
