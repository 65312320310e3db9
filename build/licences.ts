/** The licences of everything that a package of the console carries, read from what npm installed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Locked {
  version?: string
  license?: string
  dev?: boolean
  devOptional?: boolean
  optional?: boolean
}

export interface Carried {
  name: string
  version: string
  licence: string
  /** The licence's own words; null where the package has no such file. */
  text: string | null
}

/** Bundled into the console, though npm counts them as tools: their code reaches the browser. */
const BUNDLED = ['svelte', 'node']
const LICENCE_FILE = /^(licen[cs]e|copying)/i

/** The packages that `package-lock.json` marks as needed at run time, and those that are bundled, by name. */
export function carriedPackages(root: string): Carried[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>
  }
  const found = Object.entries(lock.packages).flatMap(([path, locked]) => {
    const name = path.split('node_modules/').at(-1)!
    const isRunTime = locked.dev !== true && locked.devOptional !== true
    const folder = join(root, path)
    if (path === '' || !(isRunTime || BUNDLED.includes(path.slice('node_modules/'.length)))) return []
    // What is optional and made for another system was not installed and is not carried.
    if (locked.optional === true && !existsSync(folder)) return []
    return [
      {
        name,
        version: locked.version ?? '',
        licence: locked.license ?? fromManifest(folder),
        text: licenceText(folder),
      },
    ]
  })
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** One text: a table of names, versions and licences, then each licence's words. */
export function thirdPartyLicences(root: string): string {
  const carried = carriedPackages(root)
  const ipxe =
    'iPXE, from Debian\'s package "ipxe": GPL-2.0-or-later WITH UBDL-exception; its terms lie beside the binaries.'
  const table = carried.map(({ name, version, licence }) => `${name} ${version}: ${licence}`)
  const texts = carried.map(
    ({ name, version, licence, text }) =>
      `${'='.repeat(78)}\n${name} ${version} (${licence})\n\n${text ?? 'The package names its licence and brings no text of it.'}`,
  )
  return `What bty console is made with, and under which terms.\n\n${[...table, ipxe].join('\n')}\n\n${texts.join('\n')}\n`
}

function fromManifest(folder: string): string {
  const path = join(folder, 'package.json')
  if (!existsSync(path)) return 'unknown'
  const { license } = JSON.parse(readFileSync(path, 'utf8')) as { license?: string }
  return license ?? 'unknown'
}

/** Node's own lies in the package of this system, which npm fetched for it. */
function licenceText(folder: string): string | null {
  if (!existsSync(folder)) return null
  const forSystem = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`)
  return firstLicence(folder) ?? (existsSync(forSystem) ? firstLicence(forSystem) : null)
}

function firstLicence(folder: string): string | null {
  const file = readdirSync(folder)
    .filter((name) => LICENCE_FILE.test(name))
    .sort()[0]
  return file === undefined ? null : readFileSync(join(folder, file), 'utf8').trim()
}
