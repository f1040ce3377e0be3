import Table from 'cli-table3'
import type { Category } from '@passerelle/sharing'

/** Of the rows of one file: each is counted once in one of the last five. */
export interface Counts {
  readonly read: number
  readonly new: number
  readonly changed: number
  readonly unchanged: number
  readonly quarantined: number
  readonly notTaken: number
}
export type Outcome = Exclude<keyof Counts, 'read'>

export interface FeedReport {
  readonly runId: string
  readonly dryRun: boolean
  /** The categories on the feed's list (R-V.6). */
  readonly mayWrite: readonly Category[]
  /** By file and what its rows are. */
  readonly files: readonly { readonly file: string; readonly entity: string; readonly counts: Counts }[]
  readonly totals: Counts
  readonly events: number
  /** By event type. */
  readonly eventTypes: Readonly<Record<string, number>>
  /** Records that a complete set no longer has. */
  readonly ended: number
  /** Why rows stand in quarantine or were left out: code or sentence → how many. */
  readonly quarantine: readonly {
    readonly file: string
    readonly code: string
    readonly reason: string
    readonly rows: number
    readonly first: string
  }[]
  readonly left: readonly { readonly entity: string; readonly why: string; readonly rows: number }[]
  readonly remarks: readonly string[]
  /** Files with rows that were not read and stand in no total: it is not known how many. */
  readonly unread: readonly string[]
  /** Files and folders that stand there and hold nothing that was read. */
  readonly passedOver: readonly string[]
  /** Every row read is in exactly one of the outcomes. */
  readonly reconciles: boolean
}

export const OUTCOMES: readonly Outcome[] = ['new', 'changed', 'unchanged', 'quarantined', 'notTaken']
const ZERO: Counts = { read: 0, new: 0, changed: 0, unchanged: 0, quarantined: 0, notTaken: 0 }

/** Counts as the feed goes. */
export class Tally {
  private readonly byFile = new Map<string, { file: string; entity: string; counts: Record<keyof Counts, number> }>()
  private readonly faults = new Map<string, { file: string; code: string; reason: string; rows: number; first: string }>()
  private readonly left = new Map<string, { entity: string; why: string; rows: number }>()
  private readonly types = new Map<string, number>()
  private readonly unreadFiles = new Set<string>()
  private readonly passedOverFiles = new Set<string>()
  readonly remarks: string[] = []
  ended = 0

  count(file: string, entity: string, what: keyof Counts): void {
    const key = `${file} ${entity}`
    let row = this.byFile.get(key)
    if (!row) this.byFile.set(key, (row = { file, entity, counts: { ...ZERO } }))
    row.counts[what]++
  }
  fault(file: string, code: string, reason: string, at: string): void {
    const key = `${file} ${code} ${reason}`
    const known = this.faults.get(key)
    if (known) known.rows++
    // A partner's file can be wrong in endless ways; the table is for people.
    else if (this.faults.size < 200) this.faults.set(key, { file, code, reason, rows: 1, first: at })
  }
  leftOut(entity: string, why: string): void {
    const key = `${entity} ${why}`
    const known = this.left.get(key)
    if (known) known.rows++
    else this.left.set(key, { entity, why, rows: 1 })
  }
  unread(file: string): void {
    this.unreadFiles.add(file)
  }
  passedOver(file: string): void {
    this.passedOverFiles.add(file)
  }
  event(type: string): void {
    this.types.set(type, (this.types.get(type) ?? 0) + 1)
  }
  remark(text: string): void {
    if (this.remarks.length < 200) this.remarks.push(text)
  }

  get totals(): Counts {
    const totals = { ...ZERO } as Record<keyof Counts, number>
    for (const { counts } of this.byFile.values())
      for (const key of Object.keys(totals) as (keyof Counts)[]) totals[key] += counts[key]
    return totals
  }

  report(runId: string, dryRun: boolean, mayWrite: readonly Category[]): FeedReport {
    const files = [...this.byFile.values()]
    return {
      runId,
      dryRun,
      mayWrite,
      files,
      totals: this.totals,
      events: [...this.types.values()].reduce((sum, count) => sum + count, 0),
      eventTypes: Object.fromEntries([...this.types].sort(([a], [b]) => a.localeCompare(b))),
      ended: this.ended,
      quarantine: [...this.faults.values()],
      left: [...this.left.values()],
      remarks: this.remarks,
      unread: [...this.unreadFiles],
      passedOver: [...this.passedOverFiles],
      reconciles: files.every(({ counts }) => counts.read === OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0)),
    }
  }
}

/** The report as tables for a terminal. */
export function printReport(report: FeedReport): string {
  const style = { head: [], border: [] }
  const counts = new Table({
    head: ['file', 'what', 'read', 'new', 'changed', 'unchanged', 'quarantined', 'not taken'],
    style,
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
  })
  const cells = (c: Counts) => [c.read, c.new, c.changed, c.unchanged, c.quarantined, c.notTaken]
  for (const { file, entity, counts: c } of report.files) counts.push([file, entity, ...cells(c)])
  counts.push(['total', '', ...cells(report.totals)])
  const parts = [counts.toString()]
  if (report.quarantine.length > 0) {
    const table = new Table({
      head: ['file', 'code', 'rows', 'first at', 'reason'],
      style,
      colWidths: [null, null, null, 24, 70],
      wordWrap: true,
      colAligns: ['left', 'left', 'right', 'left', 'left'],
    })
    for (const { file, code, rows, first, reason } of report.quarantine) table.push([file, code, rows, first, reason])
    parts.push('In quarantine:', table.toString())
  }
  if (report.left.length > 0) {
    const table = new Table({
      head: ['what', 'rows', 'not taken because'],
      style,
      colWidths: [null, null, 90],
      wordWrap: true,
      colAligns: ['left', 'right', 'left'],
    })
    for (const { entity, rows, why } of report.left) table.push([entity, rows, why])
    parts.push('Not taken:', table.toString())
  }
  for (const remark of report.remarks) parts.push(`• ${remark}`)
  const events = Object.entries(report.eventTypes).map(([type, count]) => `${count} ${type}`)
  parts.push(
    `This feed may write of people: ${report.mayWrite.join(', ') || 'nothing'}.`,
    `${report.dryRun ? 'Dry run: nothing was written. It would record' : 'Recorded'} ${report.events} event(s)${events.length > 0 ? `: ${events.join(', ')}` : ''}.`,
    ...(report.ended > 0 ? [`${report.ended} record(s) are no longer in the partner's complete set.`] : []),
    ...(report.unread.length > 0
      ? [`NOT READ TO THE END: ${report.unread.join(', ')}. How many rows there are is not known, and they stand in no total.`]
      : []),
    ...(report.passedOver.length > 0
      ? [`NOT READ AT ALL: ${report.passedOver.length} of the files and folders that stand there, as said above.`]
      : []),
    report.reconciles
      ? `Totals reconcile: ${report.totals.read} read = ${OUTCOMES.map(o => `${report.totals[o]} ${o === 'notTaken' ? 'not taken' : o}`).join(' + ')}.`
      : 'TOTALS DO NOT RECONCILE: rows were read whose outcome is not known. Do not rely on this run; report it with its id.',
    `Run ${report.runId}.`,
  )
  return parts.join('\n')
}
