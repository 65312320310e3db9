import { randomInt } from 'node:crypto'
import { probeTarget } from '../disk/target.ts'
import { FlashError } from '../errors.ts'
import { newVolume } from '../exfat/new-volume.ts'
import { expecting } from '../flash/expecting.ts'
import type { FlashOutcome } from '../flash/outcome.ts'
import type { Wanted } from '../flash/plan.ts'
import type { ReadyTarget } from '../flash/target-run.ts'
import { flashTargets } from '../flash/targets.ts'
import type { FlashOptions } from '../flash/targets.ts'
import { runTool } from '../run.ts'
import { openSource } from '../source/open.ts'
import type { SourceOptions } from '../source/open.ts'
import { burnMeter } from './burn-meter.ts'
import type { BurnMeter } from './burn-meter.ts'
import { fillSticks } from './fill.ts'
import type { FillFile, FillTarget } from './fill.ts'
import { CATALOG, GROWN_MARK, sizeImages, stickCatalog } from './image.ts'
import type { BurnImage, SizedImage } from './image.ts'
import { openMedium } from './medium.ts'
import type { Medium, MediumRequest } from './medium.ts'
import { newStickProblems, updateProblems } from './plan.ts'
import type { BurnProgress } from './progress.ts'
import { lookAtStick } from './stick.ts'
import type { Stick } from './stick.ts'
import { grownPart, IMAGES_LABEL, SECTOR_BYTES, withImagesPart } from './table.ts'

/** `update`: a bty stick gets a new live system and keeps its images. */
export type BurnTarget = Omit<Wanted, 'keep'> & { update?: boolean }

export interface BurnRequest {
  medium: MediumRequest
  /** Copied onto each stick that is not updated. */
  images: BurnImage[]
  targets: BurnTarget[]
}

export interface BurnOptions extends Pick<
  FlashOptions,
  'signal' | 'run' | 'allowFile' | 'stallTimeoutMs' | 'source' | 'verify'
> {
  onProgress?: (progress: BurnProgress) => void
}

/** What a burn will do, every check before the first byte made. */
export interface BurnPlan {
  medium: Medium
  images: SizedImage[]
  targets: BurnTarget[]
  /** Of each target that is updated; null for one that is burnt anew. */
  sticks: (Stick | null)[]
}

const STALL_MS = 60_000

/** Looks at medium, images and sticks. Writes nothing. Throws FlashError: `refused` with every reason. */
export async function planBurn(request: BurnRequest, options: BurnOptions): Promise<BurnPlan> {
  const { signal, run = runTool } = options
  const sources = sourceOptions(options)
  const medium = await openMedium(request.medium, sources)
  const images = await sizeImages(request.images, sources)
  const twice = images.find(({ name }, i) => images.findIndex((other) => other.name === name) < i)
  if (twice !== undefined) throw new FlashError('refused', `two of the images are called ${twice.name}`)
  const sticks: (Stick | null)[] = []
  const problems: string[] = []
  for (const { path, update = false } of request.targets) {
    const target = await probeTarget(path, run)
    signal.throwIfAborted()
    const stick = update ? await lookAtStick(path, target.sizeBytes) : null
    sticks.push(stick)
    problems.push(
      ...(update ? updateProblems(medium, images, path, stick) : newStickProblems(medium, images, target)),
    )
  }
  if (problems.length > 0) throw new FlashError('refused', problems.join('; '))
  return { medium, images, targets: request.targets, sticks }
}

/** Burns a plan; each stick has its own fate, and one that fails holds nothing that boots. Never throws. */
export async function burnPlan(plan: BurnPlan, options: BurnOptions): Promise<FlashOutcome> {
  const { medium, images } = plan
  const { signal, run, allowFile, stallTimeoutMs, source, verify } = options
  const paths = plan.targets.map(({ path }) => path)
  using meter = burnMeter(paths, medium.liveBytes, options.onProgress ?? (() => {}))
  const stickOf = new Map(plan.targets.map(({ path }, i) => [path, plan.sticks[i] ?? null]))
  const wanted = plan.targets.map(({ update: _, ...target }, i): Wanted => {
    const stick = plan.sticks[i]
    return stick ? { ...target, keep: stick.keep } : target
  })

  /** A stick may have been changed since it was looked at. */
  async function beforeWrite(): Promise<void> {
    for (const [path, stick] of stickOf) {
      if (stick === null) continue
      const { sizeBytes } = await probeTarget(path, run ?? runTool)
      const now = await lookAtStick(path, sizeBytes)
      if (now === null || !now.keep.head.equals(stick.keep.head))
        throw new FlashError(
          'refused',
          `${path} has another partition table than a moment ago; look at it again`,
        )
    }
  }

  async function complete(targets: readonly ReadyTarget[]): Promise<void> {
    const fresh: FillTarget[] = []
    const files = filesOf(images, options, meter)
    const fileBytes = files.reduce((sum, file) => sum + file.bytes, 0)
    for (const target of targets) {
      const stick = stickOf.get(target.path) ?? null
      const part = stick?.images ?? grownPart(medium.images, target.sizeBytes)
      target.replaceHead(withImagesPart(target.head, part))
      if (stick !== null) continue
      const volume = newVolume(part.sectors * SECTOR_BYTES, files, {
        label: IMAGES_LABEL,
        serial: randomInt(2 ** 32),
        partitionOffset: part.start,
        date: new Date(),
      })
      const counters = meter.filling(target.path, fileBytes)
      fresh.push({ target, volume, startByte: part.start * SECTOR_BYTES, ...counters })
    }
    if (fresh.length === 0) return
    await fillSticks(fresh, files, { signal, onFile: meter.file })
  }

  return await flashTargets(
    { ...medium, format: null, firstBytes: medium.liveBytes, targets: wanted },
    {
      ...{ signal, beforeWrite, complete, blockMap: false, moveGpt: false, verify: verify ?? 'always' },
      ...(run && { run }),
      ...(source && { source }),
      ...(allowFile !== undefined && { allowFile }),
      ...(stallTimeoutMs !== undefined && { stallTimeoutMs }),
      onProgress: meter.flash,
    },
  )
}

/** Images first, so that the catalog can name the digest of each. */
function filesOf(images: readonly SizedImage[], options: BurnOptions, meter: BurnMeter): FillFile[] {
  const catalogBytes = stickCatalog(images, new Map()).length
  return [
    ...images.map((image): FillFile => ({
      name: image.file,
      bytes: image.bytes,
      open: () => contentOf(image, options, meter),
    })),
    { name: CATALOG, bytes: catalogBytes, open: (digests) => chunk(stickCatalog(images, digests)) },
    { name: GROWN_MARK, bytes: 0, open: () => chunk(Buffer.alloc(0)) },
  ]
}

async function* contentOf(
  { name, src, sha256, bytes }: SizedImage,
  options: BurnOptions,
  meter: BurnMeter,
): AsyncGenerator<Buffer> {
  const { stream } = await openSource(src, {
    ...sourceOptions(options),
    digestKnown: sha256 !== null,
    onWait: ({ text, retry, maxRetries }) =>
      meter.waiting(`${name}: ${text}; retry ${retry} of ${maxRetries}`),
  })
  const stop = () => void stream.destroy(options.signal.reason as Error)
  options.signal.addEventListener('abort', stop, { once: true })
  try {
    yield* expecting(stream, { name, sizeBytes: bytes, sha256 }, () => meter.waiting(null))
  } finally {
    options.signal.removeEventListener('abort', stop)
    stream.destroy()
  }
}

async function* chunk(content: Buffer): AsyncGenerator<Buffer> {
  yield content
}

function sourceOptions({ signal, stallTimeoutMs = STALL_MS, source }: BurnOptions): SourceOptions {
  return { ...source, signal, stallTimeoutMs }
}
