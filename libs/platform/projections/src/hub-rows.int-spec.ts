import { type Database, PgliteDatabase } from '@passerelle/database'
import { defineEvents, fields, v1 } from '@passerelle/event-log'
import { column, defineView } from './define-view.js'
import { DatabaseHubRows } from './hub-rows.js'
import { hubDesign } from './tables.js'
import { planOf } from './view-plan.js'

const doorEvents = defineEvents('door', { DoorHung: v1({ doorId: fields.id }) })
const doors = defineView('frontDoors', {
  from: [doorEvents],
  category: 'C1',
  audience: 'nobody',
  description: 'A door.',
  columns: {
    doorId: column('id', { key: true }),
    paintedOn: column('day'),
    keyHolders: column('texts'),
    panes: column('int'),
    isOpen: column('bool'),
    history: column('json'),
  },
  on: { DoorHung: ({ data }) => ({ doorId: data.doorId }) },
})

let db: Database
let rows: DatabaseHubRows
beforeAll(async () => {
  db = await PgliteDatabase.open()
  rows = new DatabaseHubRows(db)
  const { create, index } = hubDesign(planOf(doors), 'live')
  await db.exec(`create schema hub; ${create} ${index}
    insert into hub.front_doors (door_id, painted_on, key_holders, panes, is_open, owner_agency_ids) values
      ('c', null, '{}', 4, true, '{}'), ('a', '2026-03-01', '{ann,"bo b"}', 2, true, '{}'), ('b', '2026-04-01', '{ann}', null, false, '{}')`)
})
afterAll(() => db.close())

const idsOf = async (where: Parameters<typeof rows.find<typeof doors>>[1]) =>
  (await rows.find(doors, where)).map(row => row.doorId)

test('rows are found by every condition at once, in the order of their keys', async () => {
  expect(await idsOf({})).toEqual(['a', 'b', 'c'])
  expect(await idsOf({ isOpen: true })).toEqual(['a', 'c'])
  expect(await idsOf({ isOpen: true, panes: 2 })).toEqual(['a'])
  expect(await idsOf({ doorId: { in: ['b', 'c', 'x'] } })).toEqual(['b', 'c'])
  expect(await idsOf({ paintedOn: { before: '2026-04-01' } })).toEqual(['a'])
  expect(await idsOf({ paintedOn: null })).toEqual(['c'])
  expect(await idsOf({ keyHolders: { has: 'bo b' } })).toEqual(['a'])
})
test('a row has the columns of its view, as a fold sees them', async () => {
  expect((await rows.find(doors, { doorId: 'a' }))[0]).toEqual({
    doorId: 'a',
    paintedOn: '2026-03-01',
    keyHolders: ['ann', 'bo b'],
    panes: 2,
    isOpen: true,
    history: null,
  })
})
test('a column that is not there, holds JSON, or has no value to look for is refused: it never matches everything', async () => {
  for (const where of [{ colour: 'red' }, { history: 'x' }, { doorId: undefined }] as never[])
    await expect(rows.find(doors, where)).rejects.toThrow()
})
