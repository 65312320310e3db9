/** Words of the page that makes live sticks. */
import type { Burn } from '../../../server/api/index.ts'
import { bytes } from '../format.ts'
import { plural } from './plural.ts'

export const sticksWords = {
  title: 'Sticks',
  about:
    'Makes USB sticks that boot a machine into bty without a network, with images on them. Several at once, every byte read back.',
  steps: { medium: 'Live medium', sticks: 'Sticks', images: 'Images to put on' },
  built: 'built here',
  fetched: 'fetched',
  noMedia: 'There is no live medium on this laptop yet.',
  noMediaBuild: 'Build one in the folder of the console:',
  buildCommand: 'npm run media -- usbboot-pc',
  noMediaFetch: (repo: string, tag: string) =>
    `Or fetch the one that ${repo} has published${tag === 'latest' ? '' : ` as ${tag}`}.`,
  fetchNewest: (tag: string) => (tag === 'latest' ? 'Fetch the latest release' : `Fetch release ${tag}`),
  fetching: (tag: string) => `Fetching the medium of ${tag}`,
  fetchFailed: (tag: string, reason: string) => `The medium of ${tag} was not fetched: ${reason}`,
  cancelFetch: 'Cancel',
  noSticks: 'No stick is plugged in. Plug one in, it appears here.',
  isStick: 'bty stick',
  looking: 'Looking at what is on it …',
  holds: (version: string | null, images: number, free: number | null) =>
    `${version === null ? 'No live system that can be told' : `bty ${version}`}, ${plural(images, 'image')}${free === null ? '' : `, ${bytes(free)} free`}`,
  update: 'Update, keep its images',
  anew: 'Make anew, its images are lost',
  /** In a notification of the desktop. */
  told: ({ status, error, targets }: Burn) =>
    status === 'completed'
      ? `${plural(targets.length, 'stick')} burnt and verified.`
      : `Not every stick was burnt: ${error ?? 'see the page Sticks'}`,
  fate: (path: string) => `What becomes of ${path}`,
  dirty: 'Its images were not unmounted cleanly. Let a computer check that file system.',
  unreadable: (reason: string) => `Its images cannot be read: ${reason}.`,
  tooSmall: (needed: number) => `Too small: the medium needs ${bytes(needed)}.`,
  updatedOnly: 'An update keeps the images that are there and adds none.',
  room: (needed: number, free: number) => `${bytes(needed)} of ${bytes(free)}`,
  roomOn: 'on the smallest stick',
  roomFull: (over: number) => `${bytes(over)} too much. Choose fewer images, or a larger stick.`,
  roomLater: 'Choose a medium and a stick to see what fits.',
  unknownSize: 'size unknown',
  needs: {
    medium: 'Choose a live medium.',
    sticks: 'Choose at least one stick.',
    room: 'The images do not fit.',
    small: 'A chosen stick is too small.',
    look: 'Looking at the sticks …',
  },
  ready: (medium: string, sticks: number, images: number | null) =>
    `${medium} to ${plural(sticks, 'stick', 'sticks')}, ${images === null ? 'images stay' : images === 0 ? 'no images' : plural(images, 'image', 'images')}`,
  start: (count: number) => (count === 0 ? 'Burn' : `Burn ${plural(count, 'stick', 'sticks')}`),
  confirmTitle: (count: number) => (count === 1 ? 'Burn this stick?' : `Burn these ${count} sticks?`),
  confirmLost: 'Everything on it is lost',
  confirmKept: 'Its images stay, its live system is replaced',
  serial: (serial: string | null) => (serial === null ? 'no serial' : `serial ${serial}`),
  confirmYes: (count: number) => (count === 1 ? 'Burn it' : `Burn all ${count}`),
  begun: 'The burn has begun.',
  cancel: 'Cancel',
  cancelOf: (medium: string) => `Cancel the burn of ${medium}`,
  cancelled: 'The burn stops as soon as the write under way has ended.',
  phases: {
    download: 'Waiting for the medium',
    write: 'Writing',
    verify: 'Reading back',
    fill: 'Copying images',
    check: 'Reading images back',
    done: 'Complete and read back',
    failed: 'Failed',
  },
  copying: (name: string) => `Copying ${name}`,
  withImages: (names: readonly string[]) => (names.length === 0 ? '' : `with ${names.join(', ')}`),
  next: 'Pull the sticks out and boot a machine from one: F12, F11 or F8 at its start opens the boot menu on most.',
  failedUpdate: 'It does not boot now, and its images are still there. Update it again.',
  progress: (path: string) => `Progress of ${path}`,
}
