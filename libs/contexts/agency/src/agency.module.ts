import { Module } from '@nestjs/common'
import { AgeLinesResolver } from './age-lines.resolver.js'
import { AgencyResolver } from './agency.resolver.js'
import { SharingAgreementResolver } from './sharing-agreement.resolver.js'
import { StaffResolver } from './staff.resolver.js'

@Module({ providers: [AgencyResolver, StaffResolver, SharingAgreementResolver, AgeLinesResolver] })
export class AgencyModule {}
