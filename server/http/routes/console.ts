import { createReadStream } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import type Router from '@koa/router'
import type Koa from 'koa'
import { CONSOLE_PAGES } from '../../api/raw-routes.ts'
import type { HttpDeps, HttpOptions, Kit } from '../kit.ts'
import { HttpError } from '../errors.ts'
import { secureHeaders, showPage } from '../headers.ts'
import { macParam } from '../mac.ts'
import { noMachine } from '../not-found.ts'
import { loginPage, messagePage, notBuiltPage } from '../pages.ts'
import { seeOther } from '../redirect.ts'

/** The console: its files under `/static/`, and its shell for every page, once it is decided that the page exists. */
export function consoleRoutes(
  router: Router,
  { store, trace }: HttpDeps,
  kit: Kit,
  options: HttpOptions,
): void {
  const dir = resolve(options.consoleDir)

  router.get('/static/*path', async (ctx) => {
    const path = decoded(ctx.path.slice('/static/'.length))
    if (path.includes('\0') || path === 'index.html') throw notFound()
    const [root, file] = await Promise.all([realpath(dir), realpath(resolve(dir, path))]).catch(() => {
      throw notFound()
    })
    if (!file.startsWith(root + sep)) throw notFound()
    const info = await stat(file).catch(() => null)
    if (!info?.isFile()) throw notFound()
    secureHeaders(ctx)
    // Vite puts a digest of the content into every name below assets/.
    ctx.set('Cache-Control', path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
    ctx.type = TYPES[extname(path)] ?? 'application/octet-stream'
    ctx.lastModified = info.mtime
    ctx.etag = `${info.size.toString(16)}-${Math.trunc(info.mtimeMs).toString(16)}`
    ctx.status = 200
    if (ctx.fresh) {
      ctx.status = 304
      return
    }
    ctx.length = info.size
    ctx.body = createReadStream(file)
  })

  router.get('/ui/login', htmlRefusal(kit), kit.sessions.use, async (ctx) => {
    if (kit.sessions.of(ctx) !== null) return seeOther(ctx, '/ui/dashboard')
    showPage(ctx, 200, (await shell(dir)) ?? loginPage('', kit.defaultPassword()))
  })
  for (const name of CONSOLE_PAGES) router.get(`/ui/${name}`, htmlRefusal(kit), kit.page, (ctx) => page(ctx))
  router.get('/ui/machines/:mac', htmlRefusal(kit), kit.page, (ctx) => {
    const mac = macParam(ctx['params'].mac as string)
    // A client that has only been heard has a page too: it says why it did not boot.
    if (store.machines.get(mac) === null && trace.entries(mac).length === 0) throw noMachine(mac)
    return page(ctx)
  })

  async function page(ctx: Koa.Context): Promise<void> {
    showPage(ctx, 200, (await shell(dir)) ?? notBuiltPage(dir))
  }
}

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

function shell(dir: string): Promise<string | null> {
  return readFile(join(dir, 'index.html'), 'utf8').catch(() => null)
}

/** The reason of a refused page, for a person to read. */
function htmlRefusal(kit: Kit): Koa.Middleware {
  return (ctx, next) => {
    try {
      kit.guard.check('operator', ctx)
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      showPage(ctx, error.status, messagePage('This console cannot be operated from here', error.message))
      return Promise.resolve()
    }
    return next()
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw notFound()
  }
}

function notFound(): HttpError {
  return new HttpError(404, 'Not Found')
}
