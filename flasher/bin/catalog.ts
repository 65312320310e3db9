/** `bty catalog check FILE`: validates a catalog without asking the network. */
import { open } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Inspection, inspectCatalog, MAX_CATALOG_BYTES } from '../image/catalog.ts'
import { warningsOf } from '../image/catalog-warnings.ts'

const USAGE = `usage: bty catalog check [--json] FILE

Checks a catalog.toml and lists its images; FILE - reads the standard input. Asks no network.
Ends with 0 when the catalog is valid, 1 when it is not, 2 when it cannot be read.
`

/** Runs the sub-command with the words behind `catalog`; gives the exit code. */
export async function catalogCommand(args: string[]): Promise<number> {
  const asked = readArgs(args)
  if (asked === null) return 2
  const source = asked.file === '-' ? '<stdin>' : asked.file
  let bytes: Buffer
  try {
    bytes = await readUpTo(asked.file)
  } catch (error) {
    process.stderr.write(`bty: ${source} cannot be read: ${(error as Error).message}\n`)
    return 2
  }
  const report = reportOf(inspectCatalog(bytes, source), source)
  process.stdout.write(asked.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report))
  return report.valid ? 0 : 1
}

function readArgs(args: string[]): { file: string; json: boolean } | null {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const [verb, file, ...rest] = positionals
    if (verb !== 'check' || file === undefined || rest.length > 0) throw new Error('expected: check FILE')
    return { file, json: values.json }
  } catch (error) {
    process.stderr.write(`bty: ${(error as Error).message}\n${USAGE}`)
    return null
  }
}

/** One byte more than a catalog may have tells that it is too long. */
async function readUpTo(file: string): Promise<Buffer> {
  await using handle = file === '-' ? null : await open(file)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of (handle?.createReadStream() ?? process.stdin) as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_CATALOG_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_CATALOG_BYTES + 1)
}

function reportOf({ images, problems }: Inspection, source: string) {
  return {
    schema_version: 1,
    source,
    valid: problems.length === 0,
    images: images.map(({ index, image }) => ({
      index,
      name: image.name,
      src: image.src,
      ref: image.ref,
      format: image.format,
      arch: image.arch,
      size_bytes: image.sizeBytes,
      sha256: image.sha256,
      warnings: warningsOf(image),
    })),
    errors: problems,
  }
}

function textOf({ source, images, errors }: ReturnType<typeof reportOf>): string {
  const lines = images.flatMap(({ name, ref, format, arch, size_bytes, warnings }) => [
    printable(name),
    `  ref ${ref ?? '-'}  format ${printable(format ?? '-')}  arch ${printable(arch ?? '-')}  size ${size_bytes ?? '-'}`,
    ...warnings.map((warning) => `  warning: ${printable(warning)}`),
  ])
  const count = images.reduce((sum, { warnings }) => sum + warnings.length, 0)
  return [
    ...lines,
    ...errors.map(({ message }) => `error: ${printable(message)}`),
    `${source}: ${images.length} images, ${errors.length} errors, ${count} warnings`,
    '',
  ].join('\n')
}

/** A catalog's text must not move the cursor of a terminal. */
function printable(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, '?')
}
