import type Router from '@koa/router'
import { CatalogError } from '../../../flasher/image/catalog.ts'
import { CatalogAdd } from '../../api/index.ts'
import { type AddCode, AddError, addEntry, catalogEvent } from '../../catalog/add.ts'
import { importCatalog } from '../../catalog/import.ts'
import { createOrigin } from '../../catalog/origin.ts'
import type { HttpDeps, HttpOptions, Kit } from '../app.ts'
import { BODY_LIMIT_BYTES, readBody, readForm } from '../body.ts'
import { HttpError } from '../errors.ts'
import { blankToNull, errorLine, errorPage } from '../form.ts'
import { filePart } from '../multipart.ts'
import { quote } from '../quote.ts'
import { seeOther } from '../redirect.ts'
import { entriesOf } from '../validation.ts'

const IMAGES = '/ui/images'
/** Room for the multipart frame around a catalog of the largest size. */
const FRAME_BYTES = 64 * 1024
const PREFIX: Partial<Record<AddCode, string>> = {
  oras: 'oras resolve failed: ',
  sha: 'sha resolve failed: ',
  'bad-url': 'invalid image_url: ',
}

/** The form routes of the catalog (wire contract 1.13), for plain HTTP clients. */
export function catalogFormRoutes(
  router: Router,
  deps: HttpDeps,
  kit: Kit,
  { catalogFile }: HttpOptions,
): void {
  const origin = createOrigin(deps.outbound)

  router.post('/ui/catalog/entries', kit.page, async (ctx) => {
    const form = await readForm(ctx)
    const input = { image_url: form.get('image_url') ?? undefined, sha_url: blankToNull(form.get('sha_url')) }
    const parsed = CatalogAdd.safeParse(input)
    if (!parsed.success)
      return seeOther(ctx, errorPage(IMAGES, errorLine(entriesOf(parsed.error, 'body', input))))
    try {
      await addEntry(deps, origin, parsed.data, kit.ip(ctx))
    } catch (error) {
      if (!(error instanceof AddError)) throw error
      if (error.code === 'exists') duplicateEvent(parsed.data.image_url, kit.ip(ctx))
      return seeOther(ctx, errorPage(IMAGES, `${PREFIX[error.code] ?? ''}${error.reason}`))
    }
    seeOther(ctx, IMAGES)
  })

  router.post('/ui/catalog/upload', kit.operator, async (ctx) => {
    const refuse = (error: string) => seeOther(ctx, errorPage(IMAGES, error))
    const tooLarge = `catalog upload exceeded ${BODY_LIMIT_BYTES} bytes; is this actually a catalog.toml?`
    let form: Buffer
    try {
      form = await readBody(ctx, BODY_LIMIT_BYTES + FRAME_BYTES)
    } catch (error) {
      if (error instanceof HttpError && error.status === 413) return refuse(tooLarge)
      throw error
    }
    const file = await filePart({ 'content-type': '', ...ctx.headers }, form, 'file')
    if (file === null) return refuse('no file in upload')
    if (file.name !== '' && !/\.to?ml$/i.test(file.name))
      return refuse(`unexpected file extension for catalog upload: ${quote(file.name)} (expected .toml)`)
    if (file.bytes.length > BODY_LIMIT_BYTES) return refuse(tooLarge)
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

  function duplicateEvent(src: string, ip: string | null): void {
    const name = src.split(/[?#]/, 1)[0]!.split('/').at(-1)!
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
