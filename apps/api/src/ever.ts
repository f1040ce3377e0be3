import { cellOf, type Column, levels, type Role } from '@passerelle/sharing'

const rank = (level: string | undefined) => levels.indexOf((level ?? 'none') as (typeof levels)[number])

/** Whether any of these roles may ever hold the column, whatever the consents and assignments: what the face's schema is made of. */
export const columnEverHeld =
  (roles: readonly Role[]) =>
  ({ category, from }: Column): boolean =>
    roles.some(role => {
      const { all, own } = cellOf(category, role)
      return Math.max(rank(all?.level), rank(own?.level)) >= rank(from)
    })
