/** A text file that is replaced whole or not at all. */
import fs from 'node:fs'
import { dirname, join, basename } from 'node:path'

const NEW_FILE_MODE = 0o640

/**
 * Writes through a file beside it: same mode and owner as before, on the disk before it takes the name. A file that
 * cannot be replaced because it is a mount of its own (EBUSY, EXDEV) is written in place. @throws what the disk says.
 */
export function replaceFile(path: string, text: string, rename = fs.renameSync): void {
  const target = fs.existsSync(path) ? fs.realpathSync(path) : path
  const before = fs.statSync(target, { throwIfNoEntry: false })
  const partial = join(dirname(target), `.${basename(target)}.${process.pid}.partial`)
  try {
    writeSynced(partial, 'w', text, (fd) => {
      fs.fchmodSync(fd, before === undefined ? NEW_FILE_MODE : before.mode & 0o7777)
      const own = fs.fstatSync(fd)
      if (before !== undefined && (before.uid !== own.uid || before.gid !== own.gid))
        fs.fchownSync(fd, before.uid, before.gid)
    })
    rename(partial, target)
  } catch (error) {
    fs.rmSync(partial, { force: true })
    const code = (error as NodeJS.ErrnoException).code
    // Also a folder that takes no new file, and an owner that only root can give.
    if (before === undefined || !['EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS'].includes(code ?? ''))
      throw error
    writeSynced(target, 'r+', text, (fd) => fs.ftruncateSync(fd, Buffer.byteLength(text)))
    return
  }
  syncFolder(dirname(target))
}

function writeSynced(path: string, flag: string, text: string, last: (fd: number) => void): void {
  const fd = fs.openSync(path, flag, NEW_FILE_MODE)
  try {
    fs.writeFileSync(fd, text)
    last(fd)
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const fd = fs.openSync(path, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}
