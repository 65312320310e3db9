import { cp, mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../run.ts'
import type { Build, Trees } from './context.ts'
import { kernelRelease } from './kernel.ts'
import { commandIn } from './libraries.ts'
import { modulesFor } from '../recipe.ts'
import { chooseModules, firmwareOf, firmwarePattern, readDependencies } from './modules.ts'
import { copyInto, filesBelow } from './root-tree.ts'

/** Modules stay compressed: only the few that a machine loads are ever expanded. */
export async function addDrivers(build: Build, trees: Trees, root: string): Promise<void> {
  const release = await kernelRelease(trees)
  const from = join(trees.kernel, 'usr/lib/modules', release)
  const to = join(root, 'usr/lib/modules', release)
  // The package leaves this to its script, which is not run: the list of what needs what is made in a copy.
  const listed = join(build.work, 'depmod')
  await mkdir(join(listed, 'lib/modules'), { recursive: true })
  await cp(from, join(listed, 'lib/modules', release), { recursive: true })
  const [depmod, ...first] = commandIn(trees.tools, 'usr/sbin/depmod')
  await run(depmod, [...first, '-b', listed, release], { signal: build.signal })
  const table = await readFile(join(listed, 'lib/modules', release, 'modules.dep'), 'utf8')
  const modules = chooseModules(readDependencies(table), modulesFor(build.target))
  for (const path of modules) await copyInto(join(from, path), join(to, path))
  for (const name of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'])
    await copyInto(join(from, name), join(to, name))
  // depmod looks below `lib`, which is a link to `usr/lib` in the live system.
  await symlink('usr/lib', join(root, 'lib'))
  await run(depmod, [...first, '-b', root, release], { signal: build.signal })
  await rm(join(root, 'lib'))
  const firmware = await addFirmware(
    modules.map((path) => join(from, path)),
    trees,
    root,
  )
  build.log(`${modules.length} kernel modules, ${firmware} firmware files`)
}

async function addFirmware(modules: string[], { firmware, tools }: Trees, root: string): Promise<number> {
  const folder = join(firmware, 'usr/lib/firmware')
  const named = new Set<string>()
  for (const path of modules) for (const name of firmwareOf(await expanded(path, tools))) named.add(name)
  const patterns = [...named].map(firmwarePattern)
  const files = (await filesBelow(folder)).filter((file) => patterns.some((pattern) => pattern.test(file)))
  for (const file of files) await copyInto(join(folder, file), join(root, 'usr/lib/firmware', file))
  return files.length
}

async function expanded(path: string, tools: string): Promise<Buffer> {
  if (!path.endsWith('.xz')) return await readFile(path)
  const [xz, ...first] = commandIn(tools, 'usr/bin/xz')
  return Buffer.from(await run(xz, [...first, '-dc', path], { encoding: 'latin1' }), 'latin1')
}
