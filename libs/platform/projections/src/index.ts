export * from './agency-schema.js'
export * from './define-view.js'
export * from './entitlement-policy.js'
export * from './hub.js'
export * from './projector.js'
export * from './parking.js'
export { waitFor, type WaitOptions, wakeChannel } from './wait-for.js'
export { grantReader } from './agencies.js'
export * from './past.js'
export {
  dropOld,
  dropStale,
  rebuild,
  RebuildDiffers,
  type RebuildOptions,
  type RebuildProgress,
  type RebuildReport,
  RebuildRunning,
} from './rebuild.js'
export { RebuildStopped } from './bulk-fold.js'
export { RebuildUnsound } from './sample-check.js'
export { type Checksum, type Difference } from './compare.js'
export * from './hub-rows.js'
export { runningOtherwise } from './lanes.js'
export * from './status.js'
export * from './audit.js'
