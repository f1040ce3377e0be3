import { Module } from '@nestjs/common'
import { ParticipationResolver } from './participation.resolver.js'

@Module({ providers: [ParticipationResolver] })
export class ParticipationModule {}
