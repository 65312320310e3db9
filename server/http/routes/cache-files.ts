/** Image bytes out of the cache, for anyone on the LAN, and into it, for operators. */
import type Router from '@koa/router'
import type Koa from 'koa'
import { detectArch } from '../../../flasher/image/arch.ts'
import { detectFormat } from '../../../flasher/image/format.ts'
import { imageRef } from '../../../flasher/image/ref.ts'
import { CacheError } from '../../cache/errors.ts'
import { cacheKey } from '../../cache/key.ts'
import { storeImage, whyNotName } from '../../cache/local.ts'
import { serveObject } from '../../cache/serve.ts'
import type { CatalogRow } from '../../store/types.ts'
import type { HttpDeps, HttpOptions, Kit } from '../kit.ts'
import { HttpError } from '../errors.ts'

const STATUS: Partial<Record<CacheError['code'], number>> = { digest: 400, quota: 507, 'disk-full': 507 }
const IDLE_MS = 60_000

export function cacheFileRoutes(
  router: Router,
  deps: HttpDeps,
  kit: Kit,
  { cache: { objects, maxUploadBytes } }: HttpOptions,
): void {
  const { store, hub, log, trace } = deps
  const serve = async (ctx: Koa.Context): Promise<void> => {
    if (objects === null) throw new HttpError(404, 'cache miss: the folder of the cache cannot be used')
    ctx.respond = false
    ctx.res.statusCode = 200
    const ip = kit.ip(ctx)
    const mac = ip === null ? null : trace.macOf(ip)
    await serveObject(
      objects,
      { log, onAnswer: (origin, status) => trail(mac, origin, status) },
      ctx.req,
      ctx.res,
    )
  }
  /** Part of the boot's story only where the plan of the machine that had this address last named the image. */
  function trail(mac: string | null, origin: string, status: number): void {
    if (mac === null || !objects!.holds.machines(cacheKey(origin)).includes(mac)) return
    const name = origin.split('/').at(-1)!
    const found = status < 400 ? 'from the cache' : `answered ${status} by the cache`
    trace.record(mac, 'http-image', `GET ${name} ${found}`, { about: name })
  }
  router.get('/b/{*path}', serve)
  router.get('/blob', serve)

  router.put('/api/images/:name', kit.operator, (ctx) => take(ctx))

  async function take(ctx: Koa.Context): Promise<void> {
    if (objects === null) throw new HttpError(503, 'the folder of the cache cannot be used')
    const name = (ctx['params'] as { name: string }).name
    const wrong = whyNotName(name)
    if (wrong !== null) throw new HttpError(400, wrong)
    const given = ctx.query['sha256']
    const sha256 = typeof given === 'string' && given !== '' ? given.toLowerCase() : null
    if (sha256 !== null && !/^[0-9a-f]{64}$/.test(sha256))
      throw new HttpError(400, `sha256 is ${JSON.stringify(given)}; 64 hexadecimal digits are wanted`)
    const length = ctx.get('content-length')
    const sizeBytes = /^\d+$/.test(length) ? Number(length) : null
    try {
      if (sizeBytes !== null && sizeBytes > maxUploadBytes) throw tooLarge(maxUploadBytes)
      ctx.req.setTimeout(IDLE_MS) // without a listener Node destroys the socket
      const bytes = limited(ctx, maxUploadBytes)
      const stored = await storeImage(objects, { name, bytes, sizeBytes, sha256 })
      const row = rowOf(name, stored)
      store.durable(() => {
        store.catalog.deleteBySrc(row.src)
        store.catalog.insert(row)
        store.events.add({
          kind: 'catalog.image.uploaded',
          subject_kind: 'catalog',
          subject_id: row.src,
          actor: 'operator',
          source_ip: kit.ip(ctx),
          summary: `${name} was uploaded to this console (${stored.sizeBytes} bytes)`,
          details: {
            name,
            bty_image_ref: row.bty_image_ref,
            disk_image_sha: stored.sha256,
            size_bytes: stored.sizeBytes,
          },
        })
      })
      hub.catalogChanged()
      ctx.body = {
        name,
        src: row.src,
        ref: row.bty_image_ref,
        sha256: stored.sha256,
        size_bytes: stored.sizeBytes,
      }
    } catch (error) {
      ctx.set('Connection', 'close')
      ctx.req.resume()
      if (error instanceof CacheError) throw new HttpError(STATUS[error.code] ?? 409, error.message)
      if (isCut(error)) throw new HttpError(400, `the upload of ${name} ended early`)
      throw error
    } finally {
      ctx.req.setTimeout(0)
    }
  }
}

async function* limited(ctx: Koa.Context, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of ctx.req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    yield chunk
  }
  if (!ctx.req.complete) throw new HttpError(400, `the upload ended after ${bytes} bytes`)
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `an upload may have ${maxBytes} bytes (tuning.max_upload_bytes)`)
}

function isCut(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR'
}

function rowOf(name: string, stored: { src: string; sha256: string; sizeBytes: number }) {
  const { src, sha256, sizeBytes } = stored
  return {
    bty_image_ref: imageRef(src),
    src,
    resolved_src: src,
    disk_image_sha: sha256,
    name,
    sha_url: null,
    format: detectFormat(name),
    size_bytes: sizeBytes,
    description: null,
    arch: detectArch(name),
  } satisfies Omit<CatalogRow, 'added_at'>
}
