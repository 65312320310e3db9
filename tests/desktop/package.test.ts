/**
 * The package as electron-builder makes it, around an empty stand-in for Electron's runtime: what is in it, and that the
 * app starts from it with nothing else beside.
 */
import { deepEqual, equal, match } from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { build, Platform } from 'electron-builder'
import { ensureDesktop } from '../../build/desktop.ts'
import type { Seen } from '../../electron/fake/module.ts'

const root = join(import.meta.dirname, '../..')
const temp = mkdtempSync(join(tmpdir(), 'bty-package-'))
const resources = join(temp, 'packages', 'linux-unpacked', 'resources')
const unpacked = join(temp, 'unpacked')

const builder = createRequire(createRequire(import.meta.url).resolve('electron-builder'))
const asar = createRequire(builder.resolve('app-builder-lib'))('@electron/asar') as {
  createPackage(from: string, to: string): Promise<void>
  extractAll(archive: string, to: string): void
}

/** Where an Electron executable keeps its fuses: this text, version 1, how many, a character for each. */
const FUSES = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01\x08'

/** As much of Electron's folder as the packager looks at, with the fuses as Electron ships them. */
async function emptyRuntime(): Promise<string> {
  const folder = join(temp, 'runtime')
  mkdirSync(join(folder, 'resources'), { recursive: true })
  for (const name of ['chrome-sandbox', 'chrome_crashpad_handler', 'LICENSE', 'LICENSES.chromium.html'])
    writeFileSync(join(folder, name), '')
  writeFileSync(join(folder, 'electron'), `${FUSES}10110001`, { mode: 0o755 })
  mkdirSync(join(temp, 'empty'))
  await asar.createPackage(join(temp, 'empty'), join(folder, 'resources', 'default_app.asar'))
  return folder
}

before(async () => {
  await ensureDesktop(() => {})
  await build({
    projectDir: root,
    targets: Platform.LINUX.createTarget('dir'),
    publish: 'never',
    config: {
      electronDist: await emptyRuntime(),
      directories: { output: join(temp, 'packages') },
    },
  })
  asar.extractAll(join(resources, 'app.asar'), unpacked)
})
after(() => rmSync(temp, { recursive: true, force: true }))

test('the archive holds the bundle and production packages, no sources', () => {
  deepEqual(readdirSync(unpacked).sort(), ['dist', 'node_modules', 'package.json'])
  deepEqual(readdirSync(join(unpacked, 'dist')), ['electron'])
  deepEqual(readdirSync(join(unpacked, 'dist/electron')).sort(), ['main.js', 'preload.cjs'])
  const packages = readdirSync(join(unpacked, 'node_modules'))
  equal(packages.includes('koa'), true)
  deepEqual(
    packages.filter((name) => ['electron', 'vite', 'svelte', 'typescript', 'playwright-core'].includes(name)),
    [],
  )
})

test('native parts are real files, for this system only', () => {
  const outside = join(resources, 'app.asar.unpacked', 'node_modules')
  const prebuilds = readdirSync(join(outside, 'better-sqlite3', 'prebuilds'))
  equal(prebuilds.includes(`${process.platform}-${process.arch}.node`), true)
  deepEqual(
    prebuilds.filter((name) => !name.startsWith(`${process.platform}-`)),
    [],
  )
})

test('what the server hands out lies beside the archive', () => {
  equal(existsSync(join(resources, 'dist/console/index.html')), true)
  equal(existsSync(join(resources, 'icon.png')), true)
})

test('the executable runs its own code only', () =>
  // In order: RunAsNode, cookie encryption, NODE_OPTIONS, inspector, archive checked, archive only, snapshot, file:// rights.
  equal(readFileSync(join(resources, '../bty-console'), 'latin1'), `${FUSES}01001100`))

test('the app starts from the package', async () => {
  // Without Electron's view of archives: unpacked whole, with the native parts in their places.
  const fake = join(temp, 'fake/electron/fake')
  mkdirSync(dirname(fake), { recursive: true })
  cpSync(join(root, 'electron/fake'), fake, { recursive: true })
  cpSync(join(resources, 'dist/console'), join(unpacked, 'dist/console'), { recursive: true })
  const app = fork(
    join(unpacked, 'dist/electron/main.js'),
    ['--port', '0', '--no-netboot', '--state-dir', join(temp, 'state')],
    {
      cwd: unpacked,
      execArgv: ['--import', join(fake, 'register.ts')],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  const ended = once(app, 'exit')
  app.on('message', (message: Seen) => {
    if (message.seen !== 'exit') app.send('quit')
  })
  const [first] = (await once(app, 'message')) as [Seen]
  equal(first.seen, 'page')
  match(first.seen === 'page' ? first.url : '', /\/ui/)
  deepEqual(await ended, [0, null])
})
