import { Module } from '@nestjs/common'
import { DirectoryResolver } from './directory.resolver.js'

@Module({ providers: [DirectoryResolver] })
export class DirectoryModule {}
