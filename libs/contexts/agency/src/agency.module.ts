import { Module } from '@nestjs/common'
import { AgencyResolver } from './agency.resolver.js'
import { SharingAgreementResolver } from './sharing-agreement.resolver.js'
import { StaffResolver } from './staff.resolver.js'

@Module({ providers: [AgencyResolver, StaffResolver, SharingAgreementResolver] })
export class AgencyModule {}
