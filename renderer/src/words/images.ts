/** Words of the catalog. */
import { bytes } from '../format.ts'
import { plural } from './plural.ts'

export const imagesWords = {
  title: 'Images',
  add: 'Add by URL',
  addTitle: 'Add an image by URL',
  url: 'Image URL',
  urlHint: 'An http://, https:// or oras:// address of a disk image.',
  urlBad: 'Give the whole address, for example https://example.com/debian-13.img.zst.',
  sha: 'Checksum URL (optional)',
  shaHint: 'The address of its .sha256 file. With it every flash is checked against that digest.',
  shaBad: 'A checksum URL starts with http:// or https://.',
  submit: 'Add image',
  adding: 'Asking the origin …',
  added: (name: string) => `${name} was added.`,
  upload: 'Upload catalog.toml',
  uploading: 'Reading the catalog …',
  tooBig: (size: number) =>
    `This file has ${bytes(size)}; a catalog has 1.05 MB at most. Is it really a catalog.toml?`,
  imported: (imported: number, skipped: number) =>
    `${plural(imported, 'image')} imported${skipped > 0 ? `, ${skipped} already here` : ''}.`,
  importErrors: (count: number) => `${plural(count, 'entry', 'entries')} had a problem:`,
  columns: {
    name: 'Name',
    format: 'Format',
    arch: 'Arch',
    size: 'Size',
    sha: 'SHA-256',
    source: 'Source',
    cache: 'Cache',
    used: 'Used by',
  },
  unpinned: 'not pinned',
  unpinnedHint: 'Without a digest the agent cannot tell a damaged download from a good one.',
  unknownFormat: 'unknown',
  used: (count: number) => (count === 0 ? '–' : plural(count, 'machine')),
  delete: 'Delete',
  deleteOf: (name: string) => `Delete ${name}`,
  deleteTitle: (name: string) => `Delete ${name} from the catalog?`,
  deleteText: 'Only the entry goes; the file at its origin stays.',
  deleteUsed: (count: number) =>
    `${plural(count, 'machine')} ${count === 1 ? 'is' : 'are'} bound to it and will boot from disk until you choose another image.`,
  deleted: (name: string) => `${name} was removed from the catalog.`,
  empty: 'No image yet',
  emptyText:
    'The catalog holds addresses and digests; the bytes stay where they are until a machine needs them.',
  emptySteps: [
    'Add one by the URL of its .img, .img.gz or .img.zst.',
    'Or drop a catalog.toml anywhere on the window to import a whole list.',
  ],
}
