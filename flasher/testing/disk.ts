import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runTool } from '../run.ts'
import type { Run } from '../run.ts'

/** A disk for tests: a loop device where this process may make one, else a file that stands for it. */
export interface TestDisk extends Disposable {
  path: string
  isLoop: boolean
  /** What it holds. */
  content(): Buffer
  /** Flips a byte behind everybody's back. */
  damage(position: number): void
}

/** Old bytes on a test disk, so that what is not written can be told from what is. */
export const OLD_BYTE = 0xa5

/** `sizeBytes` is a multiple of 4096. */
export function testDisk(sizeBytes: number): TestDisk {
  const dir = mkdtempSync(join(memoryDir(), 'bty-disk-'))
  const file = join(dir, 'disk')
  writeFileSync(file, Buffer.alloc(sizeBytes, OLD_BYTE))
  const isLoop = process.getuid?.() === 0
  const path = isLoop
    ? execFileSync('losetup', ['--find', '--show', '--direct-io=off', file], { encoding: 'utf8' }).trim()
    : file
  const content = () => readFileSync(file)
  return {
    path,
    isLoop,
    content,
    damage(position) {
      const byte = content()[position]! ^ 0xff
      const fd = openSync(file, 'r+')
      writeSync(fd, Buffer.of(byte), 0, 1, position)
      closeSync(fd)
    },
    [Symbol.dispose]() {
      if (isLoop) execFileSync('losetup', ['--detach', path])
      rmSync(dir, { recursive: true })
    },
  }
}

/** Memory speed where the machine has it. */
export function memoryDir(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
}

export interface ListedDisk {
  path: string
  serial: string | null
  size: number
  ro?: boolean
  mountpoints?: string[]
}

/** lsblk as it would answer on a machine with these disks; every other tool is the real one. */
export function machineWith(disks: readonly ListedDisk[]): Run {
  const listing = (paths: readonly ListedDisk[]) =>
    JSON.stringify({
      blockdevices: paths.map(({ path, serial, size, ro = false, mountpoints = [] }) => ({
        name: path.split('/').at(-1),
        path,
        size,
        type: 'disk',
        vendor: 'QEMU    ',
        model: 'Test disk',
        serial,
        rm: false,
        ro,
        mountpoints: [null],
        tran: 'sata',
        'log-sec': 512,
        children: [{ name: 'p1', path: `${path}p1`, size: 1, type: 'part', mountpoints }],
      })),
    })
  return async (command, args, options) => {
    if (command === 'lshw') return { code: null, stdout: '', stderr: 'lshw is not installed' }
    if (command !== 'lsblk') return await runTool(command, args, options)
    const asked = args.find((arg) => arg.startsWith('/'))
    const found = disks.filter((disk) => asked === undefined || disk.path === asked)
    return { code: 0, stdout: listing(found), stderr: '' }
  }
}
