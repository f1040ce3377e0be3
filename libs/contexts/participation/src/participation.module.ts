import { Module } from '@nestjs/common'
import { ParticipationResolver } from './participation.resolver.js'
import { PlacementResolver } from './placement.resolver.js'

@Module({ providers: [ParticipationResolver, PlacementResolver] })
export class ParticipationModule {}
