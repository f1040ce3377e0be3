import { Type } from 'class-transformer'
import { IsEmail, IsOptional, IsString, Length, ValidateNested } from 'class-validator'
import { inputPipe } from './input-pipe.js'
import { IsDay, IsPartialDay } from './is-day.js'

class Part {
  @IsOptional() @IsString() remark?: string
  @Length(1, 10) text!: string
}
class Whole {
  @IsOptional() @Length(1, 10) name?: string
  @IsOptional() @IsEmail() email?: string
  @IsOptional() @IsDay() until?: string
  @IsOptional() @IsPartialDay() birthDate?: string
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Part) parts?: Part[]
}
const pass = (value: unknown, type: 'body' | 'custom' = 'body'): Promise<unknown> =>
  inputPipe().transform(value, { type, metatype: Whole })

test('null in place of something that is needed is refused, and named', async () => {
  await expect(pass({ parts: [{ text: null }] })).rejects.toMatchObject({
    which: { faults: [{ field: 'parts.0.text', rules: expect.any(Array) }] },
  })
})
test('an optional field that is null was left out, however deep', async () => {
  expect(Object.entries((await pass({ name: null, parts: [{ remark: null, text: 'a' }] })) as object)).toEqual([
    ['parts', [{ text: 'a' }]],
  ])
})
test('what does not come from people stays as it is', async () => {
  const caller = { purpose: null }
  expect(await pass(caller, 'custom')).toBe(caller)
})
test.each(['a\u0000b', '\ud800', 'x\udfff'])(
  'a text that no store keeps is refused before any rule reads it, by the place where it stands: %j',
  async text => {
    const field = (value: unknown) =>
      expect(pass(value)).rejects.toMatchObject({ which: { faults: [{ rules: ['isWellFormed'] }] } })
    await field({ name: text })
    await field({ email: `${text}@example.org` })
    await expect(pass({ parts: [{ text: 'a' }, { text }] })).rejects.toMatchObject({
      which: { faults: [{ field: 'parts.1.text', rules: ['isWellFormed'] }] },
    })
  },
)

test.each(['', ' ', '\t\n', '\u00a0', '\u3000', '\u200b', '\ufeff \u00ad'])(
  'a text without anything to read in it says nothing, wherever it stands: %j',
  async text => {
    for (const input of [{ name: text }, { parts: [{ text: 'a' }, { text }] }])
      await expect(pass(input)).rejects.toMatchObject({
        which: { faults: [{ field: 'name' in input ? 'name' : 'parts.1.text', rules: ['isNotBlank'] }] },
      })
  },
)
test.each(['a', ' a ', '–', '5', '😀', 'é'])('a text with anything to read in it stays as it was sent: %j', async name => {
  expect(await pass({ name })).toMatchObject({ name })
})
test.each([
  ...['2027-W05-1', '2027-W05', '20270501', '2027-05', '2027', '2027-052', '2027-05-01T00:00:00Z', '2027-5-1', ' 2027-05-01'],
  ...[
    '2027-02-29',
    '2027-04-31',
    '2027-13-01',
    '2027-00-10',
    '0000-01-01',
    '+002027-05-01',
    '٢٠٢٧-٠٥-٠١',
    20_270_501,
    ['2027-05-01'],
  ],
])('a day is a calendar day, written 2027-05-01: not %j', async until => {
  await expect(pass({ until })).rejects.toMatchObject({ which: { faults: [{ field: 'until', rules: ['isDay'] }] } })
})
test.each(['2027-05-01', '2028-02-29', '9999-12-31', '0001-01-01'])('%s is a day', async until => {
  expect(await pass({ until })).toMatchObject({ until })
})
test.each(['2010-02-30', '2010-02-29', '2010-13', '2010-00', '10', '2010-2-3', '2010-02-03T00:00', '', 2010])(
  'a day of which a month or year alone may be known is one of the calendar all the same: not %j',
  async birthDate => {
    await expect(pass({ birthDate })).rejects.toMatchObject({ which: { faults: [{ field: 'birthDate' }] } })
  },
)
test.each(['2010', '2010-02', '2010-02-28', '2012-02-29'])('%s may be all that is known of a day', async birthDate => {
  expect(await pass({ birthDate })).toMatchObject({ birthDate })
})
