import type { Disk } from '../disk/list.ts'
import type { FlashError } from '../errors.ts'
import type { FlashProgress, Resuming } from '../flash/progress.ts'
import type { TargetOutcome } from '../flash/outcome.ts'
import { flashView } from '../wizard/flash-view.ts'
import type { Check } from '../wizard/state.ts'
import type { Screen } from '../wizard/terminal.ts'
import { bytesText, resumingText } from '../wizard/words.ts'
import { diskFields } from './disks.ts'
import { jsonLine, tellError } from './output.ts'

/** Tells a flash to a person or a script. */
export interface FlashOutput {
  start(image: string, check: Check, disks: readonly Disk[]): void
  progress(progress: FlashProgress): void
  /** A download broke off and goes on; people see that in the progress. */
  retry(resuming: Resuming): void
  result(ok: boolean, targets: readonly TargetOutcome[], seconds: number, exitCode: number): void
  /** Nothing was begun. */
  error(error: FlashError): void
}

export function flashOutput(json: boolean, screen: Screen): FlashOutput {
  return json ? jsonOutput() : wordsOutput(screen)
}

/** Two samples a second, and every change of phase at once. */
const EVERY_MS = 500

function jsonOutput(): FlashOutput {
  let before: { phase: string; atMs: number } | null = null
  return {
    start: (image, { format, storedBytes, expandedBytes, blockMap }, disks) =>
      jsonLine('start', {
        image,
        format,
        stored_bytes: storedBytes,
        expanded_bytes: expandedBytes,
        block_map: blockMap,
        disks: disks.map(diskFields),
      }),
    progress(progress) {
      const atMs = performance.now()
      if (before !== null && before.phase === progress.phase && atMs - before.atMs < EVERY_MS) return
      before = { phase: progress.phase, atMs }
      jsonLine('progress', progressFields(progress))
    },
    retry: ({ text, position, attempt, attempts, pauseMs }) =>
      jsonLine('retry', { text, position, attempt, attempts, pause_ms: pauseMs }),
    result: (ok, targets, seconds, exitCode) =>
      jsonLine('result', { ok, exit_code: exitCode, seconds, targets: targets.map(targetFields) }),
    error: ({ code, message }) => tellError(true, code, message),
  }
}

function progressFields({ rates, targets, waiting, resuming, ...progress }: FlashProgress) {
  return {
    phase: progress.phase,
    bytes_read: progress.bytesRead,
    bytes_read_total: progress.bytesReadTotal,
    bytes_written: progress.bytesWritten,
    bytes_written_total: progress.bytesWrittenTotal,
    read_per_second: Math.round(rates.read),
    written_per_second: Math.round(rates.written),
    verified_per_second: Math.round(rates.verified),
    waiting: resuming === null ? waiting : [resumingText(resuming), ...waiting],
    targets: targets.map(({ path, phase, bytesWritten, bytesVerified, bytesVerifiedTotal, error }) => ({
      path,
      phase,
      bytes_written: bytesWritten,
      bytes_verified: bytesVerified,
      bytes_verified_total: bytesVerifiedTotal,
      error,
    })),
  }
}

/** The fate of a target as it stands in `--json` lines. */
export function targetFields({ path, ok, state, sizeBytes, verified, error, notes }: TargetOutcome) {
  return {
    path,
    ok,
    state,
    size_bytes: sizeBytes,
    verified,
    error: error === null ? null : { code: error.code, text: error.message },
    notes,
  }
}

function wordsOutput(screen: Screen): FlashOutput {
  const show = flashView(screen)
  return {
    start: () => {},
    progress(progress) {
      if (progress.phase !== 'done' && progress.phase !== 'failed') show(progress)
    },
    retry: () => {},
    result(_ok, targets, seconds) {
      for (const { path, sizeBytes, verified, error, notes } of targets) {
        if (error === null)
          screen.say(
            `${path}: ${bytesText(sizeBytes!)} ${verified ? 'written and read back' : 'written, not read back'} in ${seconds.toFixed(1)} s.`,
          )
        else screen.say(`${path}: FAILED: ${error.message}`)
        for (const note of notes) screen.say(`${path}: ${note}`)
      }
    },
    error: ({ code, message }) => tellError(false, code, message),
  }
}
