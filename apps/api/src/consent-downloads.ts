import { Controller, Get, Param, Res, type Type } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { defaultRecordTerms, type OpenHub } from '@passerelle/hub'
import { Access, Asking, type Face, NotFound, type RequestContext } from '@passerelle/http'
import { ConsentDocuments } from './consent-documents.js'
import { rolesAt } from './faces.js'
import type { Reads } from './reads.js'

/**
 * The same documents to take home: `/<face>/consents/<id>/consent.fhir.json`, and on the learner face `/<face>/consents/<id>/receipts/<id>.jsonld`.
 * The file does not leave before the disclosure log has it.
 */
export function consentDownloads(face: Face, hub: OpenHub, readsFor: (asking: RequestContext) => Reads): Type[] {
  const access = { roles: rolesAt(face) }
  const send = async <T>(
    asking: RequestContext,
    reply: FastifyReply,
    { kind, id, name, type }: { readonly kind: string; readonly id: string; readonly name: string; readonly type: string },
    read: (documents: ConsentDocuments) => Promise<T | undefined>,
  ): Promise<T> => {
    const reads = readsFor(asking)
    const document = await read(new ConsentDocuments(reads, hub.config.recordTerms ?? defaultRecordTerms))
    if (document === undefined) throw new NotFound(kind, id)
    await hub.disclosures.record(reads.disclosures('export'))
    void reply.type(type).header('content-disposition', `attachment; filename="${name}"`)
    return document
  }

  @Controller(`${face.name}/consents`)
  class Consents {
    @Get(':consentId/consent.fhir.json')
    @Access(access)
    fhir(
      @Asking() asking: RequestContext,
      @Param('consentId') consentId: string,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<object> {
      const file = { kind: 'consent', id: consentId, name: 'consent.fhir.json', type: 'application/fhir+json; charset=utf-8' }
      return send(asking, reply, file, documents => documents.fhir(consentId))
    }
  }
  @Controller(`${face.name}/consents`)
  class Receipts {
    @Get(':consentId/receipts/:file')
    @Access(access)
    receipt(
      @Asking() asking: RequestContext,
      @Param('consentId') consentId: string,
      @Param('file') name: string,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<object> {
      const receiptId = name.replace(/\.jsonld$/, '')
      const file = { kind: 'receipt', id: receiptId, name: 'receipt.jsonld', type: 'application/ld+json; charset=utf-8' }
      return send(asking, reply, file, async documents =>
        name === receiptId ? undefined : documents.receipt(consentId, receiptId),
      )
    }
  }
  return face.sectors.includes('learner') ? [Consents, Receipts] : [Consents]
}
