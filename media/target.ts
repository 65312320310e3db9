import type { DebianArch } from './apt.ts'

/** What a medium is built for. */
export interface Target {
  arch: DebianArch
  /** As file names of the trio and iPXE's boot scripts have it. */
  trioArch: 'x86_64' | 'arm64'
  /** Where Debian puts shared libraries, below `usr/lib`. */
  libraryFolder: string
  /** The dynamic loader, as programs name it. */
  loader: string
  /** `strip` that knows these programs, in the package set `tools` or `crossTools`. */
  strip: string
}

export const AMD64: Target = {
  arch: 'amd64',
  trioArch: 'x86_64',
  libraryFolder: 'x86_64-linux-gnu',
  loader: '/lib64/ld-linux-x86-64.so.2',
  strip: 'usr/bin/strip',
}

export const ARM64: Target = {
  arch: 'arm64',
  trioArch: 'arm64',
  libraryFolder: 'aarch64-linux-gnu',
  loader: '/lib/ld-linux-aarch64.so.1',
  strip: 'usr/bin/aarch64-linux-gnu-strip',
}
