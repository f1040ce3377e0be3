import type { Role, Sector } from '@passerelle/sharing'

/**
 * In which sectors an agency may give a role to its staff: a school that named somebody `healthProfessional` would open health
 * records to itself. Regional configuration; learners and guardians are nobody's staff.
 */
export const sectorsOfRole: Readonly<Record<Role, readonly Sector[]>> = {
  learner: [],
  guardian: [],
  teacher: ['education'],
  mentor: ['education', 'social', 'employment'],
  educationCoordinator: ['education', 'authority'],
  careerAdviser: ['education', 'employment'],
  schoolLeader: ['education'],
  socialWorker: ['social'],
  safeguardingLead: ['education', 'social', 'health', 'authority'],
  healthProfessional: ['health'],
  schoolPsychologist: ['education', 'health'],
  employmentOfficer: ['employment'],
  placementTutor: ['employment'],
  regionAdmin: ['authority'],
  policyAnalyst: ['authority'],
  dataProtectionOfficer: ['education', 'social', 'health', 'employment', 'authority'],
}
