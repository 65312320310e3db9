import { deepEqual, equal, rejects } from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')
const fromBuilder = createRequire(createRequire(import.meta.url).resolve('electron-builder'))
const { getConfig, validateConfiguration } = fromBuilder('app-builder-lib/out/util/config/config') as {
  getConfig(root: string, path: string, options: null): Promise<Config>
  validateConfiguration(config: unknown, log: { isEnabled: boolean; add(): void }): Promise<void>
}
interface Config {
  files: { filter: string[] }[] | string[]
  extraResources: { from: string; to: string }[]
  icon: string
  linux: { target: string[] }
  mac: { target: string[] }
  win: { target: string[] }
}

const log = { isEnabled: false, add: () => {} }
const read = () => getConfig(root, 'electron-builder.yml', null)

test("electron-builder's own schema accepts the configuration", async () => {
  await validateConfiguration(await read(), log)
  await rejects(validateConfiguration({ ...(await read()), asarUnpacked: [] }, log), /asarUnpacked/)
})

test('each system has its packages, for the processor that builds them', async () => {
  const { linux, mac, win } = await read()
  deepEqual(
    [linux.target, mac.target, win.target],
    [['deb', 'rpm', 'pacman', 'AppImage'], ['dmg', 'zip'], ['nsis']],
  )
})

test('each installed package puts files on the system that are there, the commands as programs', async () => {
  const config = (await read()) as unknown as Record<'deb' | 'rpm' | 'pacman', { fpm: string[] }>
  for (const kind of ['deb', 'rpm', 'pacman'] as const)
    for (const entry of config[kind].fpm) {
      const [from, to] = entry.split('=') as [string, string]
      equal(existsSync(join(root, from)), true, from)
      if (to.startsWith('/usr/bin/')) equal((statSync(join(root, from)).mode & 0o111) > 0, true, to)
    }
  const pages = config.deb.fpm.filter((entry) => entry.includes('/man1/')).length
  equal(pages, readdirSync(join(root, 'docs/man')).length)
})

test('the server finds its files under the resources folder as it does in the repository', async () => {
  const { extraResources } = await read()
  const folders = extraResources.filter(({ from }) => from.startsWith('dist/'))
  deepEqual(
    folders.map(({ from, to }) => [from, to]),
    ['console', 'ipxe', 'agent'].map((name) => [`dist/${name}`, `dist/${name}`]),
  )
})

test('the icon is a square PNG of at least 512 pixels, with its drawing beside it', async () => {
  const { icon } = await read()
  const png = readFileSync(join(root, icon))
  equal(png.toString('latin1', 1, 4), 'PNG')
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  deepEqual([width === height, width >= 512], [true, true])
  equal(existsSync(join(root, icon.replace('.png', '.svg'))), true)
})
