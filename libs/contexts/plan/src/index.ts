import type { Context } from '@passerelle/http'
import { objectives, reviews } from './objectives.view.js'
import { planEvents } from './plan.events.js'
import { PlanModule } from './plan.module.js'
import { plans } from './plans.view.js'

export const planContext: Context = {
  name: 'plan',
  events: [planEvents],
  views: [plans, objectives, reviews],
  module: PlanModule,
}
export * from './plan.decider.js'
export * from './drafting.decider.js'
export * from './agreeing.decider.js'
export * from './reviewing.decider.js'
export * from './ending.decider.js'
export * from './plan.events.js'
export * from './plan.facts.js'
export { planHash } from './plan-hash.js'
export * from './smart.js'
export { objectives, reviews } from './objectives.view.js'
export { plans } from './plans.view.js'
