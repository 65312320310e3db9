import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'

export class UploadError extends Error {
  override name = 'UploadError'
  readonly status: 400 | 413
  constructor(status: 400 | 413, message: string) {
    super(message)
    this.status = status
  }
}

/** Writes a request body to a file of its own in `dir` and returns its path. @throws {UploadError} with nothing left. */
export async function receiveBackup(req: IncomingMessage, dir: string, maxBytes: number): Promise<string> {
  const file = join(dir, `restore.${randomBytes(4).toString('hex')}.partial`)
  const tooLarge = () =>
    new UploadError(413, `an upload may have ${maxBytes} bytes (tuning.max_upload_bytes)`)
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  let bytes = 0
  try {
    await using out = await open(file, 'wx', 0o600)
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLarge()
      await out.writeFile(chunk)
    }
    if (!req.complete) throw new UploadError(400, `the upload ended after ${bytes} bytes`)
    return file
  } catch (error) {
    await rm(file, { force: true })
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE')
      throw new UploadError(400, `the upload ended after ${bytes} bytes`)
    throw error
  }
}
