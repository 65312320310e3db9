/** Drives of the laptop and flashes of them. Asked for again while somebody looks: drives come and go. */
import type { Drive, DriveTarget, FlashWish, LocalFlash } from '../../../server/api/index.ts'
import type { Call } from '../api.ts'
import { endedSince } from '../ended.ts'

export class DrivesState {
  drives = $state.raw<Drive[]>([])
  /** Why nothing can be written here; null when it can. */
  problem = $state<string | null>(null)
  flashes = $state.raw<LocalFlash[]>([])
  ready = $state(false)
  readonly #call: Call
  readonly #ended: (work: LocalFlash) => void

  /** `ended` hears of each that was running and is over. */
  constructor(call: Call, ended: (work: LocalFlash) => void) {
    this.#call = call
    this.#ended = ended
  }

  #take(flashes: LocalFlash[]): void {
    const over = endedSince(this.flashes, flashes)
    this.flashes = flashes
    over.forEach(this.#ended)
  }

  async load(): Promise<void> {
    const [{ drives, problem }, { flashes }] = await Promise.all([
      this.#call('drives'),
      this.#call('localFlashes'),
    ])
    this.drives = drives
    this.problem = problem
    this.#take(flashes)
    this.ready = true
  }

  async loadFlashes(): Promise<void> {
    this.#take((await this.#call('localFlashes')).flashes)
  }

  async free(drive: Drive): Promise<string[]> {
    const { busy } = await this.#call('freeDrive', { body: targetOf(drive) })
    await this.load()
    return busy
  }

  async flash(image: FlashWish['image'], drives: readonly Drive[]): Promise<void> {
    await this.#call('startLocalFlash', { body: { image, targets: drives.map(targetOf) } })
    await this.loadFlashes()
  }

  async cancel(key: string): Promise<void> {
    await this.#call('cancelLocalFlash', { params: { key } })
    await this.loadFlashes()
  }
}

/** The operator has seen the warnings of what was chosen. */
export function targetOf(drive: Drive): DriveTarget {
  const { path, serial, size_bytes, wwn, bus_path, warnings } = drive
  return { path, serial, size_bytes, wwn, bus_path, allow_member: warnings.length > 0 }
}
