import type { DocumentNode, GraphQLSchema } from 'graphql'

/** What is made of a document is made once, and kept for as long as somebody holds the document: Mercurius keeps those that it has validated. */
export function oncePerDocument<T>(
  make: (schema: GraphQLSchema, document: DocumentNode) => T,
): (schema: GraphQLSchema, document: DocumentNode) => T {
  const made = new WeakMap<DocumentNode, { readonly schema: GraphQLSchema; readonly of: T }>()
  return (schema, document) => {
    let known = made.get(document)
    if (known?.schema !== schema) made.set(document, (known = { schema, of: make(schema, document) }))
    return known.of
  }
}
