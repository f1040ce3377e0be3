import 'reflect-metadata'
import { MODULE_METADATA } from '@nestjs/common/constants.js'
import { NestFactory } from '@nestjs/core'
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { faces, schemaOfFace } from '@passerelle/api'
import { contexts } from '@passerelle/hub'
import type { Called } from './event-files.js'

export const faceFolder = 'schemas/graphql'

/** The GraphQL schema of each face, in the order of the alphabet, so that a change shows as a change. */
export async function calledForFaces(): Promise<Called[]> {
  const resolvers = contexts.flatMap(({ module }) => (Reflect.getMetadata(MODULE_METADATA.PROVIDERS, module) ?? []) as (new () => object)[])
  const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, { logger: false })
  try {
    const commands = await app.get(GraphQLSchemaFactory).create(resolvers, { skipCheck: true })
    return faces.map(face => ({
      path: `${faceFolder}/${face.name}.graphql`,
      text: `${printSchema(lexicographicSortSchema(schemaOfFace(face, commands)))}\n`,
      kind: 'face',
    }))
  } finally {
    await app.close()
  }
}
