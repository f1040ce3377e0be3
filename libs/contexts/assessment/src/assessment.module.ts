import { Module } from '@nestjs/common'
import { AssessmentResolver } from './assessment.resolver.js'

@Module({ providers: [AssessmentResolver] })
export class AssessmentModule {}
