import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What this boot has done to a disk; `null`: nothing. */
export type Flashed = { state: 'writing' | 'verified'; serial: string } | null

/** What outlives the process but not the boot. */
export interface BootMemory {
  /** UUID of this boot. */
  boot: string
  flashed: Flashed
  remember(flashed: NonNullable<Flashed>): void
}

/** `dir` lies in a file system that a reboot empties. Throws when it cannot be written: then no flash is safe. */
export function bootMemory(dir = '/run/bty'): BootMemory {
  mkdirSync(dir, { recursive: true })
  const bootFile = join(dir, 'boot')
  const flashedFile = join(dir, 'flashed')
  const boot = read(bootFile) ?? randomUUID()
  writeFileSync(bootFile, boot)
  return {
    boot,
    flashed: readFlashed(read(flashedFile)),
    remember(flashed) {
      writeFileSync(flashedFile, JSON.stringify(flashed), { flush: true })
      this.flashed = flashed
    },
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** A marker that cannot be read still says that a disk was being written. */
function readFlashed(json: string | null): Flashed {
  if (json === null) return null
  try {
    const { state, serial } = JSON.parse(json) as NonNullable<Flashed>
    if (state === 'verified') return { state, serial: String(serial) }
    return { state: 'writing', serial: String(serial) }
  } catch {
    return { state: 'writing', serial: '(unknown)' }
  }
}
