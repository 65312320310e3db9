/** `PUT /boot/{name}`: a file appears whole or not at all. */
import type { IncomingMessage } from 'node:http'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type Koa from 'koa'
import { HttpError } from '../http/errors.ts'
import type { RawOptions } from './attach.ts'
import { bareName } from './boot-name.ts'

/** Longest silence in the middle of an upload. */
const IDLE_MS = 60_000

export type UploadOptions = Pick<RawOptions, 'folder' | 'maxUploadBytes' | 'uploadIdleMs'>

export function uploadHandler({ folder, maxUploadBytes, uploadIdleMs = IDLE_MS }: UploadOptions) {
  /** Names being written; two writers would share one partial file. */
  const busy = new Set<string>()
  return async (ctx: Koa.Context, rawName: string): Promise<void> => {
    const name = bareName(rawName)
    if (name === 'releases')
      throw new HttpError(400, `/boot/${name} lists the fetches of live media; choose another name`)
    if (busy.has(name) || busy.has(name.replace(/\.partial$/, '')) || busy.has(`${name}.partial`))
      throw new HttpError(409, `${name} is being uploaded already`)
    busy.add(name)
    try {
      ctx.req.setTimeout(uploadIdleMs) // without a listener Node destroys the socket
      const sizeBytes = await receive(ctx.req, join(folder.path, name), maxUploadBytes)
      await folder.refresh()
      ctx.body = { name, size_bytes: sizeBytes, path: resolve(folder.path, name) }
    } catch (error) {
      ctx.set('Connection', 'close')
      ctx.req.resume()
      throw error
    } finally {
      ctx.req.setTimeout(0)
      busy.delete(name)
    }
  }
}

/** Streams a request body to `target` through `<target>.partial`; returns its size. @throws {HttpError} 413, 400. */
async function receive(req: IncomingMessage, target: string, maxBytes: number): Promise<number> {
  const announced = Number(req.headers['content-length'] ?? 0)
  if (announced > maxBytes) throw tooLarge(maxBytes, 0)
  await mkdir(join(target, '..'), { recursive: true })
  const partial = `${target}.partial`
  const file = await open(partial, 'w').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENAMETOOLONG') throw error
    throw new HttpError(400, `the file system takes no name as long as ${basename(partial)}`)
  })
  let sizeBytes = 0
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (sizeBytes + chunk.length > maxBytes) throw tooLarge(maxBytes, sizeBytes)
      await file.writeFile(chunk)
      sizeBytes += chunk.length
    }
    if (!req.complete) throw new HttpError(400, `the upload ended after ${sizeBytes} bytes`)
    await file.sync()
    await file.close()
    await rename(partial, target)
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(partial, { force: true })
    throw aborted(error) ? new HttpError(400, `the upload ended after ${sizeBytes} bytes`) : error
  }
  return sizeBytes
}

function aborted(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR'
}

function tooLarge(maxBytes: number, atBytes: number): HttpError {
  return new HttpError(
    413,
    `upload exceeded ${maxBytes} bytes (BTY_TUNING_MAX_UPLOAD_BYTES). Aborted at ${atBytes} bytes.`,
  )
}
