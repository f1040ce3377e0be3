import { GraphQLID, GraphQLNonNull } from 'graphql'
import { GraphQLJSON } from 'graphql-scalars'
import type { RecordTerms } from '@passerelle/hub'
import type { Face } from '@passerelle/http'
import { ConsentDocuments } from './consent-documents.js'
import type { ExtraFields } from './read/face-context.js'

const id = { type: new GraphQLNonNull(GraphQLID) }

/** Consents as documents: FHIR on every face, receipts on the learner's. */
export function consentFields(face: Face, terms: RecordTerms): ExtraFields {
  return {
    query: {
      consentAsFhir: {
        type: GraphQLJSON,
        description: 'A consent as FHIR R4 Consent. Null where there is none, or where you do not see all of it.',
        args: { consentId: id },
        resolve: async (_s, { consentId }, { reads }) => (await new ConsentDocuments(reads, terms).fhir(consentId)) ?? null,
      },
      ...(face.sectors.includes('learner') && {
        consentReceipt: {
          type: GraphQLJSON,
          description:
            'A receipt that you were handed (ISO/IEC TS 27560), as JSON-LD in the terms of the Data Privacy Vocabulary.',
          args: { consentId: id, receiptId: id },
          resolve: async (_s: unknown, { consentId, receiptId }, { reads }) =>
            (await new ConsentDocuments(reads, terms).receipt(consentId, receiptId)) ?? null,
        },
      }),
    },
  }
}
