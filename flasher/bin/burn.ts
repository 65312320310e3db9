/** `bty burn`: makes live sticks, with images on them, and updates sticks that are there. */
import { burnPlan, planBurn } from '../burn/burn.ts'
import type { BurnOptions, BurnPlan } from '../burn/burn.ts'
import { findMedia } from '../burn/find-media.ts'
import type { BurnImage } from '../burn/image.ts'
import type { MediumRequest } from '../burn/medium.ts'
import { fixedProblems } from '../burn/plan.ts'
import type { Disk } from '../disk/list.ts'
import { asFlashError, FlashError } from '../errors.ts'
import { targetProblems } from '../flash/plan.ts'
import { probeTarget } from '../disk/target.ts'
import { runTool } from '../run.ts'
import { DEFAULT_IMAGE_ROOT } from '../wizard/image-root.ts'
import { loadImages } from '../wizard/load-images.ts'
import { terminalPrompt } from '../wizard/prompt.ts'
import { wantedOf } from '../wizard/targets.ts'
import { NO_SINKS, terminalScreen } from '../wizard/terminal.ts'
import { BURN_USAGE, readBurnArgs } from './burn-args.ts'
import type { BurnArgs } from './burn-args.ts'
import { burnOutput, confirmLines } from './burn-output.ts'
import { EXIT } from './exit-codes.ts'
import { outputLook } from './output-look.ts'
import { findDisks } from './find-disks.ts'
import { exitCodeOf } from './flash.ts'

/** Runs the sub-command with the words behind `burn`; gives the exit code. */
export async function burnCommand(words: string[], signal: AbortSignal): Promise<number> {
  let args: BurnArgs | 'help'
  try {
    args = readBurnArgs(words)
    if (args !== 'help' && !args.yes && process.stdin.isTTY !== true)
      throw new Error('there is no terminal to confirm at; --yes burns without being asked')
  } catch (error) {
    process.stderr.write(`bty: ${(error as Error).message}\n${BURN_USAGE}`)
    return EXIT.usage
  }
  if (args === 'help') {
    process.stdout.write(BURN_USAGE)
    return EXIT.ok
  }
  const output = burnOutput(args.json, terminalScreen(NO_SINKS))
  try {
    return await burn(args, output, signal)
  } catch (cause) {
    const error = asFlashError(cause, signal)
    output.error(error)
    return EXIT[error.code]
  }
}

async function burn(
  args: BurnArgs,
  output: ReturnType<typeof burnOutput>,
  signal: AbortSignal,
): Promise<number> {
  const medium = await mediumOf(args)
  const disks = await findDisks(args.disks, args.unmount)
  // Who is asked sees what would be lost.
  const allowMember = args.allowMember || !args.yes
  const targets = disks.map((disk) => ({ ...wantedOf(disk), allowMember, update: args.update }))
  const problems = disks.flatMap((disk) => fixedProblems(disk, args.allowFixed))
  for (const wanted of targets)
    problems.push(...targetProblems(await probeTarget(wanted.path, runTool), wanted, true))
  if (problems.length > 0) {
    const hint = problems.some((problem) => /not explicitly allowed$/.test(problem))
      ? '; --allow-fixed allows it'
      : ''
    throw new FlashError('refused', `${problems.join('; ')}${hint}`)
  }
  const options: BurnOptions = { signal, run: runTool, allowFile: true, onProgress: output.progress }
  const plan = await planBurn({ medium, images: await imagesOf(args, signal), targets }, options)
  if (!args.yes && !(await isConfirmed(plan, disks, signal)))
    throw new FlashError('cancelled', 'not confirmed; nothing was written')
  output.start(plan, disks)
  const begunMs = performance.now()
  const { ok, targets: fates } = await burnPlan(plan, options)
  const exitCode = exitCodeOf(fates)
  output.result(ok, fates, (performance.now() - begunMs) / 1000, exitCode)
  return exitCode
}

/** The one that was named, else the newest that lies where media are built. Throws FlashError `source`. */
async function mediumOf({ medium, sha256 }: BurnArgs): Promise<MediumRequest> {
  if (medium !== null) return { src: medium, sha256: sha256?.trim().toLowerCase() ?? null }
  const folders = ['dist/media', ...(process.env['BTY_MEDIA_DIR'] ? [process.env['BTY_MEDIA_DIR']] : [])]
  const [newest] = await findMedia(folders)
  if (newest === undefined)
    throw new FlashError(
      'source',
      `no live medium lies in ${folders.join(' or ')}: build one with "npm run media -- usbboot-pc", or name one with --medium`,
    )
  return { src: newest.path, sha256: newest.sha256 }
}

/** The images that are named, from image root and catalog. Throws FlashError. */
async function imagesOf({ images: names, catalog }: BurnArgs, signal: AbortSignal): Promise<BurnImage[]> {
  if (names.length === 0) return []
  const imageRoot = process.env['BTY_IMAGE_ROOT'] || DEFAULT_IMAGE_ROOT
  const { images, problems } = await loadImages(imageRoot, catalog, signal)
  signal.throwIfAborted()
  if (problems.length > 0) throw new FlashError('source', problems.join(' '))
  return names.map((name) => {
    const found = images.filter((image) => image.name === name)
    if (found.length === 1) return found[0]!
    const count = found.length === 0 ? 'no image is' : `${found.length} images are`
    throw new FlashError(
      'source',
      `${count} called ${JSON.stringify(name)}; "bty images" lists what there is`,
    )
  })
}

async function isConfirmed(plan: BurnPlan, disks: readonly Disk[], signal: AbortSignal): Promise<boolean> {
  const prompt = terminalPrompt()
  try {
    process.stderr.write(
      confirmLines(plan, disks, outputLook())
        .map((line) => `${line}\n`)
        .join(''),
    )
    return /^y(?:es)?$/i.test((await prompt.ask('Burn? [y/N] ', signal)) ?? '')
  } finally {
    prompt.close()
  }
}
