import { Module } from '@nestjs/common'
import { LearnerResolver } from './learner.resolver.js'

@Module({ providers: [LearnerResolver] })
export class LearnerModule {}
