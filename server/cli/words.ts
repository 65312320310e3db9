/** The one word that a command takes. @throws {Error} with the usage. */
export function oneWord(args: readonly string[], usage: string): string {
  if (args.length === 1 && args[0] !== '') return args[0]!
  throw new Error(`usage: bty-console ${usage}`)
}
