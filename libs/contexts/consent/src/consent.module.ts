import { Module } from '@nestjs/common'
import { BreakGlassResolver } from './break-glass.resolver.js'
import { ConsentResolver } from './consent.resolver.js'
import { ContestResolver } from './contest.resolver.js'
import { NoticeResolver } from './notice.resolver.js'
import { RecallResolver } from './recall.resolver.js'
import { RestrictionResolver } from './restriction.resolver.js'
import { SubjectRequestResolver } from './subject-request.resolver.js'

@Module({
  providers: [
    BreakGlassResolver,
    ConsentResolver,
    ContestResolver,
    NoticeResolver,
    RecallResolver,
    RestrictionResolver,
    SubjectRequestResolver,
  ],
})
export class ConsentModule {}
