/** The app's own main.ts on the fake Electron, with the real server: from source, and as the bundle that is shipped. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { bundleMain } from '../../build/desktop.ts'
import type { Does, Seen } from '../../electron/fake/module.ts'
import type { Settings } from '../../server/api/index.ts'
import { writeFullFile } from '../../server/backup/full.ts'
import { stageRestore } from '../../server/backup/restore.ts'
import { filledState } from '../backup/state.ts'
import { clientOf } from '../contract/server.ts'

const root = join(import.meta.dirname, '../..')
const register = join(root, 'electron/fake/register.ts')
mkdirSync(join(root, 'dist'), { recursive: true })
// Inside the repository, where the bundle finds node_modules.
const outDir = mkdtempSync(join(root, 'dist/test-desktop-'))
const stateDirs: string[] = []
const children: ChildProcess[] = []

before(() => bundleMain(root, outDir))
after(() => {
  for (const child of children) child.kill('SIGKILL')
  for (const folder of [outDir, ...stateDirs]) rmSync(folder, { recursive: true, force: true })
})

interface App {
  process: ChildProcess
  stateDir: string
  does(what: Does): void
  /** The next thing of its kind that the app shows. */
  next<S extends Seen['seen']>(seen: S): Promise<Extract<Seen, { seen: S }>>
}

function start(main: string, stateDir = newStateDir(), env: Record<string, string> = {}): App {
  const child = fork(main, ['--port', '0', '--no-netboot', '--state-dir', stateDir], {
    cwd: root,
    execArgv: ['--import', register],
    env: { ...process.env, FAKE_ELECTRON_DATA: newStateDir(), ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  children.push(child)
  const seen: Seen[] = []
  child.on('message', (message: Seen) => seen.push(message))
  return {
    process: child,
    stateDir,
    does: (what) => child.send(what),
    async next(kind) {
      for (;;) {
        const at = seen.findIndex((one) => one.seen === kind)
        if (at >= 0) return seen.splice(at, 1)[0] as never
        const ended = once(child, 'exit').then(([code]) => `the app ended with ${String(code)}`)
        const what = await Promise.race([once(child, 'message'), ended])
        if (typeof what === 'string' && !seen.some((one) => one.seen === kind)) throw new Error(what)
      }
    },
  }
}

function newStateDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bty-desktop-'))
  stateDirs.push(folder)
  return folder
}

/** True when somebody listens there. */
async function answers(origin: string): Promise<boolean> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

for (const [form, main] of [
  ['source', join(root, 'electron/main.ts')],
  ['bundle', join(outDir, 'main.js')],
] as const) {
  test(`${form}: the window shows the console signed in, and closing it closes the server`, async () => {
    const app = start(main)
    const page = await app.next('page')
    const { origin, pathname } = new URL(page.url)
    equal(page.status, 200)
    match(pathname, /^\/ui(?!\/login)/)
    // Without the window's cookie the same address asks for the password.
    match(new URL((await fetch(page.url)).url).pathname, /^\/ui\/login/)

    app.does('second-instance')
    await app.next('front')

    app.does('close')
    match((await app.next('question')).message, /Keep serving without the window/)
    equal((await app.next('exit')).code, 0)
    equal(await answers(origin), false)
  })

  test(`${form}: a second app on the same state directory says who holds it and ends`, async () => {
    const first = start(main)
    await first.next('page')
    const second = start(main, first.stateDir)
    match((await second.next('box')).text, new RegExp(String(first.process.pid)))
    equal((await second.next('exit')).code, 1)
    first.does('quit')
    equal((await first.next('exit')).code, 0)
  })

  test(`${form}: settings of a restore that was laid ready count from this start on`, async () => {
    const [from, to] = [newStateDir(), newStateDir()]
    filledState(from)
    const file = join(from, 'full.btybackup')
    const files = { 'bty.toml': '[registry]\nplain_http = "registry.lab:5000"\n' }
    const database = join(from, 'state.db')
    await writeFullFile(file, { database, version: '0.1.0', nowMs: Date.now(), files })
    const paths = { stateDir: to, catalogFile: join(to, 'catalog.toml') }
    await stageRestore({ file, paths, now: Date.now })

    const app = start(main, to)
    const { origin } = new URL((await app.next('page')).url)
    const operator = clientOf(origin)
    const json = { password: 'bty-lab' }
    equal((await operator.ask('/api/session', { method: 'POST', json })).status, 200)
    const { config } = (await operator.ask('/api/settings')).json<Settings>()
    equal(config.find(({ key }) => key === 'registry.plain_http')!.value, 'registry.lab:5000')
    app.does('quit')
    equal((await app.next('exit')).code, 0)
  })

  test(`${form}: a fault that nobody catches is logged and takes neither server nor window down`, async () => {
    const data = newStateDir()
    const app = start(main, newStateDir(), {
      FAKE_ELECTRON_DATA: data,
      BTY_ADMIN_PASSWORD: 'very-secret-word',
    })
    const { origin } = new URL((await app.next('page')).url)
    app.does('fault')
    app.does('bty://netboot')
    match((await app.next('page')).url, /\/ui\/netboot$/)
    equal((await fetch(`${origin}/healthz`)).status, 200)
    app.does('diagnostics')
    const { text } = await app.next('box')
    match(text, /a fault in a corner/)
    match(text, /a promise nobody kept/)
    match(text, /listens on http:\/\/127/)
    equal(/very-secret-word|token=(?!\(removed)/.test(text), false)
    const log = readFileSync(join(data, 'logs/console.log'), 'utf8')
    match(log, /error: fault: Error: a fault in a corner/)
    app.does('quit')
    equal((await app.next('exit')).code, 0)
  })

  test(`${form}: --headless serves without a window`, async () => {
    const child = fork(main, ['--headless', '--port', '0', '--no-netboot', '--state-dir', newStateDir()], {
      cwd: root,
      execArgv: ['--import', register],
      env: { ...process.env, FAKE_ELECTRON_DATA: newStateDir() },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    children.push(child)
    let said = ''
    for await (const chunk of child.stdout!) if (/open http/.test((said += String(chunk)))) break
    const [, url] = /listening on (\S+)/.exec(said)!
    equal((await fetch(`${url}healthz`)).status, 200)
    child.kill('SIGTERM')
    deepEqual(await once(child, 'exit'), [0, null])
  })

  test(`${form}: an instance that is not the first starts nothing`, async () => {
    const app = start(main, newStateDir(), { FAKE_ELECTRON_SECOND: '1' })
    equal((await app.next('exit')).code, 0)
  })
}
