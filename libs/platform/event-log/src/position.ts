import type { Position } from './event.js'

/** Positions of logs that count their events from 1: decimals of equal length, so that comparing the text compares the number. */
export const toPosition = (n: number): Position => (n === 0 ? '' : String(n).padStart(16, '0'))

/** @throws where the position is not of such a log. */
export function numberOf(position: Position): number {
  if (position === '') return 0
  if (!/^[0-9]{16}$/.test(position))
    throw new Error(`${JSON.stringify(position.slice(0, 60))} is no position of this log. Use one that this log gave.`)
  return Number(position)
}
