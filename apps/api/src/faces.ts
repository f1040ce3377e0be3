import type { Face } from '@passerelle/http'
import type { Role } from '@passerelle/sharing'
import { rolesOf } from '@passerelle/sharing'

/** One door for each sector. What a sector may never see is not in its schema. */
export const faces: readonly Face[] = [
  { name: 'education', sectors: ['education'] },
  { name: 'social', sectors: ['social'] },
  { name: 'health', sectors: ['health'] },
  { name: 'employment', sectors: ['employment'] },
  { name: 'learner', sectors: ['learner'] },
  { name: 'authority', sectors: ['authority'] },
]

export const rolesAt = (face: Face): readonly Role[] => [...new Set(face.sectors.flatMap(sector => rolesOf(sector)))]
