import { Module } from '@nestjs/common'
import { LearnerResolver } from './learner.resolver.js'
import { LinkCaseResolver } from './link-case.resolver.js'

@Module({ providers: [LearnerResolver, LinkCaseResolver] })
export class LearnerModule {}
