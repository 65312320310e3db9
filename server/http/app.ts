/** The Koa app: every HTTP route of the server, mounted once. */
import Router from '@koa/router'
import Koa from 'koa'
import { createGuard } from './access.ts'
import { answerErrors } from './errors.ts'
import { secureAnswers } from './headers.ts'
import type { HttpDeps, HttpOptions, Kit } from './kit.ts'
import { mountRoutes } from './mount.ts'
import { clientIp } from './peer.ts'
import { seeOther } from './redirect.ts'
import { headOnlyOn, unrouted } from './routing.ts'
import { cacheFileRoutes } from './routes/cache-files.ts'
import { backupFileRoutes, backupHandlers } from './routes/backups.ts'
import { cacheHandlers } from './routes/cache.ts'
import { catalogFileRoutes } from './routes/catalog-file.ts'
import { catalogFormRoutes } from './routes/catalog-form.ts'
import { catalogHandlers } from './routes/catalog.ts'
import { consoleRoutes } from './routes/console.ts'
import { deskHandlers } from './routes/desk.ts'
import { stickHandlers } from './routes/sticks.ts'
import { diagnosisHandlers } from './routes/diagnosis.ts'
import { eventFormRoutes } from './routes/event-form.ts'
import { eventHandlers } from './routes/events.ts'
import { hardwareHandlers } from './routes/hardware.ts'
import { machineFileRoutes } from './routes/machine-files.ts'
import { machineFormRoutes } from './routes/machine-form.ts'
import { machineHandlers } from './routes/machines.ts'
import { netbootHandlers } from './routes/netboot.ts'
import { readinessHandlers } from './routes/readiness.ts'
import { releaseFormRoutes } from './routes/release-form.ts'
import { releaseHandlers } from './routes/releases.ts'
import { restoreHandlers } from './routes/restore.ts'
import { serviceHandlers } from './routes/service.ts'
import { sessionHandlers } from './routes/session.ts'
import { settingsFormRoutes } from './routes/settings-form.ts'
import { settingsHandlers } from './routes/settings.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { streamRoutes } from './routes/streams.ts'
import { terminalHandlers, terminalOutputRoute } from './routes/terminal.ts'
import { updateHandlers } from './routes/updates.ts'
import { oneHost } from './one-host.ts'
import { createSessions, requireDesk } from './session.ts'
import { createSignIn } from './sign-in.ts'

/** One route that is mounted. */
export interface Served {
  method: string
  path: string
}

export function createApp(deps: HttpDeps, options: HttpOptions): { app: Koa; served: Served[] } {
  const app = new Koa()
  const router = new Router({ strict: true, sensitive: true })
  const kit = createKit(app, deps, options)

  mountRoutes(
    router,
    {
      ...options.pxe.handlers,
      ...serviceHandlers(deps),
      ...sessionHandlers(kit),
      ...machineHandlers(deps, kit),
      ...hardwareHandlers(deps),
      ...backupHandlers(deps, kit, options),
      ...restoreHandlers(deps, kit, options),
      ...cacheHandlers(deps, kit, options),
      ...catalogHandlers(deps, kit, options),
      ...deskHandlers(kit, options),
      ...stickHandlers(kit, options),
      ...diagnosisHandlers(deps, options),
      ...eventHandlers(deps),
      ...netbootHandlers(deps, kit, options),
      ...releaseHandlers(deps, kit, options),
      ...settingsHandlers(deps, kit, options),
      ...readinessHandlers(deps, kit, options),
      ...terminalHandlers(kit, options),
      ...updateHandlers(options),
    },
    kit,
  )
  options.pxe.attach(router, kit)
  machineFileRoutes(router, deps, kit)
  machineFormRoutes(router, deps, kit)
  backupFileRoutes(router, deps, kit, options.backups)
  cacheFileRoutes(router, deps, kit, options)
  catalogFileRoutes(router, deps, options)
  catalogFormRoutes(router, deps, kit, options)
  eventFormRoutes(router, deps, kit)
  releaseFormRoutes(router, kit, options)
  settingsFormRoutes(router, deps, kit, options)
  streamRoutes(router, deps, kit)
  terminalOutputRoute(router, kit, options)
  signInRoutes(router, kit)
  consoleRoutes(router, deps, kit, options)
  headOnlyOn(router, ['/boot/:name', '/b/{*path}', '/blob'])

  app.use(secureAnswers)
  app.use(answerErrors(deps.log, options.stateDir))
  app.use(oneHost)
  if (options.pxe.first !== undefined) app.use(options.pxe.first)
  app.use(router.routes() as Koa.Middleware)
  app.use(unrouted(router))
  app.on('error', (error: Error) => deps.log.debug(`answer cut short: ${error.message}`))
  const served = router.stack.flatMap(({ methods, path }) =>
    methods.map((method) => ({ method, path: String(path) })),
  )
  return { app, served }
}

function createKit(app: Koa, deps: HttpDeps, options: HttpOptions): Kit {
  const { current } = options.config
  const trustProxy = () => current().values['server.trusted_proxy'].trim() !== ''
  const defaultPassword = () => current().defaultPassword
  const guard = createGuard({ defaultPassword, trustProxy, peerOf: options.peerOf })
  const sessions = createSessions(app, deps.store.sessions, {
    secret: options.sessionSecret,
    now: deps.now,
    desk: options.desk !== null,
    onEnd: (id) => {
      deps.hub.endSession(id)
      options.terminals.endSession(id)
    },
  })
  const ip = (ctx: Koa.Context) => clientIp(ctx, trustProxy())
  return {
    guard,
    sessions,
    operator: async (ctx, next) => {
      guard.check('operator', ctx)
      await sessions.use(ctx, () => {
        sessions.require(ctx)
        return next()
      })
    },
    desk: async (ctx, next) => {
      guard.check('desk', ctx)
      await sessions.use(ctx, () => {
        requireDesk(sessions.require(ctx))
        return next()
      })
    },
    page: async (ctx, next) => {
      guard.check('operator', ctx)
      await sessions.use(ctx, async () => {
        if (sessions.of(ctx) === null) seeOther(ctx, '/ui/login')
        else await next()
      })
    },
    ip,
    defaultPassword,
    signIn: createSignIn(deps, {
      guard,
      sessions,
      password: () => current().password,
      defaultPassword,
      desk: options.desk,
      ip,
    }),
  }
}
