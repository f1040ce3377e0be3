import type { Role } from '@passerelle/sharing'

/** Who keeps an agency's register, and so looks at records that may be one person's. */
export const registerKeepers = {
  roles: ['educationCoordinator', 'schoolLeader', 'socialWorker', 'healthProfessional', 'employmentOfficer'],
} as const satisfies { readonly roles: readonly Role[] }

export const keepsRegister = (role: Role): boolean => (registerKeepers.roles as readonly Role[]).includes(role)
