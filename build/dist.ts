/**
 * `npm run dist [-- electron-builder options]`: packages the desktop app for this system into `dist/packages`;
 * `npm run dist -- --headless`: the console without a window as a Debian package, for which Electron is not needed.
 * Exit code 1 with the reason when Electron's runtime cannot be had or a step fails.
 */
import './node-version.ts'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ensureAgent } from './agent.ts'
import { ensureDesktop } from './desktop.ts'
import { buildDeb } from './headless/deb.ts'
import { installElectron } from './install.ts'
import { ensureIpxe } from './ipxe.ts'
import { ensureConsole } from './prepare.ts'
import { findElectron } from './runtime.ts'

const root = join(import.meta.dirname, '..')
process.chdir(root)
const args = process.argv.slice(2)

try {
  await (args.includes('--headless') ? packHeadless() : packDesktop())
} catch (error) {
  console.error(`npm run dist: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

async function packHeadless(): Promise<void> {
  const unknown = args.filter((arg) => arg !== '--headless')
  if (unknown.length > 0) throw new Error(`--headless takes no ${unknown.join(' ')}`)
  ensureConsole(console.log)
  await ensureIpxe(console.log)
  await ensureAgent(console.log)
  console.log(await buildDeb(root, join('dist', 'packages')))
}

async function packDesktop(): Promise<void> {
  // First what may be impossible here, then what takes long.
  if (findElectron(root) === null && !installElectron(root, console.log))
    throw new Error("Electron's runtime could not be fetched (the lines above say why); packaging needs it")
  ensureConsole(console.log)
  await ensureIpxe(console.log)
  await ensureAgent(console.log)
  await ensureDesktop(console.log)

  const cli = createRequire(import.meta.url).resolve('electron-builder/cli.js')
  const packed = spawnSync(process.execPath, [cli, '--publish', 'never', ...args], {
    stdio: 'inherit',
  })
  if (packed.status !== 0) throw new Error(`electron-builder ended with ${packed.status ?? packed.signal}`)
}
