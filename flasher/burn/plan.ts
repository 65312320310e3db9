/** Whether a burn may begin, decided before the first byte is written. Pure. */
import { LEAST_VOLUME_BYTES } from '../exfat/geometry.ts'
import type { Disk } from '../disk/list.ts'
import type { Target } from '../disk/target.ts'
import { fitOf } from './image.ts'
import type { SizedImage } from './image.ts'
import type { Medium } from './medium.ts'
import type { Stick } from './stick.ts'
import { grownPart, SECTOR_BYTES } from './table.ts'

/** Live media are made for blocks of this size, as firmware expects them of sticks. */
const BLOCK_BYTES = 512

/** Everything against a new stick. */
export function newStickProblems(
  medium: Pick<Medium, 'wholeBytes' | 'images' | 'name'>,
  images: readonly SizedImage[],
  { path, sizeBytes, logicalBlockBytes }: Pick<Target, 'path' | 'sizeBytes' | 'logicalBlockBytes'>,
): string[] {
  if (logicalBlockBytes !== BLOCK_BYTES)
    return [
      `${path} has blocks of ${logicalBlockBytes} bytes; live media start from blocks of ${BLOCK_BYTES} only`,
    ]
  const partBytes = grownPart(medium.images, sizeBytes).sectors * SECTOR_BYTES
  if (sizeBytes < medium.wholeBytes || partBytes < LEAST_VOLUME_BYTES)
    return [`${path} holds ${sizeBytes} bytes; ${medium.name} needs ${medium.wholeBytes}`]
  const { fits, neededBytes, freeBytes } = fitOf(images, partBytes)
  if (fits) return []
  return [
    `the ${images.length === 1 ? 'image needs' : `${images.length} images need`} ${neededBytes} bytes; ${path} has ${freeBytes} for images. Choose fewer, or a larger stick`,
  ]
}

/** Everything against updating a stick. `stick`: null when it is none of ours. */
export function updateProblems(
  medium: Pick<Medium, 'liveBytes' | 'name'>,
  images: readonly SizedImage[],
  path: string,
  stick: Stick | null,
): string[] {
  if (stick === null) return [`${path} is no bty stick, so there is nothing to update; burn it anew`]
  const problems: string[] = []
  if (medium.liveBytes > stick.liveBytes)
    problems.push(
      `the live part of ${medium.name} has ${medium.liveBytes} bytes; ${path} has ${stick.liveBytes} in front of its images. Copy the images to another place and burn the stick anew`,
    )
  if (images.length > 0)
    problems.push(
      `an update keeps the images of ${path} as they are and adds none; copy further ones as files, or burn the stick anew`,
    )
  return problems
}

/** Only what can be pulled out is burnt without a word of the operator's. */
export function fixedProblems(
  { path, removable }: Pick<Disk, 'path' | 'removable'>,
  allowFixed: boolean,
): string[] {
  return removable || allowFixed ? [] : [`${path} is no removable drive, and that was not explicitly allowed`]
}
