/**
 * `npm run release`: gathers what was built into `dist/release`, with `release.toml`, `SHA256SUMS` and a bill of materials.
 * Builds nothing itself. Exit code 1 when there is nothing to release or a file does not fit its digest file.
 */
import '../node-version.ts'
import { createHash } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { versionOf } from '../headless/bundle.ts'
import { type Asset, ASSET_FOLDERS, isAttached, releaseNote, sha256Sums } from './assets.ts'
import { sbom, sbomName } from './sbom.ts'

const OUT = 'dist/release'

export interface GatherOptions {
  root: string
  /** Milliseconds since the epoch, for `released`. */
  nowMs: number
}

/** Resolves with what `dist/release` now holds, by name. Throws when nothing was built. */
export async function gatherRelease({ root, nowMs }: GatherOptions): Promise<Asset[]> {
  const version = versionOf(root)
  const out = join(root, OUT)
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  for (const folder of ASSET_FOLDERS.filter((name) => name !== OUT))
    for (const name of existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [])
      // A release has one version: what an earlier one left behind stays where it is.
      if (isAttached(folder, name) && name.includes(version))
        linkSync(join(root, folder, name), join(out, name))
  if (readdirSync(out).length === 0)
    throw new Error(`nothing of version ${version} was built; npm run media and npm run dist make it`)
  writeFileSync(join(root, sbomName(version)), sbom(root))

  const names = readdirSync(out).sort()
  const assets: Asset[] = []
  for (const name of names)
    assets.push({ name, sizeBytes: statSync(join(out, name)).size, sha256: await digest(join(out, name)) })
  checkDigestFiles(out, assets)
  writeFileSync(join(out, 'release.toml'), releaseNote(version, nowMs, assets))
  writeFileSync(join(out, 'SHA256SUMS'), sha256Sums(assets))
  return assets
}

/** A digest file that says something else than the file's bytes would fail at every technician instead. */
function checkDigestFiles(out: string, assets: readonly Asset[]): void {
  const known = new Map(assets.map(({ name, sha256 }) => [name, sha256]))
  for (const { name } of assets.filter((asset) => asset.name.endsWith('.sha256')))
    for (const line of readFileSync(join(out, name), 'utf8').trim().split('\n')) {
      const [, said, file] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? []
      if (file === undefined) throw new Error(`${name} has a line that is no digest: ${line}`)
      if (!known.has(file)) throw new Error(`${name} names ${file}, which was not built`)
      if (known.get(file) !== said)
        throw new Error(`${file} has changed since ${name} was written; build it again`)
    }
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

if (import.meta.main) {
  try {
    const root = join(import.meta.dirname, '../..')
    for (const { name, sizeBytes } of await gatherRelease({ root, nowMs: Date.now() }))
      console.log(`${(sizeBytes / 1e6).toFixed(1).padStart(8)} MB  ${name}`)
  } catch (error) {
    console.error(`npm run release: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}
