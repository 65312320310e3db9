/** Words of the page that flashes this laptop's own drives. */
import type { LocalFlash } from '../../../server/api/index.ts'
import { bytes, duration, rate } from '../format.ts'
import { plural } from './plural.ts'

export const flashWords = {
  title: 'Flash',
  about:
    'Writes an image to drives that are plugged into this laptop, several at once, and reads every byte back.',
  noDesk: 'Drives of the laptop are written only from the console on the laptop itself.',
  noDeskNext: 'Open the link that the console printed when it started, on that machine.',
  steps: { image: 'Image', drives: 'Drives' },
  search: 'Search images',
  noImages: 'The catalog is empty.',
  noImagesNext: 'Add an image first',
  file: 'Or a file on this laptop',
  filePlaceholder: '/home/you/image.img.zst',
  useFile: 'Use this file',
  browse: 'Browse …',
  chosen: 'Chosen',
  noDrives: 'No drive is plugged in that this console can see.',
  looking: 'Looking for drives …',
  removable: 'removable',
  internal: 'built in',
  unknownModel: 'Unnamed drive',
  showInternal: (count: number) => (count === 1 ? 'Show 1 built-in drive' : `Show ${count} built-in drives`),
  hideInternal: 'Hide built-in drives',
  refusedBecause: (reasons: readonly string[]) => `Cannot be flashed: it ${reasons.join('; it ')}.`,
  warning: (reasons: readonly string[]) => `It ${reasons.join('; it ')}.`,
  free: 'Unmount',
  freeOf: (path: string) => `Unmount what is on ${path}`,
  freed: (path: string) => `Everything on ${path} is unmounted.`,
  stillBusy: (places: readonly string[]) =>
    `Still in use: ${places.join(', ')}. Close what uses it, then try again.`,
  start: (count: number) => (count === 0 ? 'Flash' : count === 1 ? 'Flash 1 drive' : `Flash ${count} drives`),
  needs: { image: 'Choose an image.', drives: 'Choose at least one drive.' },
  confirmTitle: (count: number) =>
    count === 1 ? 'Overwrite this drive?' : `Overwrite these ${count} drives?`,
  confirmText: (image: string, count: number) =>
    `Everything on ${count === 1 ? 'it' : 'them'} is lost, and ${image} is written there.`,
  confirmYes: (count: number) => (count === 1 ? 'Overwrite it' : `Overwrite all ${count}`),
  understand: 'I know that this built-in drive is overwritten',
  begun: 'The flash has begun.',
  running: 'Running',
  past: 'Flashed here',
  cancel: 'Cancel',
  cancelOf: (image: string) => `Cancel the flash of ${image}`,
  cancelled: 'The flash stops as soon as the write under way has ended.',
  record: 'Record',
  recordOf: (image: string) => `Download the record of the flash of ${image}`,
  phases: {
    download: 'Waiting for the image',
    write: 'Writing',
    verify: 'Reading back',
    done: 'Done',
    failed: 'Failed',
  },
  states: {
    untouched: 'Nothing was written to it.',
    empty: 'It holds nothing that boots. Flash it again before it is used.',
    partial: 'What is on it counts for nothing. Flash it again before it is used.',
    written: 'The whole image is on it.',
    unknown: 'What is on it is unknown. Flash it again before it is used.',
  },
  verified: 'Written and read back',
  writtenOnly: 'Written, not read back',
  /** In a notification of the desktop. */
  told: ({ image, status, error, targets }: LocalFlash) =>
    status === 'completed'
      ? `${image} is written and verified on ${plural(targets.length, 'drive')}.`
      : `${image} was not written to every drive: ${error ?? 'see the page Flash'}`,
  ends: { completed: 'verified', failed: 'failed', cancelled: 'cancelled', running: 'running' },
  progress: (path: string) => `Progress of ${path}`,
}

/** `12.3 MB/s, 40 s left`; what is unknown is left out. */
export function paceText(bytesPerSecond: number, done: number, total: number | null): string {
  if (bytesPerSecond <= 0) return bytes(done)
  const left = total === null ? '' : `, ${duration(Math.max(0, (total - done) / bytesPerSecond))} left`
  return `${bytes(done)}, ${rate(bytesPerSecond)}${left}`
}
