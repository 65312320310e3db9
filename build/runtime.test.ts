import { equal, match } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { chooseMode, findElectron, type Choice, type Surroundings } from './runtime.ts'

const laptop: Surroundings = {
  headless: false,
  platform: 'linux',
  env: { WAYLAND_DISPLAY: 'wayland-0' },
  uid: 1000,
  installed: true,
  tried: false,
}
const cases: [
  name: string,
  at: Partial<Surroundings>,
  mode: Choice['mode'],
  browser: boolean,
  why: RegExp | null,
][] = [
  ['a laptop', {}, 'desktop', true, null],
  ['X11', { env: { DISPLAY: ':0' } }, 'desktop', true, null],
  ['--headless', { headless: true }, 'headless', false, null],
  ['no display', { env: {} }, 'headless', false, /no display/],
  ['an empty DISPLAY', { env: { DISPLAY: '' } }, 'headless', false, /no display/],
  ['CI', { env: { DISPLAY: ':0', CI: 'true' } }, 'headless', false, null],
  ['CI=false', { env: { DISPLAY: ':0', CI: 'false' } }, 'desktop', true, null],
  ['root', { uid: 0 }, 'headless', false, /root/],
  ['root on a Mac', { uid: 0, platform: 'darwin', env: {} }, 'desktop', true, null],
  ['a Mac', { platform: 'darwin', env: {} }, 'desktop', true, null],
  ['Windows', { platform: 'win32', env: {}, uid: undefined }, 'desktop', true, null],
  ['without the runtime', { installed: false }, 'install', true, null],
  ['without the runtime, again', { installed: false, tried: true }, 'headless', true, /install-electron/],
  ['without runtime in CI', { installed: false, env: { DISPLAY: ':0', CI: '1' } }, 'headless', false, null],
]
for (const [name, at, mode, browser, why] of cases)
  test(`${name}: ${mode}`, () => {
    const choice = chooseMode({ ...laptop, ...at })
    equal(choice.mode, mode)
    equal(choice.browser, browser)
    if (why === null) equal(choice.why, null)
    else match(choice.why!, why)
  })

test('Electron is found by path.txt and dist, and only when both agree', () => {
  const root = mkdtempSync(join(tmpdir(), 'bty-runtime-'))
  try {
    const folder = join(root, 'node_modules', 'electron')
    mkdirSync(join(folder, 'dist'), { recursive: true })
    equal(findElectron(root), null)
    writeFileSync(join(folder, 'path.txt'), 'electron')
    equal(findElectron(root), null)
    writeFileSync(join(folder, 'dist', 'electron'), '')
    equal(findElectron(root), join(folder, 'dist', 'electron'))
  } finally {
    rmSync(root, { recursive: true })
  }
})
