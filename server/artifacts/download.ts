/** One file from another server to a new file here, taken up again where the line was cut. */
import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { OutboundError } from '../outbound/errors.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { InstallError } from './error.ts'

export interface DownloadOptions {
  outbound: Pick<Outbound, 'request'>
  url: string
  /** Path of the new file. */
  to: string
  signal: AbortSignal
  /** More than this is refused. */
  limitBytes: number
  /** Milliseconds without a byte after which the line counts as cut. */
  stallMs: number
  /** Milliseconds before the second attempt; doubles while nothing arrives. */
  retryMs: number
  /** Called with the bytes still to come, where the server tells; throws when the disk has no room for them. */
  room(bytes: number): Promise<void>
  onBytes(done: number, total: number | null): void
}

export interface Downloaded {
  sizeBytes: number
  /** Lower-case hex. */
  sha256: string
}

/** Refusals that another attempt does not change. */
const FINAL = new Set(['address', 'url', 'redirects'])
/** Attempts in a row that bring nothing new, and attempts at all. */
const MAX_IDLE_ATTEMPTS = 4
const MAX_ATTEMPTS = 1000

interface Got {
  sizeBytes: number
  hash: Hash
  total: number | null
  /** ETag or date that a range is asked under. */
  validator: string | null
}

/** Resolves when the file is whole and on the disk. @throws {InstallError}, or the reason of `signal`. */
export async function download(options: DownloadOptions): Promise<Downloaded> {
  const { url, to, signal, retryMs } = options
  const got: Got = { sizeBytes: 0, hash: createHash('sha256'), total: null, validator: null }
  await using file = await open(to, 'wx', 0o644)
  let best = 0
  let idle = 0
  for (let attempts = 1; ; attempts++) {
    const cut = await attempt(options, file, got)
    if (cut === null) break
    idle = got.sizeBytes > best ? 0 : idle + 1
    best = Math.max(best, got.sizeBytes)
    if (idle >= MAX_IDLE_ATTEMPTS || attempts >= MAX_ATTEMPTS)
      throw new InstallError(
        `GET ${url} failed: ${cut.replace(/^GET \S+ failed: /, '')} (attempts: ${attempts}, bytes received: ${best})`,
      )
    await delay(retryMs * 2 ** idle, undefined, { signal })
  }
  await file.sync().catch(diskFailed(to, got))
  return { sizeBytes: got.sizeBytes, sha256: got.hash.digest('hex') }
}

/** Null when the file is whole; else why the line was cut. */
async function attempt(options: DownloadOptions, file: FileHandle, got: Got): Promise<string | null> {
  const { outbound, url, signal, stallMs, limitBytes } = options
  const stalled = new AbortController()
  const timer = setTimeout(() => stalled.abort(), stallMs)
  let response: IncomingMessage | null = null
  try {
    response = await outbound.request(url, {
      headers: rangeHeaders(got),
      signal: AbortSignal.any([signal, stalled.signal]),
    })
    timer.refresh()
    if (!takeHead(response, url, got)) return `HTTP ${response.statusCode}`
    const announced = got.total
    if (announced !== null && announced > limitBytes) throw tooMuch(url, limitBytes)
    if (announced !== null) await options.room(announced - got.sizeBytes)
    for await (const chunk of response as AsyncIterable<Buffer>) {
      timer.refresh()
      if (got.sizeBytes + chunk.length > limitBytes) throw tooMuch(url, limitBytes)
      await writeAll(file, chunk, got.sizeBytes).catch(diskFailed(options.to, got))
      got.hash.update(chunk)
      got.sizeBytes += chunk.length
      options.onBytes(got.sizeBytes, got.total)
    }
    const missing = got.total === null ? 0 : got.total - got.sizeBytes
    return missing > 0 ? `the answer ended ${missing} bytes early` : null
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof InstallError) throw error
    if (error instanceof OutboundError && FINAL.has(error.code)) throw new InstallError(error.message)
    return stalled.signal.aborted ? `no byte within ${stallMs / 1000} s` : (error as Error).message
  } finally {
    clearTimeout(timer)
    response?.destroy()
  }
}

function rangeHeaders({ sizeBytes, validator }: Got): Record<string, string> {
  if (sizeBytes === 0) return {}
  return { range: `bytes=${sizeBytes}-`, ...(validator !== null && { 'if-range': validator }) }
}

/** Reads status and lengths into `got`. False: worth another attempt. @throws {InstallError} when it is not. */
function takeHead(
  { statusCode = 0, statusMessage, headers }: IncomingMessage,
  url: string,
  got: Got,
): boolean {
  if (statusCode === 206 && got.sizeBytes > 0) {
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '')
    const fits =
      Number(range?.[1]) === got.sizeBytes && (got.total ?? Number(range?.[2])) === Number(range?.[2])
    if (fits) got.total = Number(range![2])
    else restart(got)
    return fits
  }
  if (statusCode === 416 || statusCode === 429 || statusCode >= 500) {
    if (statusCode === 416) restart(got)
    return false
  }
  if (statusCode !== 200) throw new InstallError(`GET ${url} returned HTTP ${statusCode} ${statusMessage}`)
  restart(got) // the whole file, because it has changed or the server knows no ranges
  const length = headers['content-length']
  got.total = length !== undefined && /^\d+$/.test(length) ? Number(length) : null
  const { etag } = headers
  got.validator = etag !== undefined && !etag.startsWith('W/') ? etag : (headers['last-modified'] ?? null)
  return true
}

function restart(got: Got): void {
  got.sizeBytes = 0
  got.hash = createHash('sha256')
  got.total = null
}

async function writeAll(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  for (let offset = 0; offset < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, offset, chunk.length - offset, position + offset)
    offset += bytesWritten
  }
}

function diskFailed(path: string, got: Got) {
  return (error: NodeJS.ErrnoException): never => {
    const why = error.code === 'ENOSPC' || error.code === 'EDQUOT' ? 'the disk is full' : error.message
    throw new InstallError(`${path} could not be written after ${got.sizeBytes} bytes: ${why}`)
  }
}

function tooMuch(url: string, limitBytes: number): InstallError {
  return new InstallError(
    `GET ${url} sends more than ${limitBytes} bytes; nothing of that size is expected there`,
  )
}
