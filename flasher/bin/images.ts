/** `bty images`: the images in the image root and in a catalog. */
import { parseArgs } from 'node:util'
import { DEFAULT_IMAGE_ROOT } from '../wizard/image-root.ts'
import { notFlashable } from '../wizard/images.ts'
import type { ListedImage } from '../wizard/images.ts'
import { imageTable } from '../wizard/images-page.ts'
import { textOf } from '../wizard/line.ts'
import { loadImages } from '../wizard/load-images.ts'
import { EXIT } from './exit-codes.ts'
import { jsonLine, tellError } from './output.ts'
import { outputLook } from './output-look.ts'

const USAGE = `usage: bty images [--catalog SOURCE] [--json]

Lists the images in the image root (BTY_IMAGE_ROOT), in the catalog.toml that lies there, and in a catalog.

  --catalog SOURCE  a path, file://, http://, https:// or oras://
  --json            one JSON object to a line

Ends with 0 when everything was read, 12 when a catalog was not.
`

/** Runs the sub-command with the words behind `images`; gives the exit code. */
export async function imagesCommand(args: string[], signal: AbortSignal): Promise<number> {
  const asked = readArgs(args)
  if (asked === 'help') process.stdout.write(USAGE)
  if (asked === null || asked === 'help') return asked === null ? EXIT.usage : EXIT.ok
  const imageRoot = process.env['BTY_IMAGE_ROOT'] || DEFAULT_IMAGE_ROOT
  const { images, problems } = await loadImages(imageRoot, asked.catalog, signal)
  if (signal.aborted) return EXIT.cancelled
  if (asked.json) for (const image of images) jsonLine('image', imageFields(image))
  else if (images.length === 0) process.stdout.write(`There are no images in ${imageRoot}.\n`)
  else process.stdout.write(textTable(images))
  for (const problem of problems) tellError(asked.json, 'source', problem)
  return problems.length === 0 ? EXIT.ok : EXIT.source
}

function readArgs(args: string[]): { catalog: string | null; json: boolean } | 'help' | null {
  try {
    const { values } = parseArgs({
      args,
      options: {
        catalog: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values.help ? 'help' : { catalog: values.catalog ?? null, json: values.json }
  } catch (error) {
    process.stderr.write(`bty: ${(error as Error).message}\n${USAGE}`)
    return null
  }
}

function textTable(images: readonly ListedImage[]): string {
  const { head, blocks } = imageTable(images, [...images.keys()], true, outputLook())
  return [head, ...blocks.flat()].map((line) => `${textOf(line)}\n`).join('')
}

/** An image as it stands in `--json` lines. */
function imageFields(image: ListedImage) {
  return {
    name: image.name,
    src: image.src,
    source: image.source,
    format: image.format,
    arch: image.arch,
    size_bytes: image.sizeBytes,
    sha256: image.sha256,
    description: image.description,
    refusal: notFlashable(image),
  }
}
