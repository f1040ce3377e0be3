import { agencyContext } from '@passerelle/agency'
import { assessmentContext } from '@passerelle/assessment'
import { caseworkContext } from '@passerelle/casework'
import { consentContext } from '@passerelle/consent'
import { directoryContext } from '@passerelle/directory'
import type { Context } from '@passerelle/http'
import { learnerContext, learnerEvents } from '@passerelle/learner'
import { participationContext } from '@passerelle/participation'
import { planContext } from '@passerelle/plan'
import { defineHub, type Hub, type View } from '@passerelle/projections'
import { referralContext } from '@passerelle/referral'
import { supportContext } from '@passerelle/support'
import { accounts, contestable, entitlementPolicy, streamsView } from '@passerelle/views'

/** Every context, mounted once; the architecture test finds one that is missing. */
export const contexts: readonly Context[] = [
  agencyContext,
  assessmentContext,
  caseworkContext,
  consentContext,
  directoryContext,
  learnerContext,
  participationContext,
  planContext,
  referralContext,
  supportContext,
]

/** Contexts as a hub has them. */
export interface Mounted {
  readonly contexts: readonly Context[]
  /** What people read: with what learners contest beside it. */
  readonly views: readonly View[]
  /** What the engine projects. */
  readonly declaration: Hub
}

export function mount(contexts: readonly Context[]): Mounted {
  const views = contexts.flatMap(context => context.views).map(contestable)
  const declaration = defineHub({
    views: [...views, accounts, streamsView(contexts.flatMap(context => context.events))],
    policy: entitlementPolicy,
    forgetting: {
      from: learnerEvents,
      on: { CategoryKeyDestroyed: event => [event.data.category], LearnerForgotten: event => event.data.categories },
    },
  })
  return { contexts, views, declaration }
}

/** As the product has them. */
export const mounted = mount(contexts)
export const { views, declaration: hubDeclaration } = mounted
