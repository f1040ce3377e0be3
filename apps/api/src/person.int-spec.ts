import { PgliteDatabase } from '@passerelle/database'
import { denyListSchema } from '@passerelle/sharing'
import { Memberships } from './person.js'

describe('who somebody is here', () => {
  let db: PgliteDatabase
  beforeAll(async () => {
    db = await PgliteDatabase.open()
    await db.exec(`${denyListSchema};
      create schema hub;
      create table hub.accounts (kind text, person_id text, learner_id text, account_hash text, position text collate "C");
      create table hub.staff_roles (user_id text, agency_id text, role text, "from" date, until date);
      create table hub.agencies (agency_id text, sector text, status text);
      insert into hub.agencies values ('north', 'education', 'open'), ('south', 'education', 'open');
      insert into hub.accounts values ('staff', 'z-of-north', '-', 'account', '0001'), ('staff', 'a-of-south', '-', 'account', '0002');
      insert into hub.staff_roles values ('z-of-north', 'north', 'schoolLeader', '2026-03-01', null), ('a-of-south', 'south', 'teacher', '2020-01-01', null)`)
  })
  afterAll(() => db.close())

  test('is first what their account was given first, whoever names it later, and from whatever day', async () => {
    const persons = await new Memberships(db, () => new Date('2026-11-01T09:00:00Z')).of('account')
    expect(persons.map(({ agencyId, role }) => [agencyId, role])).toEqual([
      ['north', 'schoolLeader'],
      ['south', 'teacher'],
    ])
  })
})
