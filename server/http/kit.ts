/** What the routes are given: what `start.ts` hands to the app, and what all routes share. */
import type Router from '@koa/router'
import type Koa from 'koa'
import type { Releases } from '../artifacts/releases.ts'
import type { Backups } from '../backup/worker.ts'
import type { CacheService } from '../cache/start.ts'
import type { LiveConfig } from '../config/live.ts'
import type { Deps } from '../deps.ts'
import type { Burns } from '../desk/burns.ts'
import type { Desk } from '../desk/desk.ts'
import type { AllowedPorts } from '../desk/low-ports.ts'
import type { Media } from '../desk/media.ts'
import type { BootFolder } from '../pxe/folder.ts'
import type { Terminals } from '../terminal/terminals.ts'
import type { Updates } from '../updates/updates.ts'
import type { Guard, GuardOptions } from './access.ts'
import type { DeskTokens } from './desk.ts'
import type { Live } from './live.ts'
import type { Handlers } from './mount.ts'
import type { Sessions } from './session.ts'
import type { SignIn } from './sign-in.ts'

type PxeHandlers = Pick<Handlers, 'pxePlan' | 'pxeInventory' | 'pxeDone' | 'pxeStatus' | 'pxeProgress'>

export interface HttpOptions {
  /** Password, trusted proxy and what else an edit changes at once. */
  config: LiveConfig
  sessionSecret: string
  bootFolder: Pick<BootFolder, 'path' | 'refresh' | 'activeVersion'>
  releases: Releases
  backups: Backups
  cache: CacheService
  /** TCP port that is listened on. */
  port: () => number
  stateDir: string
  /** Where the catalog manifest is kept. */
  catalogFile: string
  /** Folder in which live media are built on this machine. */
  builtMediaDir: string
  /** Folder of the built console. */
  consoleDir: string
  /** Null switches `desk` calls off. */
  desk: DeskTokens | null
  /** Drives of this laptop. */
  localDesk: Desk
  lowPorts: AllowedPorts
  sticks: { media: Media; burns: Burns }
  updates: Updates
  /** Terminals inside the console. */
  terminals: Terminals
  /** Host that clients are told when a request names none; empty for the address that it arrived on. */
  advertisedHost: string
  /** Host and port of the cheat sheet. */
  advertised: () => string
  /** Seam for tests: see `GuardOptions`. */
  peerOf?: GuardOptions['peerOf']
  /** The routes under /pxe and /boot. */
  pxe: {
    handlers: PxeHandlers
    /** Adds the routes that are not JSON: bootstrap, boot scripts, boot artifacts. */
    attach(router: Router, kit: Kit): void
    /** Runs before the router; for the one route that a whole rack asks at once. */
    first?: Koa.Middleware
  }
}

/** What route files share beside the dependencies of the whole server. */
export interface Kit {
  guard: Guard
  sessions: Sessions
  /** For a raw operator route: who may call, then the session (401), then the handler. */
  operator: Koa.Middleware
  /** For a raw desk route: this laptop only, and a session that the one-time link opened. */
  desk: Koa.Middleware
  /** The same for a page or form of `/ui`: without a session it leads to the sign-in page. */
  page: Koa.Middleware
  /** Address of a request for events and last-seen columns. */
  ip(ctx: Koa.Context): string | null
  signIn: SignIn
  /** Everybody knows the password in force. */
  defaultPassword: () => boolean
}

export type HttpDeps = Deps & { hub: Live }
