import Sequencer from '@jest/test-sequencer'

/** What asks the whole hub, and journeys; then what needs a server; then the rest. */
const kinds = [/\/test\/(proof|revocation)\/.*\.int-spec\.ts$/, /\.e2e-spec\.ts$/, /\.int-spec\.ts$/]
const rank = ({ path }) => kinds.findIndex(kind => kind.test(path)) + 1 || kinds.length + 1

/**
 * A clean checkout knows no spec's duration, and the size of its file says little: the proof is forty lines. Begun last, it would run on alone. So
 * without durations the kinds that take long come first. In JavaScript: the runner's types say nothing true of its default export.
 */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests)
    return sorted.some(({ duration }) => duration !== undefined) ? sorted : sorted.toSorted((a, b) => rank(a) - rank(b))
  }
}
