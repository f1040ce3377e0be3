import { Module } from '@nestjs/common'
import { SupportResolver } from './support.resolver.js'

@Module({ providers: [SupportResolver] })
export class SupportModule {}
