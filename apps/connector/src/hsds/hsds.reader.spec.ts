import { memoryFolder } from '../reading/index.js'
import { all, options, records, rejections } from '../reading/reading.fixture.js'
import { type HsdsService, readHsds } from './hsds.reader.js'

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const base = {
  'organizations.csv': `id,name,description\n${id(1)},Help,We help\n`,
  'services.csv': `id,organization_id,program_id,name,description,status,minimum_age,maximum_age\n${id(2)},${id(1)},,Advice,Talk,active,12,25\n${id(3)},${id(1)},,Shelter,,temporarily closed,,\n`,
  'locations.csv': `id,location_type,organization_id,name,latitude,longitude\n${id(4)},physical,${id(1)},House,48.1,2.3\n`,
  'addresses.csv': `id,location_id,address_1,city,state_province,postal_code,country,address_type\n${id(5)},${id(4)},1 Street,Town,Region,1000,FR,physical\n`,
  'service_at_location.csv': `id,service_id,location_id\n${id(6)},${id(2)},${id(4)}\n`,
  'service_areas.csv': `id,service_id,name,extent,extent_type\n${id(7)},${id(2)},Département,FR101,nuts\n${id(8)},${id(3)},All who live near,,text\n`,
  'phones.csv': `id,service_id,number\n${id(9)},${id(2)},"""+33 1 23"""\n`,
  'schedules.csv': `id,service_id,freq,byday,opens_at,closes_at\n${id(10)},${id(2)},WEEKLY,"MO,TU",09:00:00,17:00\n`,
  'taxonomies.csv': `id,name,description\n${id(11)},T,T\n`,
  'taxonomy_terms.csv': `id,code,name,description,taxonomy_id\n${id(12)},COUNSEL,Counselling,C,${id(11)}\n`,
  'attributes.csv': `id,link_id,taxonomy_term_id,link_entity\n${id(13)},${id(2)},${id(12)},service\n`,
}
const read = (files: Record<string, string>) => all(readHsds(memoryFolder({ ...base, ...files }), options))
const service = async (files: Record<string, string>) => records(await read(files), 'service').map(r => r.value as HsdsService)

describe('HSDS 3.0', () => {
  test('a service is read with all that the other files say of it', async () => {
    const [advice, shelter] = await service({})
    expect(advice).toEqual({
      service: {
        id: id(2),
        organization_id: id(1),
        name: 'Advice',
        description: 'Talk',
        status: 'active',
        minimum_age: 12,
        maximum_age: 25,
      },
      types: ['COUNSEL'],
      areas: ['FR101'],
      locations: [{ id: id(4), name: 'House', address: '1 Street, 1000 Town, Region, FR', latitude: 48.1, longitude: 2.3 }],
      phone: '"+33 1 23"',
      schedule: 'weekly MO TU 09:00–17:00',
    })
    expect(shelter).toMatchObject({ service: { status: 'temporarily closed' }, areas: [] })
  })

  test('all its hours and numbers are told; without any of its own, those of where it is, or of who offers it', async () => {
    const phones = (rows: string) => `id,service_id,location_id,organization_id,number\n${rows}`
    const [advice] = await service({
      'schedules.csv': base['schedules.csv'] + `${id(30)},${id(2)},WEEKLY,SA,10:00,12:00\n`,
      'phones.csv': phones(`${id(9)},${id(2)},,,1\n${id(31)},,${id(4)},,2\n${id(32)},${id(2)},,,3\n${id(33)},,,${id(1)},4\n`),
    })
    expect(advice).toMatchObject({ phone: '1 / 3', schedule: 'weekly MO TU 09:00–17:00 / weekly SA 10:00–12:00' })
    const [atHouse, shelter] = await service({ 'phones.csv': phones(`${id(31)},,${id(4)},,2\n${id(33)},,,${id(1)},4\n`) })
    expect([atHouse!.phone, shelter!.phone]).toEqual(['2', '4'])
  })

  test('an attribute names what it describes by the name of the table too', async () => {
    const [advice] = await service({ 'attributes.csv': base['attributes.csv'].replace(',service\n', ',services\n') })
    expect(advice!.types).toEqual(['COUNSEL'])
  })

  test('a changed row changes the service that it belongs to, and no other', async () => {
    const before = records(await read({}), 'service').map(r => r.contentHash)
    const after = records(await read({ 'phones.csv': `id,service_id,number\n${id(9)},${id(2)},112\n` }), 'service').map(
      r => r.contentHash,
    )
    expect(after[0]).not.toBe(before[0])
    expect(after[1]).toBe(before[1])
  })

  test.each([
    ['an unknown status', 'services.csv', `${id(20)},${id(1)},,X,,open,,`, 'services.csv:4 status VALUE.NOT_IN_LIST'],
    ['no organisation', 'services.csv', `${id(20)},${id(99)},,X,,active,,`, 'services.csv:4 organization_id REFERENCE.UNKNOWN'],
    [
      'an unknown programme',
      'services.csv',
      `${id(20)},${id(1)},${id(98)},X,,active,,`,
      'services.csv:4 program_id REFERENCE.UNKNOWN',
    ],
    ['no id that is a UUID', 'services.csv', `20,${id(1)},,X,,active,,`, 'services.csv:4 id VALUE.MALFORMED'],
    ['ages out of order', 'services.csv', `${id(20)},${id(1)},,X,,active,30,20`, 'services.csv:4 maximum_age VALUE.OUT_OF_ORDER'],
    [
      'a time that is none',
      'schedules.csv',
      `${id(20)},${id(2)},WEEKLY,MO,25:00:00,`,
      'schedules.csv:3 opens_at VALUE.MALFORMED',
    ],
    [
      'a place of an unknown kind',
      'locations.csv',
      `${id(20)},moon,${id(1)},,,`,
      'locations.csv:3 location_type VALUE.NOT_IN_LIST',
    ],
  ])('quarantines a row with %s', async (_, file, row, expected) => {
    expect(rejections(await read({ [file]: `${base[file as keyof typeof base]}${row}\n` }))).toEqual([expected])
  })

  test('an organisation above that somebody else publishes is no fault: the datapackage declares no foreign key for it', async () => {
    const readings = await read({
      'organizations.csv': `id,name,description,parent_organization_id\n${id(1)},Help,We help,${id(99)}\n`,
    })
    expect(rejections(readings)).toEqual([])
  })

  test('names of contact persons are not taken', async () => {
    const readings = await read({ 'contacts.csv': `id,service_id,name,title\n${id(30)},${id(2)},CANARY-NAME,Chief\n` })
    expect(readings.filter(r => r.kind === 'notTaken').map(r => r.entity)).toEqual(['contact'])
    expect(JSON.stringify(readings)).not.toContain('CANARY')
  })

  test('files may be named as the resources are', async () => {
    const { 'phones.csv': phones, ...files } = base
    expect(
      rejections(await all(readHsds(memoryFolder({ ...files, 'phone.csv': phones, 'datapackage.json': '{}' }), options))),
    ).toEqual([])
  })
})
