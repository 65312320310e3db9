import { mkdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sourceDate } from './epoch.ts'
import { fetchNodeArm64 } from './node-arm64.ts'
import type { Versions } from './packages/open.ts'
import { trioNames } from './recipe.ts'
import type { TrioNames } from './recipe.ts'
import type { Build } from './steps/context.ts'
import { makeInitrd } from './steps/initrd.ts'
import { kernelDate, makeKernel } from './steps/kernel.ts'
import { makeManifest } from './steps/manifest.ts'
import { preparePackages } from './steps/packages.ts'
import { makeRootTree } from './steps/root-tree.ts'
import { makeSquashfs } from './steps/squashfs.ts'
import { AMD64, ARM64 } from './target.ts'
import type { Target } from './target.ts'
import { withWorkFolder } from './work-folder.ts'

export interface NetbootOptions extends Pick<
  Build,
  'root' | 'out' | 'version' | 'agent' | 'node' | 'signal' | 'log'
> {
  versions: Versions
}

/**
 * Builds the trio and its manifest into `out`, each file whole or not at all. Returns their names. The same packages, agent and Node give
 * the same files.
 */
export function buildNetbootPc(options: NetbootOptions): Promise<TrioNames> {
  return buildTrio(options, AMD64)
}

/** The same for servers with UEFI on arm64, with Node's own program for them. */
export async function buildNetbootArm64(options: NetbootOptions): Promise<TrioNames> {
  return buildTrio(await withNodeArm64(options), ARM64)
}

function buildTrio(options: NetbootOptions, target: Target): Promise<TrioNames> {
  const names = trioNames(options.version, target.trioArch)
  return withWorkFolder(options.out, async (work) => {
    const trees = await preparePackages({ ...options, arch: target.arch })
    const epoch = sourceDate(await kernelDate(trees))
    const build: Build = { ...options, target, work, names, epoch }
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
  })
}

/** The options with Node's own program for arm64. */
export async function withNodeArm64(options: NetbootOptions): Promise<NetbootOptions> {
  return { ...options, node: await fetchNodeArm64(options.log, options.signal) }
}
