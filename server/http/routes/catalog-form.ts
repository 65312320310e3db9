import type Router from '@koa/router'
import type Koa from 'koa'
import { CatalogError } from '../../../flasher/image/catalog.ts'
import { CatalogAdd } from '../../api/index.ts'
import { addEntry } from '../../catalog/add.ts'
import { type AddCode, AddError } from '../../catalog/add-error.ts'
import { checkSrc } from '../../catalog/check.ts'
import { baseName } from '../../catalog/describe.ts'
import { catalogEvent } from '../../catalog/event.ts'
import { fetchCatalog, PUBLISHED_LIMIT_BYTES } from '../../catalog/fetch.ts'
import { importCatalog } from '../../catalog/import.ts'
import { createOrigin } from '../../catalog/origin.ts'
import { SourceError } from '../../catalog/source.ts'
import type { HttpDeps, HttpOptions, Kit } from '../kit.ts'
import { readBody, readForm } from '../body.ts'
import { HttpError } from '../errors.ts'
import { blankToNull, errorLine, errorPage } from '../form.ts'
import { filePart } from '../multipart.ts'
import { quote } from '../quote.ts'
import { seeOther } from '../redirect.ts'
import { entriesOf, missingField } from '../validation.ts'

const IMAGES = '/ui/images'
/** Room for the multipart frame around a catalog of the largest size. */
const FRAME_BYTES = 64 * 1024
const PREFIX: Partial<Record<AddCode, string>> = {
  oras: 'oras resolve failed: ',
  sha: 'sha resolve failed: ',
  'bad-url': 'invalid image_url: ',
}

/** Most characters of a reason: it travels in a header line. */
const MAX_REASON = 2000

function refusing(ctx: Koa.Context): (error: string) => void {
  return (error) => seeOther(ctx, errorPage(IMAGES, error.slice(0, MAX_REASON).toWellFormed()))
}

/** The form routes of the catalog (wire contract 1.13), for plain HTTP clients. */
export function catalogFormRoutes(
  router: Router,
  deps: HttpDeps,
  kit: Kit,
  { catalogFile, config }: HttpOptions,
): void {
  const origin = createOrigin(deps.outbound)

  router.post('/ui/catalog/entries', kit.page, async (ctx) => {
    const form = await readForm(ctx)
    const input = { image_url: form.get('image_url') ?? undefined, sha_url: blankToNull(form.get('sha_url')) }
    const parsed = CatalogAdd.safeParse(input)
    if (!parsed.success) return refusing(ctx)(errorLine(entriesOf(parsed.error, 'body', input)))
    try {
      await addEntry(deps, origin, parsed.data, kit.ip(ctx))
    } catch (error) {
      if (!(error instanceof AddError)) throw error
      if (error.code === 'exists') duplicateEvent(parsed.data.image_url, kit.ip(ctx))
      return refusing(ctx)(`${PREFIX[error.code] ?? ''}${error.reason}`)
    }
    seeOther(ctx, IMAGES)
  })

  router.post('/ui/catalog/upload', kit.operator, async (ctx) => {
    const refuse = refusing(ctx)
    const tooLarge = `catalog upload exceeded ${PUBLISHED_LIMIT_BYTES} bytes; is this actually a catalog.toml?`
    let form: Buffer
    try {
      form = await readBody(ctx, PUBLISHED_LIMIT_BYTES + FRAME_BYTES)
    } catch (error) {
      if (error instanceof HttpError && error.status === 413) return refuse(tooLarge)
      throw error
    }
    const file = await filePart({ 'content-type': '', ...ctx.headers }, form, 'file')
    if (file === null) return refuse('no file in upload')
    if (file.name !== '' && !/\.to?ml$/i.test(file.name))
      return refuse(`unexpected file extension for catalog upload: ${quote(file.name)} (expected .toml)`)
    if (file.bytes.length > PUBLISHED_LIMIT_BYTES) return refuse(tooLarge)
    if (file.bytes.length === 0) return refuse('upload was empty')
    try {
      await importCatalog(deps, file.bytes, {
        source: '<upload>',
        manifestFile: catalogFile,
        ip: kit.ip(ctx),
      })
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error
      return refuse(`catalog parse failed: ${error.message}`)
    }
    seeOther(ctx, IMAGES)
  })

  router.post('/ui/catalog/fetch-release', kit.operator, async (ctx) => {
    const refuse = refusing(ctx)
    try {
      await fetchCatalog(deps, config.current(), catalogFile)
    } catch (error) {
      if (error instanceof CatalogError) return refuse(`fetched catalog parse failed: ${error.message}`)
      if (!(error instanceof SourceError)) throw error
      return refuse(
        error.message.startsWith('fetched catalog')
          ? error.message
          : `release fetch failed: ${error.message}`,
      )
    }
    seeOther(ctx, IMAGES)
  })

  router.post('/ui/catalog/entries/check', kit.page, async (ctx) => {
    const src = (await readForm(ctx)).get('src')
    if (src === null) throw new HttpError(422, [missingField('src')])
    ctx.body = await checkSrc(deps, origin, src)
  })

  function duplicateEvent(src: string, ip: string | null): void {
    const name = baseName(src)
    deps.store.durable(() =>
      deps.store.events.add({
        ...catalogEvent(src, ip),
        kind: 'catalog.entry.add.failed',
        summary: `${src} was not added: it is in the catalog already`,
        details: { name, error: 'already exists' },
      }),
    )
  }
}
