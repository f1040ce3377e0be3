/** Runs jobs at most `width` at a time, those of one lane one after the other in their order. The first error stops what has not begun. */
export async function inLanes(
  jobs: readonly { readonly lane: string; readonly job: () => Promise<void> }[],
  width: number,
): Promise<void> {
  const lanes = [...Map.groupBy(jobs, each => each.lane).values()]
  let next = 0
  let failed = false
  const worker = async () => {
    while (next < lanes.length && !failed) {
      const lane = lanes[next++]!
      for (const { job } of lane) {
        if (failed) return
        try {
          await job()
        } catch (error) {
          failed = true
          throw error
        }
      }
    }
  }
  const results = await Promise.allSettled(Array.from({ length: Math.min(width, lanes.length) }, worker))
  const broken = results.find(result => result.status === 'rejected')
  if (broken) throw broken.reason
}
