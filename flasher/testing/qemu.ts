import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder in which QEMU's own tools make images and tell what is in them. */
export interface QemuLab extends Disposable {
  dir: string
  /** `qemu-img convert` of raw bytes to qcow2; the path. */
  convert(raw: Buffer, args: readonly string[]): string
  /** `qemu-img create` of a disk of `bytes`; the path. */
  create(bytes: number, args: readonly string[]): string
  /** `qemu-io` commands, `write -P 7 0 64k` for example. */
  io(path: string, commands: readonly string[]): void
  img(args: readonly string[]): void
  /** The disk inside, as `qemu-img convert -O raw` tells it. */
  raw(path: string): Buffer
}

export function qemuLab(): QemuLab {
  const dir = mkdtempSync(join(tmpdir(), 'bty-qcow2-'))
  let count = 0
  const run = (command: string, args: readonly string[]) =>
    void execFileSync(command, args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] })
  const fresh = () => join(dir, `${count++}`)
  return {
    dir,
    convert(raw, args) {
      const path = fresh()
      writeFileSync(`${path}.img`, raw)
      run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', ...args, `${path}.img`, `${path}.qcow2`])
      return `${path}.qcow2`
    },
    create(bytes, args) {
      const path = `${fresh()}.qcow2`
      run('qemu-img', ['create', '-q', '-f', 'qcow2', ...args, path, String(bytes)])
      return path
    },
    io: (path, commands) =>
      run('qemu-io', ['-f', 'qcow2', ...commands.flatMap((command) => ['-c', command]), path]),
    img: (args) => run('qemu-img', args),
    raw(path) {
      const out = `${fresh()}.raw`
      run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', path, out])
      return readFileSync(out)
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true }),
  }
}
