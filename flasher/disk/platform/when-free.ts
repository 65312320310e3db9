import { setTimeout } from 'node:timers/promises'

const TRIES = 5
const MIN_WAIT_MS = 50
const MAX_WAIT_MS = 150

/**
 * Repeats an exclusive open that meets EBUSY: whoever examines a disk holds it for a moment, and udev does so whenever one
 * was written. Throws what the last try threw.
 */
export async function whenFree<T>(open: () => Promise<T>, tries = TRIES): Promise<T> {
  try {
    return await open()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || tries <= 1) throw error
    // Two who wait for each other must not meet again.
    await setTimeout(MIN_WAIT_MS + Math.random() * (MAX_WAIT_MS - MIN_WAIT_MS))
    return await whenFree(open, tries - 1)
  }
}
