import { classEvents } from '@passerelle/participation'
import { column, defineView } from '@passerelle/projections'

export interface Teaching {
  readonly userId: string
  readonly from: string
  readonly until: string | null
}

/** Who teaches which class, and when: ties teachers to the learners enrolled in it. For the hub alone. */
export const classFacts = defineView('classFacts', {
  from: [classEvents],
  category: 'C2',
  audience: 'nobody',
  description: 'A class, and who teaches it when.',
  columns: {
    classId: column('id', { key: true }),
    agencyId: column('id'),
    teachers: column<readonly Teaching[]>('json'),
  },
  on: {
    ClassOpened: ({ data }) => ({ classId: data.classId, agencyId: data.agencyId, teachers: [] }),
    TeacherAssigned: ({ data: { userId, from, until } }, row) => ({
      teachers: [...without(row?.teachers, userId), { userId, from, until: until ?? null }],
    }),
    TeacherUnassigned: ({ data }, row) => ({ teachers: without(row?.teachers, data.userId) }),
    ClassClosed: _ => ({ teachers: [] }),
  },
})

const without = (teachers: readonly Teaching[] | null | undefined, userId: string) =>
  (teachers ?? []).filter(teaching => teaching.userId !== userId)
