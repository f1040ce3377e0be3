import type { Purpose, Role } from '@passerelle/sharing'
import type { Post } from './case-file.decider.js'

/** What a case needs to know of staff; a view fulfils it, the app joins the two. */
export abstract class CaseworkFacts {
  /** Whether the person holds the role in the agency today. */
  abstract postOf(person: { readonly userId: string; readonly agencyId: string; readonly role: Role }): Promise<Post>
  /**
   * Whether the agency works with the learner for the purpose: registered or enrolled there, by a referral that it accepted, or in a team. Not by one that
   * waits, by what it recorded, or by the learner's yes to something.
   */
  abstract worksWith(learnerId: string, by: { readonly agencyId: string; readonly purpose: Purpose }): Promise<boolean>
}
