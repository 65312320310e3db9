import type Router from '@koa/router'
import { LATEST, TAG } from '../../artifacts/release.ts'
import type { HttpOptions, Kit } from '../kit.ts'
import { readForm } from '../body.ts'
import { showPage } from '../headers.ts'
import { messagePage } from '../pages.ts'
import { quote } from '../quote.ts'

/** `POST /ui/netboot/fetch-release`: answers when the fetch has ended (wire contract 1.13). */
export function releaseFormRoutes(
  router: Router,
  kit: Kit,
  { releases }: Pick<HttpOptions, 'releases'>,
): void {
  router.post('/ui/netboot/fetch-release', kit.page, async (ctx) => {
    const tag = (await readForm(ctx)).get('tag')?.trim() || LATEST
    if (!TAG.test(tag)) {
      const why = `invalid release tag ${quote(tag)}: must match [A-Za-z0-9._-]+`
      return showPage(ctx, 200, messagePage('The live media were not fetched', why))
    }
    const { status, error, base_url } = await releases.fetches.fetchNow(tag, kit.ip(ctx))
    if (status === 'completed')
      showPage(ctx, 200, messagePage('The live media are installed', `${tag} was fetched from ${base_url}.`))
    else
      showPage(
        ctx,
        200,
        messagePage('The live media were not fetched', `${tag}: ${error ?? 'it was cancelled'}`),
      )
  })
}
