import type { Sql } from '@passerelle/database'
import type { Disclosures, Reading } from '@passerelle/processes'

/** Who read what, answered by the disclosure log. */
export class HubDisclosures implements Disclosures {
  constructor(private readonly db: Sql) {}

  async readings({
    agencyIds,
    learnerId,
    purposes,
    categories,
    since,
  }: Parameters<Disclosures['readings']>[0]): Promise<Reading[]> {
    // Named in the text where there is one, so that the index of learners finds it.
    const ofLearner = learnerId === undefined ? '' : 'and d.learner_ids @> array[$5::text] and l.id = $5'
    return this.db.query<Reading & object>(
      `select l.id as "learnerId", d.agency_id as "agencyId", d.role, array_agg(distinct c.code order by c.code) as categories
         from audit.disclosures d, unnest(d.learner_ids) l(id), unnest(d.categories) c(code)
        where ($1::text[] is null or d.agency_id = any($1::text[])) and d.purpose = any($2::text[]) and d.at >= $3::timestamptz and c.code = any($4::text[]) ${ofLearner}
        group by 1, 2, 3 order by 1, 2, 3`,
      [agencyIds ?? null, purposes, since, categories, ...(learnerId === undefined ? [] : [learnerId])],
      { name: learnerId === undefined ? 'readings' : 'readings_of_learner' },
    )
  }
}
