import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql'
import { categories, purposes, roles, sectors } from '@passerelle/sharing'

/** GraphQL wants enums as objects; the values are the string unions of `@passerelle/sharing`. */
export const enumOf = <const V extends readonly string[]>(
  name: string,
  values: V,
  description: string,
): { [K in V[number]]: K } => {
  const object = Object.fromEntries(values.map(value => [value, value])) as { [K in V[number]]: K }
  registerEnumType(object, { name, description })
  return object
}
export const CategoryEnum = enumOf('Category', categories, 'Category of data, C1–C18.')
export const PurposeEnum = enumOf('Purpose', purposes, 'Why somebody looks or acts.')
export const RoleEnum = enumOf('Role', roles, 'In which capacity somebody looks or acts.')
export const SectorEnum = enumOf('Sector', sectors, 'What kind of body an agency is.')

/** The answer of every mutation. The app adds `learner`, to read on from what was written. */
@ObjectType('CommandAnswer', { description: 'What a mutation did.' })
export class CommandAnswerType {
  @Field(() => ID, { description: 'The thing it was done to.' })
  id!: string
  @Field(() => Int, { description: 'Its version afterwards: name it in your next command.' })
  version!: number
  @Field(() => String, { nullable: true, description: 'Position in the log; absent where nothing new happened.' })
  position?: string
  @Field(() => Boolean, { description: 'False where the read model had not arrived in time: read again a little later.' })
  visible!: boolean
  /** Not exposed: the app's `learner` field reads it. */
  learnerId?: string
}
