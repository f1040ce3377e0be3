import { agency, register } from '@passerelle/agency'
import { EventStore, MemoryLog } from '@passerelle/event-log'
import { MemoryKeyring } from '@passerelle/keyring'
import { Rehearsal } from './rehearsal.js'

test('decisions on one stream that are rehearsed at the same time know of each other, as in the store', async () => {
  const log = new MemoryLog()
  const rehearsal = new Rehearsal(new EventStore(log, new MemoryKeyring()))
  const opened = await Promise.all(
    [1, 2].map(() =>
      rehearsal.handle(agency, 'a', state =>
        state.status === 'none' ? register(state, { agencyId: 'a', name: 'A', sector: 'education', region: 'ZZ1' }) : [],
      ),
    ),
  )
  expect(opened.map(({ events }) => events.length)).toEqual([1, 0])
  expect(await log.readAll('', 10)).toEqual([])
})
