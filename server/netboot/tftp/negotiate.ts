import type { TftpOptions } from './packet.ts'

export interface Terms {
  blockBytes: number
  windowBlocks: number
  /** Between two sends of the same thing; null leaves the choice to the server. */
  timeoutMs: number | null
  /** What goes into the OACK; empty means that none is sent. */
  agreed: TftpOptions
}

// One Ethernet frame: 1500 less IP (20), UDP (8) and TFTP (4). Larger blocks would be fragmented, which firmware handles badly.
export const LARGEST_BLOCK_BYTES = 1468
const LARGEST_WINDOW_BLOCKS = 64
const LONGEST_TIMEOUT_S = 20 // a slot is held for several of these

/**
 * Answers the options of a request: `blksize` (RFC 2348), `timeout` and `tsize` (RFC 2349), `windowsize` (RFC 7440).
 * What is unknown or out of range is left out, which refuses it.
 */
export function negotiate(asked: TftpOptions, sizeBytes: number): Terms {
  const terms: Terms = { blockBytes: 512, windowBlocks: 1, timeoutMs: null, agreed: {} }
  const blksize = inRange(asked.blksize, 8, 65_464)
  const windowsize = inRange(asked.windowsize, 1, 65_535)
  const timeout = inRange(asked.timeout, 1, LONGEST_TIMEOUT_S)
  if (blksize !== null) {
    terms.blockBytes = Math.min(blksize, LARGEST_BLOCK_BYTES)
    terms.agreed.blksize = `${terms.blockBytes}`
  }
  if (windowsize !== null) {
    terms.windowBlocks = Math.min(windowsize, LARGEST_WINDOW_BLOCKS)
    terms.agreed.windowsize = `${terms.windowBlocks}`
  }
  if (timeout !== null) {
    terms.timeoutMs = timeout * 1000
    terms.agreed.timeout = `${timeout}` // the client's value or nothing: RFC 2349
  }
  if (inRange(asked.tsize, 0, Number.MAX_SAFE_INTEGER) !== null) terms.agreed.tsize = `${sizeBytes}`
  return terms
}

function inRange(text: string | undefined, least: number, most: number): number | null {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return null
  const value = Number(text)
  return value >= least && value <= most ? value : null
}
