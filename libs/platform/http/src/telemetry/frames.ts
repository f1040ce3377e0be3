/** `at function (file:line:column)`: nothing but places in the code. */
const frame =
  /^\s+at (?:async )?(?:(?:new )?[\w$.<>#]+ (?:\[as [\w$.]+\] )?\()?((?:file:\/\/|node:|\/|[A-Z]:\\)[^\s()]+:\d+:\d+)\)?$/

/** Where in the code an error happened, without its text: a message may quote what was sent, a stack repeats the message. */
export function framesOf(error: unknown, limit = 8): string[] {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return []
  // The message may itself look like a frame: leave it out before looking for frames.
  const end = error.message ? error.stack.indexOf(error.message) : 0
  const behind = end === -1 ? '' : error.stack.slice(end + error.message.length)
  return behind
    .split('\n')
    .filter(line => frame.test(line))
    .slice(0, limit)
    .map(line => line.trim())
}
