import { listDisks } from '../disk/list.ts'
import type { Run } from '../run.ts'
import { retry } from './server.ts'
import type { Backoff, ServerCalls } from './server.ts'

/** As many disks as a server takes. */
const MAX_DISKS = 64
const ATTEMPTS = 10

export interface InventoryPost {
  /** After the first attempt to post the disks, whatever came of it. */
  tried: Promise<void>
  /** After everything has been posted; null, or why it has not. */
  finished: Promise<string | null>
}

/** Posts the disks at once, and again together with lshw's tree where lshw is installed. Never throws. */
export function postInventory(
  calls: ServerCalls,
  run: Run,
  backoff: Backoff,
  signal: AbortSignal,
): InventoryPost {
  let firstTry = () => {}
  const tried = new Promise<void>((resolve) => (firstTry = resolve))

  async function post(): Promise<string | null> {
    const disks = (await listDisks(run)).slice(0, MAX_DISKS).map((disk) => disk.inventory)
    const failure = await deliver({ disks })
    if (failure !== null) return failure
    const lshw = await hardwareTree(run, signal)
    return lshw === null ? null : await deliver({ disks, lshw })
  }

  async function deliver(body: object): Promise<string | null> {
    let cause = ''
    const delivered = await retry(
      async () => {
        try {
          const { status, text } = await calls.inventory(body)
          cause = `the server answered ${status}: ${text.slice(0, 200)}`
          // 404: no record of this machine yet; asking for the plan makes one.
          const final = status >= 400 && status < 500 && status !== 404 && status !== 429
          return status < 300 || final ? status : null
        } catch (error) {
          cause = (error as Error).message
          return null
        } finally {
          firstTry()
        }
      },
      backoff,
      ATTEMPTS,
      signal,
    )
    return delivered !== null && delivered < 300 ? null : `the inventory was not delivered: ${cause}`
  }

  const finished = post()
    .catch((error: unknown) => `no inventory: ${(error as Error).message}`)
    .finally(() => firstTry())
  return { tried, finished }
}

async function hardwareTree(run: Run, signal: AbortSignal): Promise<unknown> {
  const { code, stdout } = await run('lshw', ['-json', '-quiet'], { timeoutMs: 30_000, signal })
  if (code !== 0 || stdout.trim() === '') return null
  try {
    const tree: unknown = JSON.parse(stdout)
    return typeof tree === 'object' ? tree : null
  } catch {
    return null
  }
}
