import { Module } from '@nestjs/common'
import { CaseworkResolver } from './casework.resolver.js'

@Module({ providers: [CaseworkResolver] })
export class CaseworkModule {}
