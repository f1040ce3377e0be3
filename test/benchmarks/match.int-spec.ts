import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { findLinks, thresholds } from '@passerelle/learner/matching'
import { readMatchSets } from './match-data.js'

const folder = resolve(process.cwd(), '../shared/data')

if (!existsSync(folder)) {
  console.warn(`SKIPPED: ${folder} is not there; matching was not tried on public sets.`)
  test.skip('R-I.1 public sets are matched without one false automatic link', () => undefined)
} else
  test.each(readMatchSets(folder).filter(({ name }) => ['febrl1', 'splink', 'families'].includes(name)))(
    'R-I.1 $name is matched without one false automatic link',
    ({ name, records }) => {
      const { links } = findLinks(records.map(({ record }) => record))
      const isTrue = ({ left, right }: { left: number; right: number }) => records[left]!.person === records[right]!.person
      const automatic = links.filter(({ decision }) => decision === 'automatic')
      expect(automatic.length).toBeGreaterThan(0)
      expect(automatic.filter(link => !isTrue(link))).toEqual([])
      if (name !== 'febrl1') return
      const likely = links.filter(({ probability }) => probability >= thresholds.likely)
      const right = likely.filter(isTrue).length
      expect((2 * right) / (likely.length + 500)).toBeGreaterThanOrEqual(0.99)
    },
  )
