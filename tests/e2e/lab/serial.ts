/** A machine's serial console as text that a test can wait on. */

/** ECMA-48 control sequences (CSI), two-byte escapes, OSC strings, and control characters other than line ends. */

const NOISE =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^-~]|[\x00-\x09\x0b-\x1f\x7f]/g
/** An escape sequence that has begun and may go on in the next chunk. */

const UNFINISHED = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,200}|[ -/]*)?$/

export interface SerialText {
  push(chunk: string): void
  /** All of it, without escape codes; the last line may be unfinished. */
  text(): string
}

export function serialText(): SerialText {
  let clean = ''
  let rest = ''
  return {
    push(chunk) {
      const all = rest + chunk
      rest = UNFINISHED.exec(all)?.[0] ?? ''
      clean += all.slice(0, all.length - rest.length).replace(NOISE, '')
    },
    text: () => clean,
  }
}

/** The last lines that say something, to explain why a wait was in vain. */
export function lastLines(text: string, count: number): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-count)
    .join('\n')
}
