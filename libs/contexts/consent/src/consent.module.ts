import { Module } from '@nestjs/common'
import { ConsentResolver } from './consent.resolver.js'

@Module({ providers: [ConsentResolver] })
export class ConsentModule {}
