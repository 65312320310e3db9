import type Router from '@koa/router'
import type { Kit } from '../kit.ts'
import { readForm } from '../body.ts'
import { HttpError } from '../errors.ts'
import { showPage } from '../headers.ts'
import { loginPage, messagePage } from '../pages.ts'
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
      if (!(error instanceof HttpError)) throw error
      // A wrong password is no error of HTTP: the form comes again (wire contract 1.2).
      showPage(ctx, error.status === 401 ? 200 : error.status, loginPage(error.message, defaultPassword()))
      ctx.set(error.headers)
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
    try {
      // Loading the address again, or a restored tab, is no reason to refuse who is signed in.
      if (sessions.of(ctx)?.desk !== true) await signIn.withToken(ctx, typeof token === 'string' ? token : '')
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      return showPage(ctx, error.status, messagePage('This link does not open the console', error.message))
    }
    seeOther(ctx, HOME)
  })
}
