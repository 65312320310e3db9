/** Reads the output of a terminal to its end, over whichever way this page reaches the server. */
import type { TerminalLine } from '../../../server/api/index.ts'
import type { DesktopBridge } from '../bridge.ts'
import { ApiError } from '../api.ts'

/** Opens a stream of text and gives its pieces until it ends. Throws ApiError where it is refused. */
export type OpenStream = (path: string, signal: AbortSignal) => AsyncIterable<string>

const AGAIN_MS = 500

/**
 * Gives each line to `take` until the program has ended or `signal` aborts. A connection that breaks is opened again where it
 * broke; `AGAIN_MS` between tries.
 */
export async function followTerminal(
  key: string,
  open: OpenStream,
  signal: AbortSignal,
  take: (line: TerminalLine) => void,
  wait: (ms: number) => Promise<unknown> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<void> {
  let at = 0
  while (!signal.aborted) {
    try {
      let rest = ''
      for await (const piece of open(`/api/desk/terminals/${key}/output?from=${at}`, signal)) {
        const lines = (rest + piece).split('\n')
        rest = lines.pop()!
        for (const text of lines) {
          const line = JSON.parse(text) as TerminalLine
          take(line)
          if ('exit' in line) return
          at = line.at + line.text.length
        }
      }
    } catch (error) {
      // An answer is final: the terminal is not there any more, or the session has ended.
      if (error instanceof ApiError && error.status !== 0) throw error
    }
    if (!signal.aborted) await wait(AGAIN_MS)
  }
}

/** A stream over HTTP. */
export const httpStream: OpenStream = async function* (path, signal) {
  const answer = await fetch(path, { signal }).catch((cause: unknown) => {
    throw new ApiError(0, null, cause)
  })
  if (!answer.ok) throw new ApiError(answer.status, await detailOf(answer.json()))
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value
}

/** The same through the desktop app. */
export const bridgeStream = (bridge: DesktopBridge): OpenStream =>
  async function* (path, signal) {
    const waiting: { stream: number; text: string | null }[] = []
    let wake = () => {}
    const stop = bridge.onStream((chunk) => {
      waiting.push(chunk)
      wake()
    })
    signal.addEventListener('abort', () => wake(), { once: true })
    let mine = 0
    try {
      const { status, body, stream } = await bridge.openStream({ path })
      mine = stream
      if (status !== 200) throw new ApiError(status, await detailOf(Promise.resolve(body)))
      while (!signal.aborted) {
        const chunk = waiting.shift()
        if (chunk === undefined) await new Promise<void>((resolve) => (wake = resolve))
        else if (chunk.stream === mine && chunk.text === null) return
        else if (chunk.stream === mine) yield chunk.text!
      }
    } finally {
      stop()
      if (mine !== 0) void bridge.closeStream({ stream: mine }).catch(() => undefined)
    }
  }

async function detailOf(body: Promise<unknown>): Promise<unknown> {
  const value = await body.catch(() => null)
  return (value as { detail?: unknown } | null)?.detail ?? value
}
