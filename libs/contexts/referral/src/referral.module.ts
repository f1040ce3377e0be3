import { Module } from '@nestjs/common'
import { ReferralResolver } from './referral.resolver.js'

@Module({ providers: [ReferralResolver] })
export class ReferralModule {}
