import { lstat, readFile, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'

const FILE = 0o100000
const FOLDER = 0o040000
const LINK = 0o120000

export interface CpioEntry {
  /** Relative, without `./`. */
  name: string
  kind: 'file' | 'folder' | 'link'
  executable: boolean
  /** A file's bytes, a link's target. */
  content: Buffer
}

/**
 * One entry of an archive that the kernel reads as initrd, in the format "newc" (kernel documentation, "initramfs buffer format"). Owner root;
 * modes are 755 and 644, whatever the builder's umask.
 */
export function cpioEntry(
  { name, kind, executable, content }: CpioEntry,
  inode: number,
  epoch: number,
): Buffer {
  const mode =
    kind === 'folder' ? FOLDER | 0o755 : kind === 'link' ? LINK | 0o777 : FILE | (executable ? 0o755 : 0o644)
  const path = Buffer.from(`${name}\0`)
  const fields = [
    inode,
    mode,
    0,
    0,
    kind === 'folder' ? 2 : 1,
    epoch,
    content.length,
    0,
    0,
    0,
    0,
    path.length,
    0,
  ]
  const header = Buffer.from(`070701${fields.map((n) => n.toString(16).padStart(8, '0')).join('')}`)
  return Buffer.concat([header, path, padding(header.length + path.length), content, padding(content.length)])
}

/** The end mark. */
export function cpioTrailer(): Buffer {
  return cpioEntry({ name: 'TRAILER!!!', kind: 'file', executable: false, content: Buffer.alloc(0) }, 0, 0)
}

/** The archive of all that is below `folder`, in the order of its names' bytes: the same content gives the same archive. */
export async function* cpioOf(folder: string, epoch: number): AsyncGenerator<Buffer> {
  let inode = 1
  for (const name of await namesBelow(folder, '')) {
    const path = join(folder, name)
    const entry = await lstat(path)
    const kind = entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'file'
    if (kind === 'file' && !entry.isFile()) throw new Error(`${path} is no file, folder or link`)
    const content =
      kind === 'folder'
        ? Buffer.alloc(0)
        : kind === 'link'
          ? Buffer.from(await readlink(path))
          : await readFile(path)
    yield cpioEntry({ name, kind, executable: (entry.mode & 0o111) !== 0, content }, inode++, epoch)
  }
  yield cpioTrailer()
}

/** A folder stands before what is in it. */
async function namesBelow(folder: string, at: string): Promise<string[]> {
  const entries = await readdir(join(folder, at), { withFileTypes: true })
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  const names: string[] = []
  for (const entry of entries) {
    const name = at === '' ? entry.name : `${at}/${entry.name}`
    names.push(name)
    if (entry.isDirectory()) names.push(...(await namesBelow(folder, name)))
  }
  return names
}

/** The kernel wants every part at a multiple of four bytes. */
function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4)
}
