import { access, chmod, cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { KMOD_LINKS, OPENED_LIBRARIES, PROGRAMS, UDEV_RULES } from '../recipe.ts'
import { run } from '../run.ts'
import type { Build, Trees } from './context.ts'
import { commandIn, librariesOf, loaderOf } from './libraries.ts'

/** Lays out the root of the live system without a kernel's modules: programs, libraries, Node, the agent, our own files. */
export async function makeRootTree(build: Build, trees: Trees, root: string): Promise<void> {
  const { system } = trees
  const { target } = build
  const libraryFolder = `usr/lib/${target.libraryFolder}`
  await skeleton(root)
  const node = join(build.work, 'node')
  const [strip, ...first] = commandIn(trees.strip, target.strip)
  await run(strip, [...first, '--strip-unneeded', '-o', node, build.node], { signal: build.signal })

  const programs = PROGRAMS.map((program) => join(system, program))
  const opened = OPENED_LIBRARIES.map((name) => join(system, libraryFolder, name))
  const libraries = await librariesOf(system, [...programs, ...opened, node], { target, tools: trees.tools })
  for (const program of PROGRAMS) await copyInto(join(system, program), join(root, program))
  for (const library of libraries) await copyInto(join(system, library), join(root, library))
  for (const name of OPENED_LIBRARIES)
    await copyInto(join(system, libraryFolder, name), join(root, libraryFolder, name))
  await copyInto(await loaderOf(system, target), join(root, 'usr', target.loader))

  await copyInto(node, join(root, 'usr/bin/node'))
  await copyInto(build.agent, join(root, 'usr/lib/bty/bty.js'))
  // Without it Node would guess whether the agent is a module, by reading it twice.
  await writeFile(join(root, 'usr/lib/bty/package.json'), '{"type":"module"}\n')
  await launcher(root)
  await udev(system, root)
  await busybox(trees, root)
  await copyInto(join(system, 'usr/share/misc/pci.ids'), join(root, 'usr/share/misc/pci.ids'))
  await cp(join(build.root, 'media/root'), root, { recursive: true })
  await symlink('../lib/bty/extras', join(root, 'usr/bin/bty-extras'))
  await writeFile(join(root, 'etc/bty-version'), `${build.version}\n`)
}

/** Folders, merged as Debian merges them, and the few accounts that programs look up. */
async function skeleton(root: string): Promise<void> {
  const folders = [
    'dev',
    'etc',
    'proc',
    'root',
    'run',
    'sys',
    'tmp',
    'usr/bin',
    'usr/sbin',
    'usr/lib',
    'usr/lib64',
  ]
  for (const folder of [...folders, 'usr/local/bin', 'var'])
    await mkdir(join(root, folder), { recursive: true })
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${name}`, join(root, name))
  await symlink('../run', join(root, 'var/run'))
  await symlink('../proc/mounts', join(root, 'etc/mtab'))
  await writeFile(join(root, 'etc/passwd'), 'root::0:0:root:/root:/bin/sh\n')
  const groups = ['root', 'tty:x:5', 'disk:x:6', 'kmem:x:15', 'dialout:x:20', 'cdrom:x:24', 'input:x:104']
  await writeFile(
    join(root, 'etc/group'),
    groups.map((group) => `${group.includes(':') ? group : `${group}:x:0`}:\n`).join(''),
  )
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost bty\n')
}

/** `bty`, as a person at the shell types it. */
async function launcher(root: string): Promise<void> {
  const path = join(root, 'usr/bin/bty')
  await writeFile(path, '#!/bin/sh\nexec /usr/bin/node /usr/lib/bty/bty.js "$@"\n')
  await chmod(path, 0o755)
}

async function udev(system: string, root: string): Promise<void> {
  await mkdir(join(root, 'usr/lib/systemd'), { recursive: true })
  await symlink('../../bin/udevadm', join(root, 'usr/lib/systemd/systemd-udevd'))
  for (const rule of UDEV_RULES)
    await copyInto(join(system, 'usr/lib/udev/rules.d', rule), join(root, 'usr/lib/udev/rules.d', rule))
}

async function busybox({ system, busybox: runnable }: Trees, root: string): Promise<void> {
  await copyInto(join(system, 'usr/bin/busybox'), join(root, 'usr/bin/busybox'))
  const names = (await run(runnable, ['--list'])).split('\n').filter(Boolean)
  for (const name of names)
    if (!KMOD_LINKS.includes(name) && !(await exists(join(root, 'usr/sbin', name))))
      await symlink('busybox', join(root, 'usr/bin', name)).catch(ignoreExisting)
  for (const name of KMOD_LINKS) await symlink('../bin/kmod', join(root, 'usr/sbin', name))
  await symlink('../bin/busybox', join(root, 'usr/sbin/init')).catch(ignoreExisting)
}

export async function copyInto(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await cp(from, to, { dereference: true })
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** All regular files below `folder`, relative to it. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink())
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()
}
