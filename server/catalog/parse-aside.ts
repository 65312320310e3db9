import { deserialize } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { CatalogError, type CatalogImage, imagesInSteps, parseCatalog } from '../../flasher/image/catalog.ts'
import { decodeCatalog, notToml } from '../../flasher/image/catalog-text.ts'
import { inTurns } from './in-turns.ts'

/** Up to this many bytes a catalog is parsed at once: some milliseconds, a tenth of a second for the worst. */
const AT_ONCE_BYTES = 128 * 1024
const LIMIT_MS = 20_000
const MEMORY_MB = 384

/** `entries`: the images, packed some hundreds at a time; null where `images` is no array. */
type Answer =
  | { version: unknown; images: unknown; entries: Uint8Array[] | null }
  | { notToml: { line: number; column: number; message: string } }

// As text, because the desktop app is one bundled file. What is nested inside an entry is of no use to anybody and may
// be too deep to be sent. Entries are packed, because unpacking ten thousand at once would hold up the server.
const CODE = `
const { parentPort, workerData } = require('node:worker_threads')
const { serialize } = require('node:v8')
import(workerData.parser).then(({ parse }) => {
  try {
    const { version, images } = parse(workerData.toml, { integersAsBigInt: true })
    const entries = Array.isArray(images) ? [] : null
    for (let from = 0; entries !== null && from < images.length; from += workerData.step)
      entries.push(serialize(images.slice(from, from + workerData.step).map(entry)))
    parentPort.postMessage({ version: bare(version), images: bare(images), entries })
  } catch ({ line, column, message }) {
    parentPort.postMessage({ notToml: { line, column, message } })
  }
})
const bare = (value) =>
  Array.isArray(value) ? [] : typeof value !== 'object' ? value : value instanceof Date ? new Date(0) : {}
const entry = (value) =>
  bare(value)?.constructor === Object
    ? Object.fromEntries(workerData.keys.filter((key) => key in value).map((key) => [key, bare(value[key])]))
    : bare(value)
`
const STEP_IMAGES = 500
const KEYS = ['name', 'src', 'sha256', 'ref', 'format', 'size_bytes', 'description', 'arch']

/**
 * `parseCatalog` that never holds up the server: what is large is parsed on a thread of its own, bounded in time and
 * memory. @throws {CatalogError}
 */
export async function parseAside(
  bytes: Uint8Array,
  source: string,
  limitMs = LIMIT_MS,
): Promise<CatalogImage[]> {
  const toml = decodeCatalog(bytes, source)
  if (bytes.byteLength <= AT_ONCE_BYTES) return parseCatalog(toml, source)
  const answer = await onThread(toml, source, limitMs)
  // The thread is a protection: where it cannot be had, the catalog is still read.
  if (answer === null) return parseCatalog(toml, source)
  if ('notToml' in answer) throw notToml(source, answer.notToml)
  const images = answer.entries === null ? answer.images : await inTurns(unpacked(answer.entries))
  return inTurns(imagesInSteps({ version: answer.version, images }, source))
}

function* unpacked(entries: Uint8Array[]): Generator<undefined, unknown[], undefined> {
  const images: unknown[] = []
  for (const bytes of entries) {
    images.push(...(deserialize(bytes) as unknown[]))
    yield
  }
  return images
}

function onThread(toml: string, source: string, limitMs: number): Promise<Answer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer | null>()
  const worker = new Worker(CODE, {
    eval: true,
    workerData: { toml, parser: import.meta.resolve('smol-toml'), keys: KEYS, step: STEP_IMAGES },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  })
  const refuse = (why: string, cause?: unknown) =>
    reject(new CatalogError(`catalog at ${source} ${why}`, cause))
  const timer = setTimeout(() => refuse(`was not parsed within ${limitMs / 1000} s`), limitMs)
  worker.once('message', resolve)
  worker.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
      refuse(`needs more than ${MEMORY_MB} MiB to be parsed`, error)
    else resolve(null)
  })
  worker.once('exit', () => resolve(null))
  return promise.finally(() => {
    clearTimeout(timer)
    void worker.terminate()
  })
}
