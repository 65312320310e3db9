import { isAbsolute } from 'node:path'
import { parseArgs } from 'node:util'
import { isFormat } from '../image/format.ts'

/** What a script wants flashed. */
export interface FlashArgs {
  image: string
  /** A path, or `serial:` and the serial; each at most once. */
  disks: string[]
  sha256: string | null
  format: string | null
  verify: boolean
  /** A block map beside the image counts. */
  blockMap: boolean
  yes: boolean
  allowMember: boolean
  unmount: boolean
  json: boolean
  /** Where the performance record goes. */
  record: string | null
}

export const FLASH_USAGE = `usage: bty flash --image SOURCE --disk DISK [--disk DISK ...] [--yes] [--json] ...

Writes one image to one or more disks, read once, and reads each back.

  --image SOURCE   a path, file://, http://, https://, oras://, or - for the standard input
  --disk DISK      the absolute path of a disk, a loop device or a file that exists, or serial:SERIAL
  --sha256 DIGEST  digest of the image as it is stored
  --format FORMAT  format where name and first bytes do not tell, as for raw images from -
  --no-verify      do not read back what was written
  --no-bmap        pass over a block map that lies beside the image
  --yes            do not ask; needed where there is no terminal
  --allow-member   overwrite a disk that carries a part of LVM, RAID, ZFS or an encrypted volume
  --unmount        first unmount what is mounted on the disks, never the running system
  --record FILE    write the performance record there, as JSON
  --json           print JSON lines

Ends with 0 when the image is on every disk, 2 for a wrong command line, 130 when cancelled, else 1 or 10 to 18:
10 no such disk, 11 refused, 12 source, 13 stalled, 14 truncated, 15 corrupt, 16 too small, 17 device, 18 verify.
`

/** Reads the words behind `flash`. Throws an Error that says what is wrong with them. */
export function readFlashArgs(args: string[]): FlashArgs | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      image: { type: 'string' },
      disk: { type: 'string', multiple: true, default: [] },
      sha256: { type: 'string' },
      format: { type: 'string' },
      'no-verify': { type: 'boolean', default: false },
      'no-bmap': { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      'allow-member': { type: 'boolean', default: false },
      unmount: { type: 'boolean', default: false },
      record: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const { image, disk: disks, sha256 = null, format = null } = values
  if (image === undefined || image === '') throw new Error('--image says what to write; it is missing')
  if (disks.length === 0) throw new Error('--disk says where to write; it is missing')
  for (const disk of disks) checkDisk(disk)
  if (new Set(disks).size < disks.length) throw new Error('a disk is named twice')
  if (sha256 !== null && !/^(?:sha256:)?[0-9a-f]{64}$/i.test(sha256.trim()))
    throw new Error(`--sha256 ${JSON.stringify(sha256.slice(0, 80))} is not 64 hex digits`)
  if (format !== null && !isFormat(format))
    throw new Error(`--format ${JSON.stringify(format.slice(0, 80))} is not known; see bty(1)`)
  if (image === '-' && !values.yes) throw new Error('an image from the standard input needs --yes')
  return {
    image,
    disks,
    sha256,
    format,
    verify: !values['no-verify'],
    blockMap: !values['no-bmap'],
    yes: values.yes,
    allowMember: values['allow-member'],
    unmount: values.unmount,
    json: values.json,
    record: values.record ?? null,
  }
}

function checkDisk(disk: string): void {
  if (disk.startsWith('serial:') ? disk.length > 'serial:'.length : isAbsolute(disk)) return
  throw new Error(`--disk ${JSON.stringify(disk.slice(0, 80))} is neither an absolute path nor serial:SERIAL`)
}
