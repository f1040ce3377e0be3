export { classFacts } from './class-facts.view.js'
export { aboutLearners, type FactsRow, learnerFacts } from './learner-facts.view.js'
export { toLearnerFacts } from './to-learner-facts.js'
export { type AgeOfDecision, entitlementPolicy, entitlementPolicyFor } from './entitlement-policy.js'
