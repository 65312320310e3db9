import { isAbsolute } from 'node:path'
import { parseArgs } from 'node:util'

/** What shall be burnt. */
export interface BurnArgs {
  /** Null: the newest that lies in the media folders. */
  medium: string | null
  sha256: string | null
  /** A path, or `serial:` and the serial; each at most once. */
  disks: string[]
  /** Where the images are chosen from. */
  catalog: string | null
  /** Names of images, each at most once. */
  images: string[]
  update: boolean
  allowFixed: boolean
  allowMember: boolean
  unmount: boolean
  yes: boolean
  json: boolean
}

export const BURN_USAGE = `usage: bty burn [--medium SOURCE] --disk DISK [--disk DISK ...] [--image NAME ...] [--yes] [--json] ...

Burns a live medium to one or more sticks, reads it back, and puts images onto their partition BTY_IMAGES.

  --medium SOURCE   a path, file://, http://, https:// or oras://; without it the newest that was built or lies in BTY_MEDIA_DIR
  --sha256 DIGEST   digest of the medium as it is stored
  --disk DISK       the absolute path of a stick, or serial:SERIAL; may be repeated
  --catalog SOURCE  choose images from this catalog: a path, file://, http://, https:// or oras://
  --image NAME      put this image of the catalog or of the image root onto the sticks; may be repeated
  --update          the sticks are bty sticks: replace their live system, keep their images
  --allow-fixed     also burn a drive that is not removable
  --allow-member    overwrite a disk that carries a part of LVM, RAID, ZFS or an encrypted volume
  --unmount         first unmount what is mounted on the sticks, never the running system
  --yes             do not ask; needed where there is no terminal
  --json            print JSON lines

Ends with 0 when every stick is complete and was read back, 2 for a wrong command line, 130 when cancelled, else 1 or 10 to 18:
10 no such disk, 11 refused, 12 source, 13 stalled, 14 truncated, 15 corrupt, 16 too small, 17 device, 18 verify.
`

/** Reads the words behind `burn`. Throws an Error that says what is wrong with them. */
export function readBurnArgs(args: string[]): BurnArgs | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      medium: { type: 'string' },
      sha256: { type: 'string' },
      disk: { type: 'string', multiple: true, default: [] },
      catalog: { type: 'string' },
      image: { type: 'string', multiple: true, default: [] },
      update: { type: 'boolean', default: false },
      'allow-fixed': { type: 'boolean', default: false },
      'allow-member': { type: 'boolean', default: false },
      unmount: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const { medium = null, disk: disks, image: images, sha256 = null, catalog = null } = values
  if (disks.length === 0) throw new Error('--disk says which stick to burn; it is missing')
  for (const disk of disks)
    if (!(disk.startsWith('serial:') ? disk.length > 'serial:'.length : isAbsolute(disk)))
      throw new Error(
        `--disk ${JSON.stringify(disk.slice(0, 80))} is neither an absolute path nor serial:SERIAL`,
      )
  if (new Set(disks).size < disks.length) throw new Error('a stick is named twice')
  if (new Set(images).size < images.length) throw new Error('an image is named twice')
  if (medium === '' || medium === '-') throw new Error('--medium needs a path or an address')
  if (sha256 !== null && medium === null) throw new Error('--sha256 is of a --medium, which is missing')
  if (sha256 !== null && !/^(?:sha256:)?[0-9a-f]{64}$/i.test(sha256.trim()))
    throw new Error(`--sha256 ${JSON.stringify(sha256.slice(0, 80))} is not 64 hex digits`)
  if (values.update && images.length > 0)
    throw new Error('--update keeps the images of a stick; it goes without --image')
  return {
    ...{ medium, sha256, disks, catalog, images },
    update: values.update,
    allowFixed: values['allow-fixed'],
    allowMember: values['allow-member'],
    unmount: values.unmount,
    yes: values.yes,
    json: values.json,
  }
}
