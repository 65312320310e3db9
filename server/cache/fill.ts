/** One download of one origin into the cache, whoever waits for it. It ends whole, or with nothing left to serve. */
import type { IncomingMessage } from 'node:http'
import { BLOCK_BYTES } from './blocks.ts'
import { asCacheError, CacheError, FinalError } from './errors.ts'
import type { Hashing } from './hasher.ts'
import { backOffMs, judge, resumeHeaders, versionOf, visibleBytes, type Version } from './judge.ts'
import { createPace } from './pace.ts'
import { openPart, type Part } from './part.ts'
import { dropPart, type FillParts, objectRow } from './fill-parts.ts'
import type { Fill, FillStatus } from './types.ts'
import { takeBody, withStallLimit } from './stall.ts'

/** Room that is asked for at once where the origin tells no length. */
const STEP_BYTES = 1024 * 1024
const WAKE_MS = 5
/** At the least 64 MiB a second, whatever the readers do. */
const PACE = { leadBytes: 4 * 1024 * 1024, waitMs: 4, stepBytes: BLOCK_BYTES }

export function startFill(key: string, url: string, wanted: string | null, parts: FillParts): Fill {
  const { files, ledger, blocks, hasher, origin, limits, now, relieve } = parts
  const stop = new AbortController()
  const { promise: ready, resolve: beReady } = Promise.withResolvers<boolean>()
  const pace = createPace(PACE)
  let status: FillStatus = 'waiting'
  let endTurn = (): void => {}
  let error: CacheError | null = null
  let part: Part | null = null
  let hashing: Hashing | null = null
  let known: Version = { totalBytes: null, validator: null }
  let contentType: string | null = null
  let expected = wanted
  let reserved = 0
  let version = 0
  let sawEnd = false
  let digest: string | null = null
  let startedAtMs = performance.now()
  let next = Promise.withResolvers<void>()
  let soon: NodeJS.Timeout | null = null

  function tell(): void {
    if (soon !== null) clearTimeout(soon)
    soon = null
    next.resolve()
    next = Promise.withResolvers()
  }

  /** Readers are woken for a block at a time, or for what has come a moment later. */
  function tellOf(beforeBytes: number): void {
    if (Math.floor(fill.haveBytes / BLOCK_BYTES) > Math.floor(beforeBytes / BLOCK_BYTES)) tell()
    else soon ??= setTimeout(tell, WAKE_MS)
  }

  function become(now: FillStatus): void {
    status = now
    tell()
    parts.onChange(fill)
  }

  const fill: Fill = {
    key,
    url,
    readers: 0,
    get startedAtMs() {
      return startedAtMs
    },
    ready,
    ended: run(),
    get status() {
      return status
    },
    get haveBytes() {
      return part?.haveBytes ?? 0
    },
    get totalBytes() {
      return known.totalBytes
    },
    get reservedBytes() {
      return reserved
    },
    get contentType() {
      return contentType
    },
    get expected() {
      return expected
    },
    get error() {
      return error
    },
    get checked() {
      return digest !== null
    },
    get sha256() {
      return digest
    },
    get version() {
      return version
    },
    visible() {
      if (part === null) return 0
      if (digest !== null) return part.haveBytes
      return visibleBytes(part.haveBytes, known.totalBytes)
    },
    reads: pace.reads,
    changed: () => next.promise,
    block: (index) => part!.block(index),
    file: () => part!.file,
    cancel: (reason) => stop.abort(reason),
  }
  return fill

  async function run(): Promise<void> {
    await null // so that `fill` exists
    try {
      endTurn = await parts.turns.take(stop.signal)
      startedAtMs = performance.now()
      become('asking')
      await takeUp()
      await download()
      become('checking')
      const sha256 = await compared()
      await finish(sha256)
      beReady(true)
    } catch (thrown) {
      error = stop.signal.aborted ? asCacheError(stop.signal.reason) : asCacheError(thrown)
      hashing?.drop()
      if (!parts.isKept(error)) await dropPart(fill, parts)
      become('failed')
      beReady(false)
    } finally {
      await part?.close()
      endTurn()
    }
  }

  /** Goes on with what an earlier process has left, where that can be vouched for. */
  async function takeUp(): Promise<void> {
    const left = await parts.leftover(key)
    hashing = hasher.open()
    if (left === null || (expected !== null && left.row.sha256 !== null && left.row.sha256 !== expected)) {
      part = await openPart(files.part(key), 0, { blocks, hashing, relieve })
      return
    }
    known = { totalBytes: left.row.total, validator: left.row.validator }
    contentType = left.row.content_type
    expected ??= left.row.sha256
    hashing.file(files.part(key), left.bytes)
    reserve(known.totalBytes ?? left.bytes + STEP_BYTES)
    part = await openPart(files.part(key), left.bytes, { blocks, hashing, relieve })
    if (known.totalBytes !== null) begun()
  }

  async function download(): Promise<void> {
    for (let failures = 0; !isAllHere();) {
      const before = fill.haveBytes
      const reason: unknown = await attempt().catch((thrown: unknown) => thrown)
      stop.signal.throwIfAborted()
      await part!.flush()
      if (reason === undefined) continue
      if (reason instanceof CacheError && reason.code !== 'origin') throw reason
      if (reason instanceof FinalError) throw new CacheError('origin', reason.message)
      failures = fill.haveBytes > before ? 0 : failures + 1
      const text = asCacheError(reason)
      if (text.code !== 'origin') throw text
      if (failures >= limits.maxFailures)
        throw new CacheError(
          'origin',
          `${text.message} (given up after ${failures} attempts in a row)`,
          reason,
        )
      await parts.pause(backOffMs(Math.max(1, failures), limits.backOffMs), stop.signal)
    }
  }

  function isAllHere(): boolean {
    return sawEnd || (known.totalBytes !== null && fill.haveBytes === known.totalBytes && fill.haveBytes > 0)
  }

  /** One request and its body, to the end or to where it breaks. */
  async function attempt(): Promise<void> {
    const target = await origin.target(url, expected, stop.signal)
    if (target.digest !== null && expected !== null && target.digest !== expected)
      throw new CacheError(
        'moved',
        `the tag stands for sha256:${target.digest} now; sha256:${expected} is wanted`,
      )
    expected ??= target.digest
    let range = resumeHeaders(fill.haveBytes, known, expected !== null)
    if (range === null && fill.haveBytes > 0) await restart()
    for (;;) {
      const from = fill.haveBytes
      const response = await withStallLimit(limits.stallMs, stop.signal, (signal) =>
        origin.request(target.url, { headers: { ...target.headers, ...range }, signal, bulk: true }),
      )
      const head = { status: response.statusCode ?? 0, headers: response.headers }
      const verdict = judge(head, from, known)
      if (verdict.do === 'fail' || verdict.do === 'retry') {
        response.destroy()
        throw verdict.do === 'fail' ? new FinalError(verdict.reason) : new Error(verdict.reason)
      }
      if (verdict.do === 'restart') {
        if (from > 0) await restart()
        if (!verdict.useBody) {
          response.destroy()
          range = null
          continue
        }
        known = verdict.version
        checkLength(target.sizeBytes)
      } else known = { ...versionOf(head), validator: known.validator ?? versionOf(head).validator }
      contentType = response.headers['content-type'] ?? null
      reserve(known.totalBytes ?? fill.haveBytes + STEP_BYTES)
      parts.remember(fill, known.validator)
      begun()
      await take(response)
      return
    }
  }

  function checkLength(announced: number | null): void {
    if (announced !== null && known.totalBytes !== null && announced !== known.totalBytes)
      throw new CacheError(
        'length',
        `the origin sends ${known.totalBytes} bytes; its manifest says ${announced}`,
      )
  }

  async function take(response: IncomingMessage): Promise<void> {
    const total = known.totalBytes
    await takeBody(response, parts.watch(response, limits.stallMs), (chunk) => {
      stop.signal.throwIfAborted()
      const before = fill.haveBytes
      const after = before + chunk.length
      if (total !== null && after > total)
        throw new CacheError('length', `the origin sent more than the ${total} bytes that it announced`)
      if (total === null && after > reserved) reserve(reserved + STEP_BYTES)
      const room = part!.append(chunk)
      tellOf(before)
      return room ?? (fill.readers > 0 ? pace.ahead(after) : undefined)
    })
    if (total !== null && fill.haveBytes < total)
      throw new Error(`the origin ended after ${fill.haveBytes} of ${total} bytes`)
    sawEnd = true
  }

  function reserve(bytes: number): void {
    if (bytes <= reserved) return
    parts.reserve(fill, bytes)
    reserved = bytes
  }

  function begun(): void {
    if (status === 'asking') become('filling')
    beReady(true)
  }

  /** What has arrived is of no use: whoever got bytes of it is cut. */
  async function restart(): Promise<void> {
    const old = part!
    hashing!.drop()
    version++
    sawEnd = false
    await old.close()
    hashing = hasher.open()
    part = await openPart(files.part(key), 0, { blocks, hashing, relieve })
    known = { totalBytes: null, validator: null }
    tell()
  }

  async function compared(): Promise<string> {
    const sha256 = await hashing!.digest()
    if (expected !== null && sha256 !== expected)
      throw new CacheError(
        'digest',
        `the ${fill.haveBytes} bytes have sha256:${sha256}; sha256:${expected} was expected`,
      )
    digest = sha256
    known = { ...known, totalBytes: fill.haveBytes }
    tell()
    return sha256
  }

  async function finish(sha256: string): Promise<void> {
    stop.signal.throwIfAborted()
    await part!.file.handle.sync()
    const size = part!.haveBytes
    parts.remember(fill, known.validator, sha256)
    await files.promote(key)
    ledger.putObject(objectRow(fill, size, sha256, now()))
    become('whole')
  }
}
