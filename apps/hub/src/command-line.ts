import { parseArgs, type ParseArgsConfig } from 'node:util'

/** A command line that cannot be read. */
export class LineFault extends Error {}

/**
 * The command line of a tool, `npm run <tool> -- …`. What is wrong with it is said in one sentence, with the cure.
 * @throws LineFault
 */
export function readLine<const T extends ParseArgsConfig>(tool: string, config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    // Node goes on with advice that is about another case.
    const [what] = (error as Error).message.split('. ')
    throw new LineFault(`${what!.replace(/\.$/, '')}. See npm run ${tool} -- --help.`, { cause: error })
  }
}

/** As {@link readLine}, for a tool that does nothing before it has read its line: it ends there. */
export function readLineOrExit<const T extends ParseArgsConfig>(
  tool: string,
  config: T,
  exitCode = 1,
): ReturnType<typeof parseArgs<T>> {
  try {
    return readLine(tool, config)
  } catch (error) {
    console.error((error as Error).message)
    process.exit(exitCode)
  }
}
