import type { WorkingCalendar } from '@passerelle/event-log'

/**
 * When agencies of the region do not work besides weekends. A region fills it in with its public and school holidays; the days that the whole
 * of Europe keeps stand here already.
 */
export const regionCalendar: WorkingCalendar = {
  closed: Array.from({ length: 20 }, (_, i) => 2020 + i).flatMap(year => [
    { from: `${year}-01-01`, until: `${year}-01-01` },
    { from: `${year}-05-01`, until: `${year}-05-01` },
    { from: `${year}-12-25`, until: `${year}-12-26` },
  ]),
}
