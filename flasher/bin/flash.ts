/** `bty flash`: writes an image to disks that are named, for scripts and for hands that know what they want. */
import { writeFile } from 'node:fs/promises'
import { wantsUefiBoot } from '../disk/uefi-boot.ts'
import { asFlashError, FlashError } from '../errors.ts'
import type { TargetOutcome } from '../flash/outcome.ts'
import { flashTargets } from '../flash/targets.ts'
import { runTool } from '../run.ts'
import { checkFlash } from '../wizard/check.ts'
import { terminalPrompt } from '../wizard/prompt.ts'
import { NO_SINKS, terminalScreen } from '../wizard/terminal.ts'
import type { Screen } from '../wizard/terminal.ts'
import { wantedOf } from '../wizard/targets.ts'
import { confirmed } from './confirm.ts'
import { EXIT } from './exit-codes.ts'
import { FLASH_USAGE, readFlashArgs } from './flash-args.ts'
import type { FlashArgs } from './flash-args.ts'
import { findDisks } from './find-disks.ts'
import { flashOutput } from './flash-output.ts'

/** Runs the sub-command with the words behind `flash`; gives the exit code. */
export async function flashCommand(words: string[], signal: AbortSignal): Promise<number> {
  let args: FlashArgs | 'help'
  try {
    args = readFlashArgs(words)
    if (args !== 'help' && !args.yes && process.stdin.isTTY !== true)
      throw new Error('there is no terminal to confirm at; --yes flashes without being asked')
  } catch (error) {
    process.stderr.write(`bty: ${(error as Error).message}\n${FLASH_USAGE}`)
    return EXIT.usage
  }
  if (args === 'help') {
    process.stdout.write(FLASH_USAGE)
    return EXIT.ok
  }
  const screen = terminalScreen(NO_SINKS)
  const output = flashOutput(args.json, screen)
  try {
    return await flash(args, screen, signal)
  } catch (cause) {
    const error = asFlashError(cause, signal)
    output.error(error)
    return EXIT[error.code]
  }
}

async function flash(args: FlashArgs, screen: Screen, signal: AbortSignal): Promise<number> {
  const output = flashOutput(args.json, screen)
  const disks = await findDisks(args.disks, args.unmount)
  const allowMember = args.allowMember || !args.yes
  const targets = disks.map((disk) => ({ ...wantedOf(disk), allowMember }))
  const image = { src: args.image, format: args.format, sha256: args.sha256 }
  // The standard input can be read once only, so it is not looked at before the flash.
  const check =
    args.image === '-'
      ? { storedBytes: null, expandedBytes: null, format: args.format, blockMap: null, problems: [] }
      : await checkFlash(
          image,
          targets.map((wanted) => ({ wanted, allowFile: true })),
          runTool,
          { signal, blockMap: args.blockMap },
        )
  signal.throwIfAborted()
  if (check.failure !== undefined) throw check.failure
  if (check.problems.length > 0) throw new FlashError('refused', check.problems.join('; '))
  if (
    !args.yes &&
    !(await confirmed(args.image, args.sha256, check, disks, screen, terminalPrompt(), signal))
  )
    throw new FlashError('cancelled', 'not confirmed; nothing was written')
  output.start(args.image, check, disks)
  const begunMs = performance.now()
  const outcome = await flashTargets(
    { ...image, targets },
    {
      signal,
      run: runTool,
      allowFile: true,
      verify: args.verify ? 'always' : 'never',
      blockMap: args.blockMap,
      uefiBoot: wantsUefiBoot(process.env),
      onProgress: output.progress,
      onRetry: output.retry,
    },
  )
  const exitCode = exitCodeOf(outcome.targets)
  output.result(outcome.ok, outcome.targets, (performance.now() - begunMs) / 1000, exitCode)
  if (args.record !== null) await writeRecord(args.record, outcome.record)
  return exitCode
}

/** Of several failures that of the first disk. */
export function exitCodeOf(targets: readonly TargetOutcome[]): number {
  const error = targets.find((target) => target.error !== null)?.error ?? null
  return error === null ? EXIT.ok : EXIT[error.code]
}

/** The flash is over; a record that cannot be kept is told and changes nothing about it. */
async function writeRecord(file: string, record: object): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(record, null, 2)}\n`)
  } catch (error) {
    process.stderr.write(`bty: the record was not written: ${(error as Error).message}\n`)
  }
}
