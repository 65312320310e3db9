import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { trioNames } from './recipe.ts'
import type { TrioNames } from './recipe.ts'
import type { Build } from './steps/context.ts'
import { makeInitrd } from './steps/initrd.ts'
import { makeKernel } from './steps/kernel.ts'
import { makeManifest } from './steps/manifest.ts'
import { preparePackages } from './steps/packages.ts'
import { makeRootTree } from './steps/root-tree.ts'
import { makeSquashfs } from './steps/squashfs.ts'

export type NetbootOptions = Pick<Build, 'root' | 'out' | 'version' | 'agent' | 'node' | 'signal' | 'log'>

/** Builds the trio and its manifest into `out`, each file whole or not at all. Returns their names. */
export async function buildNetbootPc(options: NetbootOptions): Promise<TrioNames> {
  const names = trioNames(options.version)
  // Beside the output, because a finished file is moved and not copied.
  await mkdir(options.out, { recursive: true })
  const work = await mkdtemp(join(options.out, '.build-'))
  const build: Build = { ...options, work, names }
  try {
    const trees = await preparePackages(build)
    const rootTree = join(work, 'root')
    await mkdir(rootTree)
    await makeRootTree(build, trees, rootTree)
    await makeKernel(build, trees)
    await makeInitrd(build, trees, rootTree)
    await makeSquashfs(build, trees, rootTree)
    await makeManifest(build)
    options.signal.throwIfAborted()
    // The manifest last: who finds it finds the files that it names.
    for (const name of [names.kernel, names.initrd, names.squashfs, names.manifest]) {
      await rename(join(work, name), join(options.out, name))
      const { size } = await stat(join(options.out, name))
      options.log(`${join(options.out, name)}: ${(size / 1e6).toFixed(1)} MB`)
    }
    return names
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
