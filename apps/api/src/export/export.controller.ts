import { Readable } from 'node:stream'
import { Controller, Get, Inject, Param, Query, StreamableFile } from '@nestjs/common'
import { Access, Asking, NotFound, type RequestContext, toCaller } from '@passerelle/http'
import { idPattern, Refused } from '@passerelle/event-log'
import type { OpenHub } from '@passerelle/hub'
import type { Reads } from '../reads.js'
import { type LearnerRecord, learnerRecord, type RecordScope } from './learner-record.js'
import { pageOf } from './page.js'

/** What the export is made with; the face gives it. */
export abstract class ExportParts {
  abstract readonly hub: OpenHub
  abstract readsFor(asking: RequestContext): Reads
}

/** A person’s own record, to download: by the same door, roles and policy as everything they read. */
@Controller('learner/record')
export class ExportController {
  constructor(@Inject(ExportParts) private readonly parts: ExportParts) {}

  @Get(':learnerId')
  @Access({ roles: ['learner', 'guardian'], purposes: ['ownRecord'] })
  async download(
    @Param('learnerId') learnerId: string,
    @Query('format') format: string = 'json',
    @Query('scope') scope: string = 'access',
    @Asking() asking: RequestContext,
  ): Promise<StreamableFile> {
    if (!['json', 'html'].includes(format) || !['access', 'portability'].includes(scope))
      throw new Refused(
        'EXPORT.INVALID_FORM',
        'There is no such form of the record.',
        'Take format=json or html, and scope=access or portability.',
      )
    const caller = toCaller(asking)
    if (!idPattern.test(learnerId) || !caller.ownLearnerIds.includes(learnerId)) throw new NotFound('learner', learnerId)
    const reads = this.parts.readsFor(asking)
    const record = await learnerRecord(this.parts.hub, reads, caller, learnerId, scope as RecordScope)
    if (!record) throw new NotFound('learner', learnerId)
    // Nothing leaves before it is written down that it did.
    await this.parts.hub.disclosures.record(reads.disclosures('export'))
    const html = format === 'html'
    return new StreamableFile(Readable.from(html ? pageOf(record) : jsonOf(record)), {
      type: html ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
      disposition: `attachment; filename="record-${record.madeAt.slice(0, 10)}.${format}"`,
    })
  }
}

/** In pieces: a section is never held as text together with the others. */
function* jsonOf({ records, history, disclosures, ...head }: LearnerRecord): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"records":[`
  for (const [i, section] of records.entries()) yield `${i > 0 ? ',' : ''}${JSON.stringify(section)}`
  yield `],"history":${JSON.stringify(history)},"disclosures":${JSON.stringify(disclosures)}}`
}
