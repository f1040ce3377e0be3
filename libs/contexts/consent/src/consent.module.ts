import { Module } from '@nestjs/common'
import { ConsentResolver } from './consent.resolver.js'
import { RestrictionResolver } from './restriction.resolver.js'

@Module({ providers: [ConsentResolver, RestrictionResolver] })
export class ConsentModule {}
