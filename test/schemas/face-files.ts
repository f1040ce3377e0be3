import 'reflect-metadata'
import { MODULE_METADATA } from '@nestjs/common/constants.js'
import { NestFactory } from '@nestjs/core'
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql'
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql'
import { faces, schemaOfFace } from '@passerelle/api'
import { contexts, views } from '@passerelle/hub'
import type { Called } from './event-files.js'

export const faceFolder = 'schemas/graphql'

/** The schema of each face, by its name, without anything that runs behind it. */
export async function faceSchemas(): Promise<ReadonlyMap<string, GraphQLSchema>> {
  const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, { logger: false })
  try {
    const commands = await app.get(GraphQLSchemaFactory).create([...resolvers()], { skipCheck: true })
    return new Map(faces.map(face => [face.name, schemaOfFace(face, commands, views)]))
  } finally {
    await app.close()
  }
}

/** The resolver classes of every context. */
export const resolvers = (): readonly (new () => object)[] =>
  contexts.flatMap(({ module }) => (Reflect.getMetadata(MODULE_METADATA.PROVIDERS, module) ?? []) as (new () => object)[])

/** The GraphQL schema of each face, in the order of the alphabet, so that a change shows as a change. */
export async function calledForFaces(): Promise<Called[]> {
  return [...(await faceSchemas())].map(([name, schema]) => ({
    path: `${faceFolder}/${name}.graphql`,
    text: `${printSchema(lexicographicSortSchema(schema))}\n`,
    kind: 'face',
  }))
}
