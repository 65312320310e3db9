import type { BurnPlan } from '../burn/burn.ts'
import type { BurnProgress, StickProgress } from '../burn/progress.ts'
import type { Disk } from '../disk/list.ts'
import type { FlashError } from '../errors.ts'
import type { TargetOutcome } from '../flash/outcome.ts'
import type { Look } from '../wizard/look.ts'
import type { Screen } from '../wizard/terminal.ts'
import { clean } from '../wizard/text.ts'
import { bytesText } from '../wizard/words.ts'
import { diskFields } from './disks.ts'
import { targetFields } from './flash-output.ts'
import { jsonLine, tellError } from './output.ts'

/** Tells a burn to a person or a script. */
export interface BurnOutput {
  start(plan: BurnPlan, disks: readonly Disk[]): void
  progress(progress: BurnProgress): void
  result(ok: boolean, targets: readonly TargetOutcome[], seconds: number, exitCode: number): void
  /** Nothing was begun. */
  error(error: FlashError): void
}

export function burnOutput(json: boolean, screen: Screen): BurnOutput {
  return json ? jsonOutput() : wordsOutput(screen)
}

/** What a person says yes to. */
export function confirmLines(
  { medium, images, sticks }: BurnPlan,
  disks: readonly Disk[],
  look: Pick<Look, 'unicode'>,
): string[] {
  const lines = [
    `Live medium: ${medium.name}`,
    ...images.map(({ name, bytes }) => `Image: ${name}, ${bytesText(bytes)}`),
    ...disks.map(({ path, model, serial, sizeBytes, content, warnings }, i) => {
      const stick = sticks[i]
      const fate = stick
        ? `its images stay${stick.version === null ? '' : `, its live system ${stick.version} is replaced`}`
        : `everything on it is lost: ${content}`
      const facts = [model ?? 'unnamed', `serial ${serial ?? 'unknown'}`, bytesText(sizeBytes), ...warnings]
      return `${path}: ${facts.join(', ')}; ${fate}`
    }),
  ]
  return lines.map((text) => clean(text, look))
}

/** Two samples a second, and every change of a phase at once. */
const EVERY_MS = 500
/** Lines for a person are few. */
const LINE_EVERY_MS = 10_000

const phasesOf = ({ sticks }: BurnProgress) => sticks.map(({ phase }) => phase).join()

function jsonOutput(): BurnOutput {
  let before = { phases: '', atMs: -Infinity }
  return {
    start: ({ medium, images, sticks }, disks) =>
      jsonLine('start', {
        medium: { src: medium.src, version: medium.version, live_bytes: medium.liveBytes },
        images: images.map(({ name, file, bytes, sha256 }) => ({ name, file, bytes, sha256 })),
        disks: disks.map((disk, i) => ({ ...diskFields(disk), update: sticks[i] !== null })),
      }),
    progress(progress) {
      const now = { phases: phasesOf(progress), atMs: performance.now() }
      if (now.phases === before.phases && now.atMs - before.atMs < EVERY_MS) return
      before = now
      jsonLine('progress', {
        image: progress.image,
        waiting: progress.waiting,
        sticks: progress.sticks.map(({ path, phase, bytesDone, bytesTotal, rate, error }) => ({
          path,
          phase,
          bytes_done: bytesDone,
          bytes_total: bytesTotal,
          per_second: Math.round(rate),
          error,
        })),
      })
    },
    result: (ok, targets, seconds, exitCode) =>
      jsonLine('result', { ok, exit_code: exitCode, seconds, targets: targets.map(targetFields) }),
    error: ({ code, message }) => tellError(true, code, message),
  }
}

function wordsOutput(screen: Screen): BurnOutput {
  let before = { phases: '', atMs: -Infinity }
  return {
    start: () => {},
    progress(progress) {
      const now = { phases: phasesOf(progress), atMs: performance.now() }
      const lines = progress.sticks.map((stick) => line(stick, progress.image))
      if (screen.look().mode === 'cursor') {
        if (now.phases === before.phases && now.atMs - before.atMs < EVERY_MS) return
        screen.live(lines)
      } else {
        if (now.phases === before.phases && now.atMs - before.atMs < LINE_EVERY_MS) return
        for (const text of [...lines, ...progress.waiting]) screen.say(text)
      }
      before = now
    },
    result(_ok, targets, seconds) {
      for (const { path, error, notes } of targets) {
        if (error === null) screen.say(`${path}: burnt and read back in ${seconds.toFixed(1)} s.`)
        else screen.say(`${path}: FAILED: ${error.message}`)
        for (const note of notes) screen.say(`${path}: ${note}`)
      }
    },
    error: ({ code, message }) => tellError(false, code, message),
  }
}

const PHASES = {
  download: 'waiting for the medium',
  write: 'writing',
  verify: 'reading back',
  fill: 'copying images',
  check: 'reading images back',
  done: 'done',
  failed: 'failed',
} as const

function line(
  { path, phase, bytesDone, bytesTotal, rate, error }: StickProgress,
  image: string | null,
): string {
  if (phase === 'failed') return `${path}: failed: ${error ?? ''}`
  const amount = `${bytesText(bytesDone)}${bytesTotal === null ? '' : ` of ${bytesText(bytesTotal)}`}`
  const what = phase === 'fill' && image !== null ? `copying ${image}` : PHASES[phase]
  return phase === 'done' ? `${path}: done` : `${path}: ${what}, ${amount}, ${bytesText(rate)}/s`
}
