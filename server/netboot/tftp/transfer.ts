/** One read request served to its end, as a pure step. Blocks are counted from 1 without limit; only the wire wraps. */
import type { Terms } from './negotiate.ts'
import type { TftpOptions } from './packet.ts'

export interface Transfer {
  terms: Terms
  sizeBytes: number
  /** The last block; it is shorter than the others, perhaps empty. */
  lastBlock: number
  phase: 'agreeing' | 'sending' | 'ended'
  acked: number
  sent: number
  /** Sends of the same thing since the client last moved on. */
  tries: number
}

export type TransferEvent =
  | { type: 'ack'; block: number }
  | { type: 'error'; code: number; message: string }
  | { type: 'timeout' }
  | { type: 'unreachable' }

export type TransferAction =
  | { type: 'send-options'; options: TftpOptions }
  | { type: 'send-blocks'; from: number; to: number }
  /** Nothing to send; the running timer stays as it is. */
  | { type: 'wait' }
  | { type: 'end'; outcome: Outcome; text: string }

/**
 * `stalled`: the client fell silent. `stopped`: it gave up. `likely-done`: the same behind the last block, so that only its
 * last answer is missing.
 */
export type Outcome = 'done' | 'probed' | 'stalled' | 'stopped' | 'likely-done'

export const MAX_TRIES = 6
const FIRST_TIMEOUT_MS = 1_000
const LONGEST_TIMEOUT_MS = 4_000

/** The first state and what it sends: the options agreed on, or the first blocks where there are none. */
export function begin(terms: Terms, sizeBytes: number): [Transfer, TransferAction] {
  const lastBlock = Math.floor(sizeBytes / terms.blockBytes) + 1
  const transfer: Transfer = { terms, sizeBytes, lastBlock, phase: 'agreeing', acked: 0, sent: 0, tries: 1 }
  if (Object.keys(terms.agreed).length === 0) return sendFrom({ ...transfer, phase: 'sending' })
  return [transfer, { type: 'send-options', options: terms.agreed }]
}

export function step(t: Transfer, event: TransferEvent): [Transfer, TransferAction] {
  if (t.phase === 'ended') return [t, { type: 'wait' }]
  switch (event.type) {
    case 'ack':
      return t.phase === 'agreeing' ? acceptOptions(t, event.block) : acknowledge(t, event.block)
    case 'timeout':
      return t.tries >= MAX_TRIES
        ? end(t, isLastSent(t) ? 'likely-done' : 'stalled', silence(t))
        : again({ ...t, tries: t.tries + 1 })
    case 'error':
      // Clients ask for tsize, take the size from the OACK and abort; the real read follows.
      if (t.phase === 'agreeing') return end(t, 'probed', `asked for the size: ${t.sizeBytes} bytes`)
      return end(t, 'stopped', `client stopped ${where(t)}: error ${event.code} ${event.message}`.trimEnd())
    case 'unreachable':
      if (t.phase === 'agreeing') return end(t, 'probed', `asked for the size: ${t.sizeBytes} bytes`)
      return isLastSent(t)
        ? end(t, 'likely-done', `client closed its port ${where(t)}; ${LIKELY_DONE}`)
        : end(t, 'stopped', `client closed its port ${where(t)}`)
  }
}

/** Until the thing sent last is sent again: the client's own wish, else twice as long each time. */
export function retryAfterMs(t: Transfer): number {
  return t.terms.timeoutMs ?? Math.min(LONGEST_TIMEOUT_MS, FIRST_TIMEOUT_MS * 2 ** (t.tries - 1))
}

function acceptOptions(t: Transfer, block: number): [Transfer, TransferAction] {
  return block === 0 ? sendFrom({ ...t, phase: 'sending' }) : [t, { type: 'wait' }]
}

/**
 * An ACK inside the window moves it. One at or before the window's start never resends, or every duplicate would
 * double the traffic (the Sorcerer's Apprentice, RFC 1123, 4.2.3.1); the timer covers a lost window.
 */
function acknowledge(t: Transfer, wireBlock: number): [Transfer, TransferAction] {
  const block = t.acked + ((wireBlock - t.acked) & 0xffff)
  if (block === t.acked || block > t.sent) return [t, { type: 'wait' }]
  if (block < t.lastBlock) return sendFrom({ ...t, acked: block, tries: 1 })
  return end({ ...t, acked: block }, 'done', `${t.sizeBytes} bytes in ${t.lastBlock} blocks`)
}

function sendFrom(t: Transfer): [Transfer, TransferAction] {
  const from = t.acked + 1
  const to = Math.min(t.lastBlock, t.acked + t.terms.windowBlocks)
  return [
    { ...t, sent: to },
    { type: 'send-blocks', from, to },
  ]
}

function again(t: Transfer): [Transfer, TransferAction] {
  if (t.phase === 'agreeing') return [t, { type: 'send-options', options: t.terms.agreed }]
  return sendFrom(t)
}

function end(t: Transfer, outcome: Outcome, text: string): [Transfer, TransferAction] {
  return [
    { ...t, phase: 'ended' },
    { type: 'end', outcome, text },
  ]
}

/** Many clients close their port with the last ACK, so where it is lost nobody is left to send it again (RFC 1350, 6). */
function silence(t: Transfer): string {
  const text = `no answer from the client ${where(t)} after ${t.tries} tries`
  return isLastSent(t) ? `${text}; ${LIKELY_DONE}` : text
}

function isLastSent(t: Transfer): boolean {
  return t.phase === 'sending' && t.sent === t.lastBlock
}

const LIKELY_DONE =
  'the last block was sent, so it is likely that the client has the file and its last answer got lost'

function where(t: Transfer): string {
  return t.phase === 'agreeing' ? 'to the options' : `at block ${t.acked + 1} of ${t.lastBlock}`
}
