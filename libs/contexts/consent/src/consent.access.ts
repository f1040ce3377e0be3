/** Who answers for an agency towards the learner, and sees its consents: its data protection officer, and whoever there leads the work or does it. */
export const answersForAgency = {
  roles: [
    'dataProtectionOfficer',
    'safeguardingLead',
    'educationCoordinator',
    'socialWorker',
    'healthProfessional',
    'schoolPsychologist',
    'employmentOfficer',
  ],
} as const
