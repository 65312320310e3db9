import type { TrioNames } from '../recipe.ts'
import type { Target } from '../target.ts'

/** What the steps hand on. Folders are absolute. */
export interface Build {
  /** The repository. */
  root: string
  /** Empty folder for this build; goes away after it. */
  work: string
  /** Where the finished files go. */
  out: string
  target: Target
  names: TrioNames
  version: string
  /** Seconds since 1970 that everything is dated with. */
  epoch: number
  /** The `bty` command as one file. */
  agent: string
  /** Node's program for the target. */
  node: string
  signal: AbortSignal
  log: (line: string) => void
}

/** The unpacked Debian packages that the steps draw from. */
export interface Trees {
  kernel: string
  system: string
  firmware: string
  extras: string
  /** Null where processors take none from the kernel. */
  microcode: string | null
  /** Programs that build; they run here, whatever the target is. */
  tools: string
  /** `strip` for the target's programs. */
  strip: string
  /** A busybox that runs here, of the version that the target gets. */
  busybox: string
}
