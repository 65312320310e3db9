/** What went wrong in the flash itself, from the agent's failure and its progress. Pure. */
import type { Finding, FindingCode } from '../api/index.ts'
import type { Boot } from './boot.ts'
import { finding, ofEvent, type Facts } from './facts.ts'

/** An agent reports twice a second; a busy disk may hold it up. */
export const FLASH_QUIET_MS = 60_000

const MOVING = new Set(['download', 'write', 'verify'])

/** The agent's failure codes (`flasher/errors.ts`). */
const CODES: Record<string, FindingCode> = {
  'no-disk': 'disk-not-found',
  refused: 'flash-refused',
  source: 'origin-unreachable',
  stalled: 'origin-stalled',
  truncated: 'image-cut',
  corrupt: 'image-damaged',
  'too-small': 'image-too-large',
  device: 'disk-write-error',
  verify: 'disk-differs',
}

/** Where the text tells more than the code, and for agents that send no code. */
const TEXTS: readonly [text: RegExp, code: FindingCode][] = [
  [/has sha256 [0-9a-f]{64}; expected|sha256 mismatch|digest mismatch/i, 'digest-mismatch'],
  [/no disk (?:has|with) serial|serial .* is ambiguous/i, 'disk-not-found'],
  [/needs \d+ bytes; .* holds \d+|does not fit|no space left/i, 'image-too-large'],
  [/cannot be fetched|answered \d{3}|ECONNREFUSED|ENOTFOUND|EHOSTUNREACH/i, 'origin-unreachable'],
  [/\bEIO\b|input\/output error/i, 'disk-write-error'],
]

export function failureCode(code: string | null, reason: string): FindingCode {
  const byText = TEXTS.find(([text]) => text.test(reason))?.[1]
  if (byText === 'digest-mismatch' || byText === 'image-too-large') return byText
  return CODES[code ?? ''] ?? byText ?? 'flash-failed'
}

/** The newest failure, unless a flash has succeeded since or the agent is at it again. */
export function failureFinding({ events, machine }: Facts, boot: Boot | null): Finding | null {
  const failed = events.find(({ kind }) => kind === 'machine.flash_failed')
  if (failed === undefined) return null
  if (machine?.last_flashed_at != null && failed.ts <= machine.last_flashed_at) return null
  const failedMs = Date.parse(failed.ts)
  if (boot !== null && boot.startedMs > failedMs && boot.last(['http-plan', 'agent']) !== undefined)
    return null
  const { code, reason } = failed.details ?? {}
  const text = typeof reason === 'string' ? reason : failed.summary
  const named = failureCode(typeof code === 'string' ? code : null, text)
  return finding(named, [ofEvent(failed)], detailOf(named, text, machine))
}

function detailOf(code: FindingCode, reason: string, machine: Facts['machine']): string {
  const said = `The agent said: ${reason.replace(/\.*$/, '')}.`
  if (code !== 'disk-not-found' || machine === null) return said
  const serials = (machine.known_disks ?? []).map(({ path, serial }) => `${path} ${serial ?? '(no serial)'}`)
  return serials.length === 0 ? said : `${said} Reported were: ${serials.join(', ')}.`
}

export function stalledFinding({ progress, nowMs }: Facts, boot: Boot | null): Finding | null {
  if (progress === null || !MOVING.has(progress.phase)) return null
  const atMs = Date.parse(progress.updated_at)
  if (nowMs - atMs < FLASH_QUIET_MS || (boot !== null && boot.startedMs > atMs)) return null
  const { bytes_written: written, bytes_written_total: total } = progress
  const text = `${progress.phase}: ${written}${total === null ? '' : ` of ${total}`} bytes written`
  return finding('flash-stalled', [{ at: progress.updated_at, kind: 'event', text }])
}
