import { Module } from '@nestjs/common'
import { ConsentResolver } from './consent.resolver.js'
import { ContestResolver } from './contest.resolver.js'
import { RestrictionResolver } from './restriction.resolver.js'
import { SubjectRequestResolver } from './subject-request.resolver.js'

@Module({ providers: [ConsentResolver, ContestResolver, RestrictionResolver, SubjectRequestResolver] })
export class ConsentModule {}
