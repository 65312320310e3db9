import type Router from '@koa/router'
import type { Kit } from '../app.ts'
import { readForm } from '../body.ts'
import { HttpError } from '../errors.ts'
import { secureHeaders } from '../headers.ts'
import { loginPage } from '../pages.ts'
import { seeOther } from '../redirect.ts'

const HOME = '/ui/dashboard'

/** Signing in and out without JSON: the forms, and the one-time link of this machine. */
export function signInRoutes(router: Router, { sessions, signIn, defaultPassword }: Kit): void {
  router.get('/', (ctx) => seeOther(ctx, '/ui/login'))
  router.get('/ui', (ctx) => seeOther(ctx, HOME))

  router.post('/ui/login', sessions.use, async (ctx) => {
    const password = (await readForm(ctx)).get('password')
    if (password === null)
      throw new HttpError(422, [
        { type: 'missing', loc: ['body', 'password'], msg: 'Field required', input: null },
      ])
    try {
      await signIn.withPassword(ctx, password)
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 401) throw error
      secureHeaders(ctx)
      ctx.type = 'text/html; charset=utf-8'
      ctx.body = loginPage(error.message, defaultPassword)
      return
    }
    seeOther(ctx, HOME)
  })

  router.post('/ui/logout', sessions.use, (ctx) => {
    signIn.out(ctx)
    seeOther(ctx, '/ui/login')
  })

  router.get('/ui/open', sessions.use, async (ctx) => {
    const token = ctx.query['token']
    await signIn.withToken(ctx, typeof token === 'string' ? token : '')
    seeOther(ctx, HOME)
  })
}
