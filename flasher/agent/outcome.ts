import type { FlashError } from '../errors.ts'
import { retry } from './server.ts'
import type { Agent } from './world.ts'

const FAILURE_ATTEMPTS = 6
/** A phase is worth a short wait, and no more. */
const FLUSH_MS = 5_000

/** Until the server has heard of the verified flash, says that it does not want to, or a key is pressed. */
export async function reportDone(agent: Agent): Promise<void> {
  const { calls, screen, prompt, backoff, reporter } = agent
  const key = new AbortController()
  const signal = AbortSignal.any([agent.signal, key.signal])
  const attempt = async (number: number) => {
    let cause: string
    try {
      const { status } = await calls.done()
      if (status < 300 || status === 404 || status === 405) return status
      cause = `it answered ${status}`
    } catch (error) {
      cause = (error as Error).message
    }
    agent.signal.throwIfAborted()
    if (number === 1)
      prompt.key(signal).then(
        () => key.abort(),
        () => {},
      )
    screen.say(`The server has not taken the report (${cause}). Trying again; any key reboots without it.`)
    return null
  }
  try {
    const status = await retry(attempt, backoff, Infinity, signal)
    if (status !== null && status >= 300) screen.say(`The server takes no report of the flash (${status}).`)
  } catch (error) {
    if (!key.signal.aborted) throw error
  } finally {
    key.abort()
  }
  reporter.report({ phase: 'done' })
  await reporter.flush(FLUSH_MS)
}

/** Tells the server of a failure: as the last progress, and as a status for servers that know that. Never throws. */
export async function reportFailure(error: FlashError, agent: Agent): Promise<void> {
  const { calls, reporter, backoff, signal, screen } = agent
  const { code, message } = error
  reporter.report({ phase: 'failed', error: { code, text: message } })
  const attempt = async () => {
    const { status } = await calls.status({ status: 'failed', reason: message.slice(0, 500) })
    return status >= 500 || status === 429 ? null : status // a server without this route answers 404 or 405
  }
  const status = await retry(() => attempt().catch(() => null), backoff, FAILURE_ATTEMPTS, signal).catch(
    () => null,
  )
  if (status === null || status >= 300) screen.say('The server could not be told of the failure.')
  await reporter.flush(FLUSH_MS)
}
