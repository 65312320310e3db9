import { existsSync, lstatSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, symlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { run } from '../run.ts'
import type { Build, Trees } from './context.ts'
import { commandIn } from './libraries.ts'

/** Documents and translations that nobody reads on a machine without a system. */
const LEFT_OUT = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/info',
  'usr/share/bash-completion',
]
const MERGED = ['bin', 'sbin', 'lib', 'lib64']

/**
 * Writes the squashfs: diagnostics in a root of their own, with the agent and an init, so that another initrd that
 * looks for a root file system there finds one.
 */
export async function makeSquashfs(build: Build, trees: Trees, rootTree: string): Promise<void> {
  const root = join(build.work, 'squashfs')
  await mkdir(root)
  for (const name of MERGED) await symlink(`usr/${name}`, join(root, name))
  for (const tree of [trees.extras, rootTree]) {
    const left = [...MERGED, ...LEFT_OUT].map((path) => join(tree, path))
    // Where Debian has the real program, a name of busybox does not take its place.
    const taken = (path: string) =>
      existsSync(join(root, relative(tree, path))) && lstatSync(path).isSymbolicLink()
    await cp(tree, root, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      filter: (path) => !left.includes(path) && !taken(path),
    })
  }
  await settle(root)
  const [mksquashfs, ...first] = commandIn(trees.tools, 'usr/bin/mksquashfs')
  const args = [root, join(build.work, build.names.squashfs), '-comp', 'zstd', '-Xcompression-level', '15']
  const dates = ['-mkfs-time', String(build.epoch), '-all-time', String(build.epoch)]
  const quiet = ['-all-root', '-noappend', '-no-progress', '-quiet', '-no-xattrs', '-reproducible']
  await run(mksquashfs, [...first, ...args, ...dates, ...quiet], {
    signal: build.signal,
    // It refuses the environment's date beside options that say one.
    env: { SOURCE_DATE_EPOCH: undefined },
  })
}

/** The builder's umask is of no concern: 755 for folders and programs, 644 for files. */
async function settle(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    else if (entry.isFile()) await chmod(path, (lstatSync(path).mode & 0o111) === 0 ? 0o644 : 0o755)
  }
  await chmod(folder, 0o755)
}
