/** The real server with a state of its own, and a browser on its console. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { ensureConsole } from '../../build/prepare.ts'
import { loadConfig } from '../../server/config/load.ts'
import { type RunningServer, type ServerOptions, startServer } from '../../server/start.ts'

export interface ConsoleServer {
  server: RunningServer
  /** Ends with a slash. */
  url: string
  close(): Promise<void>
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

export interface ConsoleOptions {
  port?: number
  /** State directory that stays; a new one that goes with the server when absent. */
  dir?: string
  bootDir?: string
  builtMedia?: string
  /** How the helper is started, and what the drives are. */
  helper?: ServerOptions['helper']
  drives?: ServerOptions['drives']
  /** What terminals run. */
  terminals?: ServerOptions['terminals']
  /** Where live media are fetched from. */
  releaseBase?: string
  /** A bty.toml that exists; edits of settings go there. */
  configFile?: string
  /** Starts TFTP and ProxyDHCP on these interfaces (comma list), on ports that the system chooses. */
  netboot?: string
}

/** A server on a free port of loopback. */
export async function startConsole(options: ConsoleOptions = {}): Promise<ConsoleServer> {
  ensureConsole(() => undefined)
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'bty-console-'))
  const flags = {
    'server.host': '127.0.0.1',
    'server.port': options.port ?? 0,
    'paths.state_dir': dir,
    'netboot.enabled': options.netboot !== undefined,
    'netboot.interfaces': options.netboot ?? '',
    ...(options.releaseBase === undefined ? {} : { 'netboot.release_base': options.releaseBase }),
    ...(options.bootDir === undefined ? {} : { 'paths.boot_dir': options.bootDir }),
  }
  const server = await startServer({
    config: loadConfig({
      env: {},
      files: options.configFile === undefined ? [] : [options.configFile],
      flags,
    }),
    log: quiet,
    dirs: { builtMedia: options.builtMedia ?? join(dir, 'no-media') },
    seedDir: '',
    ...(options.helper && { helper: options.helper }),
    ...(options.drives && { drives: options.drives }),
    ...(options.terminals && { terminals: options.terminals }),
    netbootPorts: { dhcp: 0, pxe: 0, tftp: 0, dhcpClient: 0 },
  })
  return {
    server,
    url: `http://127.0.0.1:${server.address.port}/`,
    async close() {
      await server.close()
      if (options.dir === undefined) rmSync(dir, { recursive: true, force: true })
    },
  }
}

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Chromium of this machine. @throws {Error} that names the Debian package when there is none. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = [process.env['BTY_CHROMIUM'] ?? '', ...PLACES].find((path) => existsSync(path))
  if (executablePath === undefined)
    throw new Error('no browser found: install the Debian package chromium, or name one in BTY_CHROMIUM')
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
}

export interface Visit {
  page: Page
  /** What the page complained about: console errors, exceptions, and requests that left the server. */
  complaints: string[]
}

/** A page of its own on the console; signed in by the one-time link unless `signedIn` is false. */
export async function visit(
  browser: Browser,
  { server, url }: ConsoleServer,
  options: BrowserContextOptions & { signedIn?: boolean; context?: BrowserContext } = {},
): Promise<Visit> {
  const { signedIn = true, context: given, ...contextOptions } = options
  const context =
    given ?? (await browser.newContext({ viewport: { width: 1280, height: 800 }, ...contextOptions }))
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(?:data|blob|about):/.test(request.url()))
      complaints.push(`request to ${request.url()}`)
  })
  if (signedIn) await page.goto(server.newDeskUrl())
  return { page, complaints }
}
