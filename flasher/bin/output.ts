/** How a sub-command tells its results: lines for people, or one JSON object to a line for scripts. */
export type Event = 'disk' | 'image' | 'start' | 'progress' | 'retry' | 'result' | 'error'

/** Goes up when a key changes its meaning or goes away; new keys do not count. */
export const SCHEMA_VERSION = 1

export function jsonLine(event: Event, fields: object): void {
  process.stdout.write(`${JSON.stringify({ schema_version: SCHEMA_VERSION, event, ...fields })}\n`)
}

/** A failure, as an `error` line or in words on standard error. */
export function tellError(json: boolean, code: string, text: string): void {
  if (json) jsonLine('error', { code, text })
  else process.stderr.write(`bty: ${text}\n`)
}
