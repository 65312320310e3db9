import type { Target } from './target.ts'

/** A target of which nothing is known yet. */
export const UNKNOWN_TARGET: Omit<Target, 'path' | 'kind'> = {
  type: null,
  serial: null,
  wwn: null,
  busPath: null,
  devNo: null,
  diskSeq: null,
  sizeBytes: 0,
  logicalBlockBytes: 512,
  marks: [],
  holders: [],
  members: [],
  busy: false,
  problem: null,
}
