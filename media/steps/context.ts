import type { TrioNames } from '../recipe.ts'

/** What the steps hand on. Folders are absolute. */
export interface Build {
  /** The repository. */
  root: string
  /** Empty folder for this build; goes away after it. */
  work: string
  /** Where the finished files go. */
  out: string
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
  microcode: string
  /** Programs that build. */
  tools: string
}
