import type { Disk } from '../disk/list.ts'
import type { FlashError } from '../errors.ts'
import type { TargetOutcome } from '../flash/outcome.ts'
import type { Line } from './line.ts'
import type { ListedImage } from './images.ts'

/** What `d` on the first screen loads (wire contract, section 10). */
export const DEFAULT_CATALOG = 'https://github.com/safl/nosi/releases/latest/download/catalog.toml'

/** What does not change while the wizard runs. */
export interface Setting {
  version: string
  imageRoot: string
  mac: string | null
}

export type ScreenName = 'source' | 'custom' | 'images' | 'disks' | 'confirm' | 'done'

/** What is known of a flash before it begins. */
export interface Check {
  /** As stored; null when unknown. */
  storedBytes: number | null
  expandedBytes: number | null
  format: string | null
  /** The block map beside the image, which will be honoured. */
  blockMap: string | null
  /** Every reason against it; empty when it may begin. */
  problems: string[]
  /** Set when the image could not be opened. */
  failure?: FlashError
}

export interface State {
  screen: ScreenName
  /** Address of the catalog; null: only what lies in the image root. */
  catalog: string | null
  images: readonly ListedImage[]
  /** Why the list may be incomplete. */
  imageProblems: readonly string[]
  /** Only images in which all words occur are shown. */
  filter: string
  page: number
  disks: readonly Disk[]
  diskProblem: string | null
  image: ListedImage | null
  targets: readonly Disk[]
  check: Check | null
  /** The fate of each target of the last flash. */
  outcomes: readonly TargetOutcome[]
  seconds: number
  /** Stands alone on the screen until Enter is pressed; then comes `then`. */
  notice: { title: string; lines: readonly Line[]; then: Effect } | null
}

/** What is to be done before the next screen. */
export type Effect = 'none' | 'load' | 'list' | 'unmount' | 'check' | 'flash' | 'reboot' | 'leave'

export function firstState(start: { catalog: string | null; screen: 'source' | 'images' }): State {
  return {
    screen: start.screen,
    catalog: start.catalog,
    images: [],
    imageProblems: [],
    filter: '',
    page: 0,
    disks: [],
    diskProblem: null,
    image: null,
    targets: [],
    check: null,
    outcomes: [],
    seconds: 0,
    notice: null,
  }
}
