import 'reflect-metadata'
import { Controller, Get, Post } from '@nestjs/common'
import { Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql'
import { Access, Public } from './access.decorators.js'
import { unmarkedMethods } from './unmarked.js'

@Resolver('Learner')
class Planted {
  @Query(() => String) forgottenQuery(): string {
    return ''
  }
  @Mutation(() => String) forgottenMutation(): string {
    return ''
  }
  @ResolveField(() => String) forgottenField(): string {
    return ''
  }
  @Query(() => String) @Access({ roles: ['teacher'] }) marked(): string {
    return ''
  }
  @ResolveField(() => String) @Public('A constant.') alsoMarked(): string {
    return ''
  }
  helper(): string {
    return ''
  }
}

class Inheriting extends Planted {
  @Query(() => String) @Access({ roles: ['teacher'] }) override forgottenQuery(): string {
    return ''
  }
}

@Controller('x')
class PlantedController {
  @Get() forgotten(): string {
    return ''
  }
  @Post() @Access({ roles: [] }) marked(): string {
    return ''
  }
}

@Controller('x')
@Public('A list of words.')
class WholeClass {
  @Get() any(): string {
    return ''
  }
}

describe('a method that answers and says neither @Access nor @Public', () => {
  test('is found in a resolver: queries, mutations and fields', () => {
    expect(unmarkedMethods(Planted)).toEqual(['forgottenQuery', 'forgottenMutation', 'forgottenField'])
  })
  test('is found in a controller', () => expect(unmarkedMethods(PlantedController)).toEqual(['forgotten']))
  test('is found where it is inherited, unless the heir says it', () => {
    expect(unmarkedMethods(Inheriting)).toEqual(['forgottenMutation', 'forgottenField'])
  })
})

test('what is said on a class holds for its methods', () => expect(unmarkedMethods(WholeClass)).toEqual([]))
test('@Public needs a reason', () => expect(() => Public('  ')).toThrow('reason'))
