import { Type } from 'class-transformer'
import { IsEmail, IsOptional, IsString, Length, ValidateNested } from 'class-validator'
import { inputPipe } from './input-pipe.js'

class Part {
  @IsOptional() @IsString() remark?: string
  @Length(1, 10) text!: string
}
class Whole {
  @IsOptional() @Length(1, 10) name?: string
  @IsOptional() @IsEmail() email?: string
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
