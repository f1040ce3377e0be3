import { csvRows } from '../reading/csv-rows.js'
import { decodeText, utf8Bytes } from '../reading/encoding.js'
import type { Folder } from '../reading/index.js'
import { KeyIndex } from '../reading/key-index.js'

/** Who is a learner's contact by their role. */
export const contactRoles: ReadonlySet<string> = new Set(['parent', 'guardian', 'relative'])

/** What somebody is for the hub, by all their roles together. */
export interface RosterRoles {
  readonly learner: boolean
  readonly staff: boolean
  /** Of a learner's contact: how they are related. */
  readonly contact?: string
}

/** Who is a learner, and who is somebody's contact, before the first person is read: registers say it in other files, or further down. */
export class RosterPeople {
  private readonly learners = new KeyIndex()
  private readonly teachers = new KeyIndex()
  private readonly others = new KeyIndex()
  private readonly admitted = new KeyIndex()
  private readonly shutOut = new KeyIndex()
  /** Contacts of learners: what is kept of them is a name. */
  private readonly contacts = new Map<string, { name?: string; relation: string }>()
  /** Learner → contacts, whoever's row says it, and the other way round. */
  private readonly contactsOf = new Map<string, Set<string>>()
  private readonly wardsOf = new Map<string, Set<string>>()

  /**
   * Of a row that gives a role. `ofStaff` are the roles, in lower case, that give something in the hub, whatever else somebody is; in another they are
   * staff where they are nothing else.
   */
  addRole(id: string, written: string, ofStaff: { has(role: string): boolean }): void {
    const role = wordOf(written)
    const index = role === 'student' ? this.learners : ofStaff.has(role) ? this.teachers : role ? this.others : undefined
    index?.add(id, '')
  }
  /** By what the register says, and by what the hub knows from before: of a set with all roles nothing need be known. */
  rolesOf(id: string, before?: RosterRoles): RosterRoles {
    const is = (index: KeyIndex) => index.state(id) === 'good'
    const learner = is(this.learners) || before?.learner === true
    const contact = this.contacts.get(id)?.relation ?? before?.contact
    const neither = !learner && contact === undefined && (!before || is(this.others))
    return { learner, staff: is(this.teachers) || before?.staff === true || neither, ...(contact && { contact }) }
  }
  /** Whether the register lets them into its own systems; undefined where their row was not sent. */
  hasAccess(id: string): boolean | undefined {
    if (this.shutOut.state(id) === 'good') return false
    return this.admitted.state(id) === 'good' ? true : undefined
  }
  addAccess(id: string, has: boolean): void {
    const index = has ? this.admitted : this.shutOut
    index.add(id, '')
  }
  addContact(id: string, relation: string): void {
    const known = this.contacts.get(id)
    this.contacts.set(id, { ...known, relation: known?.relation ?? relation })
  }
  isContact(id: string): boolean {
    return this.contacts.has(id)
  }
  nameContact(id: string, name: string): void {
    const known = this.contacts.get(id)
    if (known) this.contacts.set(id, { ...known, name })
  }
  link(learner: string, contact: string): void {
    for (const [of, from, to] of [
      [this.contactsOf, learner, contact],
      [this.wardsOf, contact, learner],
    ] as const)
      of.set(from, (of.get(from) ?? new Set()).add(to))
  }
  contact(id: string): { readonly name?: string; readonly relation: string } | undefined {
    return this.contacts.get(id)
  }
  /** Contacts with a name, in the order of their ids. */
  contactsFor(learner: string): { readonly id: string; readonly name: string; readonly relation: string }[] {
    return [...(this.contactsOf.get(learner) ?? [])].sort().flatMap(id => {
      const contact = this.contacts.get(id)
      return contact?.name ? [{ id, name: contact.name, relation: contact.relation }] : []
    })
  }
  wardsFor(contact: string): readonly string[] {
    return [...(this.wardsOf.get(contact) ?? [])].sort()
  }
}

/** The sound cells of some columns of a file, row by row; nothing where there is no such file. Faults are told by the reader itself. */
export async function* cellsOf<C extends string>(
  folder: Folder,
  file: string,
  columns: readonly C[],
): AsyncIterable<Record<C, string>> {
  const name = folder.files.find(each => each.toLowerCase() === file.toLowerCase())
  if (!name) return
  let at: number[] = []
  let width = 0
  for await (const page of csvRows(from => utf8Bytes(offset => folder.open(name, offset), from)))
    for (const row of page) {
      if (!('cells' in row)) continue
      try {
        if (row.row === 1) {
          const header = row.cells.map(cell => decodeText(cell).toLowerCase())
          at = columns.map(column => header.indexOf(column.toLowerCase()))
          width = header.length
        } else if (row.cells.length === width) {
          const cells = {} as Record<C, string>
          columns.forEach((column, i) => (cells[column] = at[i]! < 0 ? '' : decodeText(row.cells[at[i]!]!)))
          yield cells
        }
      } catch {
        // Not UTF-8: the reader quarantines it.
      }
    }
}

export const fullName = (given: string | undefined, family: string | undefined): string | undefined =>
  [given, family].filter(Boolean).join(' ').slice(0, 500) || undefined

/** A word of the standard's, as it is compared: see `oneOf`. */
export const wordOf = (cell: string): string => cell.trim().toLowerCase()
