import { Busboy } from '@fastify/busboy'
import type { BusboyHeaders } from '@fastify/busboy'

export interface UploadedFile {
  /** Empty when the part has no name. */
  name: string
  bytes: Buffer
}

/**
 * The part `field` of a multipart form that has been read whole; null when there is none or the form is malformed.
 */
export async function filePart(
  headers: BusboyHeaders,
  form: Buffer,
  field: string,
): Promise<UploadedFile | null> {
  const { promise, resolve } = Promise.withResolvers<UploadedFile | null>()
  let found: UploadedFile | null = null
  try {
    const parser = new Busboy({
      headers,
      limits: { files: 4, fields: 16, parts: 20 },
      isPartAFile: (name) => name === field,
    })
    parser.on('file', (name, stream, fileName) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (name === field) found ??= { name: fileName ?? '', bytes: Buffer.concat(chunks) }
      })
    })
    parser.on('error', () => resolve(null))
    parser.on('finish', () => resolve(found))
    parser.end(form)
  } catch {
    return null // no boundary in the Content-Type
  }
  return promise
}
