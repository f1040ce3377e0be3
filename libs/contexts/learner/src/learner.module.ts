import { Module } from '@nestjs/common'
import { GuardianResolver } from './guardian.resolver.js'
import { LearnerResolver } from './learner.resolver.js'
import { LinkCaseResolver } from './link-case.resolver.js'

@Module({ providers: [LearnerResolver, GuardianResolver, LinkCaseResolver] })
export class LearnerModule {}
