import type { Ground } from './disclosure.js'
import type { Page, ReadRow } from './query.js'

/** How a row is made of one that came in one form or another. */
export interface Form<R> {
  readonly valuesOf: (row: R) => Record<string, unknown>
  readonly redactionsOf: (row: R) => ReadRow['redactions']
  readonly placeOf: (row: R) => unknown[]
  /** The cursor of a place. */
  readonly seal: (place: readonly unknown[]) => string
}

/** Rows as they were found, one more than is shown where there is a next page; cursors are made where they are asked for. */
export class ReadPage<R> implements Page {
  readonly rows: readonly ReadRow[]
  readonly hasNextPage: boolean

  constructor(
    private readonly form: Form<R>,
    private readonly found: readonly R[],
    first: number,
    groundOf: (i: number) => Ground | undefined,
    readonly totalCount: number | undefined,
    readonly below: Page['below'] = [],
  ) {
    this.hasNextPage = found.length > first
    const rows: ReadRow[] = []
    for (let i = 0; i < found.length && i < first; i++)
      rows.push({ values: form.valuesOf(found[i]!), redactions: form.redactionsOf(found[i]!), ground: groundOf(i) })
    this.rows = rows
  }

  cursorOf(row: ReadRow): string {
    return this.form.seal(this.form.placeOf(this.found[this.rows.indexOf(row)]!))
  }
}

/** On what the viewer sees each learner; read only where somebody asks why. */
export class ReadGround implements Ground {
  private parsed: Ground['because'] | undefined
  constructor(
    readonly position: string,
    private readonly text: string | null,
  ) {}

  get because(): Ground['because'] {
    return (this.parsed ??= this.text === null ? [] : (JSON.parse(this.text) as Ground['because']))
  }
}
