/** `bty capture DISK IMAGE`: reads a disk into an image with its digest and its block map beside it. */
import { parseArgs } from 'node:util'
import { bytesText } from '../wizard/words.ts'
import { captureDisk } from '../capture/capture.ts'
import type { CaptureProgress, CaptureResult } from '../capture/capture.ts'
import { asFlashError } from '../errors.ts'

const USAGE = `usage: bty capture [--trim] [--level N] [--replace] [--mounted] [--no-verify] [--json] DISK IMAGE.img.zst

Reads a disk into an image. Beside it lie IMAGE.img.zst.sha256 and IMAGE.img.bmap.

  --trim       stop behind the last partition: the image fits smaller disks
  --level N    1 packs fast, 19 packs small (default: 3)
  --replace    overwrite an image of that name
  --mounted    read a disk whose file systems are mounted; what changes meanwhile is not whole in the image
  --no-verify  do not unpack and compare the image afterwards
  --json       print JSON lines

Ends with 0 when the image is whole, 1 when it is not, 2 for a wrong command line, 130 when cancelled.
`

/** Runs the sub-command with the words behind `capture`; gives the exit code. */
export async function captureCommand(args: string[], signal: AbortSignal): Promise<number> {
  const asked = readArgs(args)
  if (asked === null) return 2
  if (asked === 'help') {
    process.stdout.write(USAGE)
    return 0
  }
  const out = asked.json ? jsonLines() : plainLines()
  try {
    out.result(await captureDisk(asked, { ...asked, signal, onProgress: out.progress }))
    return 0
  } catch (cause) {
    const error = asFlashError(cause, signal)
    out.error(error.code, error.code === 'cancelled' ? 'cancelled; no image was left' : error.message)
    return error.code === 'cancelled' ? 130 : 1
  }
}

function readArgs(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        trim: { type: 'boolean', default: false },
        level: { type: 'string', default: '3' },
        replace: { type: 'boolean', default: false },
        mounted: { type: 'boolean', default: false },
        'no-verify': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return 'help'
    const [disk, image, ...rest] = positionals
    if (disk === undefined || image === undefined || rest.length > 0)
      throw new Error('expected: DISK IMAGE.img.zst')
    const level = Number(values.level)
    if (!Number.isInteger(level) || level < 1 || level > 19)
      throw new Error(`--level ${values.level} is not between 1 and 19`)
    const { trim, replace, json } = values
    return {
      disk,
      image,
      level,
      trim,
      replace,
      json,
      allowMounted: values.mounted,
      readBack: !values['no-verify'],
    }
  } catch (error) {
    process.stderr.write(`bty: ${(error as Error).message}\n${USAGE}`)
    return null
  }
}

interface Out {
  progress: (progress: CaptureProgress) => void
  result: (result: CaptureResult) => void
  error: (code: string, text: string) => void
}

function jsonLines(): Out {
  const line = (event: string, fields: object) =>
    process.stdout.write(`${JSON.stringify({ schema_version: 1, event, ...fields })}\n`)
  return {
    progress: ({ phase, bytesRead, bytesReadTotal, bytesStored }) =>
      line('progress', {
        phase,
        bytes_read: bytesRead,
        bytes_read_total: bytesReadTotal,
        bytes_stored: bytesStored,
      }),
    result: ({ image, contentBytes, mappedBytes, storedBytes, sha256, verified }) =>
      line('result', {
        image,
        sha256,
        content_bytes: contentBytes,
        mapped_bytes: mappedBytes,
        stored_bytes: storedBytes,
        verified,
      }),
    error: (code, text) => line('error', { code, text }),
  }
}

function plainLines(): Out {
  const { isTTY } = process.stderr
  const clear = isTTY ? '\r\x1b[K' : ''
  return {
    progress({ phase, bytesRead, bytesReadTotal, bytesStored }) {
      if (!isTTY || phase === 'done' || phase === 'failed') return
      const percent = bytesReadTotal === 0 ? 0 : Math.floor((100 * bytesRead) / bytesReadTotal)
      process.stderr.write(
        `${clear}${phase} ${percent}%, ${bytesText(bytesRead)} of ${bytesText(bytesReadTotal)}, image ${bytesText(bytesStored)}`,
      )
    },
    result: ({ image, contentBytes, storedBytes, sha256, verified }) =>
      process.stderr.write(
        `${clear}${image}: ${bytesText(contentBytes)} of the disk in ${bytesText(storedBytes)}${verified ? ', read back and compared' : ''}\nsha256 ${sha256}\n`,
      ),
    error: (_code, text) => process.stderr.write(`${clear}bty: ${text}\n`),
  }
}
