/** The bill of materials of what a release carries, in CycloneDX form, written by npm from the lock file. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Run-time packages only: the tools that build and test are in no file that is attached. Throws when npm cannot. */
export function sbom(root: string): string {
  const args = [
    'sbom',
    '--package-lock-only',
    '--omit=dev',
    '--sbom-format=cyclonedx',
    '--sbom-type=application',
  ]
  const made = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  })
  if (made.status !== 0) throw new Error(`npm sbom failed: ${made.error?.message ?? made.stderr}`)
  return withoutChance(made.stdout)
}

/** npm puts in the time and a random serial number; two builds of one commit must give one file. */
export function withoutChance(text: string): string {
  const bill = JSON.parse(text) as { serialNumber?: string; metadata: { timestamp?: string } }
  delete bill.serialNumber
  delete bill.metadata.timestamp
  return `${JSON.stringify(bill, null, 2)}\n`
}

export const sbomName = (version: string): string =>
  join('dist', 'release', `bty-console-${version}.cdx.json`)
