export { classFacts } from './class-facts.view.js'
export { aboutLearners, factsAfter, type FactsRow, learnerFacts, noFacts } from './learner-facts.view.js'
export { standingsOf, toLearnerFacts } from './to-learner-facts.js'
export { type AgeOfDecision, entitlementPolicy, entitlementPolicyFor, toRegionFacts } from './entitlement-policy.js'
