import type { Role } from '@passerelle/sharing'
import type { Post } from './case-file.decider.js'

/** What a case needs to know of staff; a view fulfils it, the app joins the two. */
export abstract class CaseworkFacts {
  /** Whether the person holds the role in the agency today. */
  abstract postOf(person: { readonly userId: string; readonly agencyId: string; readonly role: Role }): Promise<Post>
}
