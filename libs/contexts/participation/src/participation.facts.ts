import type { TutorPost } from './placement.decider.js'

/** What a placement needs to know of staff; a view fulfils it, the app joins the two. */
export abstract class ParticipationFacts {
  /** Whether the person is a placement tutor of the host today. */
  abstract tutorPostOf(person: { readonly userId: string; readonly agencyId: string }): Promise<TutorPost>
}
