import type { Log } from './deps.ts'

/** One line per message on standard error; debug lines only with `BTY_DEBUG`. */
export function stderrLog(write: (line: string) => unknown = (line) => process.stderr.write(line)): Log {
  const line = (level: string) => (text: string) =>
    void write(`${level}${text.replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, '?')}\n`)
  return {
    debug: process.env['BTY_DEBUG'] ? line('debug: ') : () => undefined,
    info: line(''),
    warn: line('warning: '),
    error: line('error: '),
  }
}
