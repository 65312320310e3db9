import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { devNoOf } from '../../flasher/disk/dev-no.ts'
import { HelperClient } from '../../flasher/helper/client.ts'
import type { ConfirmedTarget, HelperPlan } from '../../flasher/helper/messages.ts'
import { testDisk } from '../../flasher/testing/disk.ts'
import type { TestDisk } from '../../flasher/testing/disk.ts'

export const HELPER = join(import.meta.dirname, '../../flasher/bin/bty-helper.ts')

export interface HelperMachine extends Disposable {
  disk: TestDisk
  confirmed: ConfirmedTarget
  env: NodeJS.ProcessEnv
  /** Another serial from now on. */
  setSerial(serial: string): void
  /** A helper of this machine. */
  start(): Promise<HelperClient>
  plan(src: string, target?: Partial<ConfirmedTarget>): HelperPlan
}

/** A machine whose one disk is a loop device: an lsblk in front of the real one lists it as a disk with a serial. */
export function helperMachine(sizeBytes: number): HelperMachine {
  const disk = testDisk(sizeBytes)
  const dir = mkdtempSync(join(tmpdir(), 'bty-helper-'))
  const number = devNoOf(statSync(disk.path).rdev)
  const setSerial = (serial: string) => {
    const node = { name: disk.path.split('/').at(-1), path: disk.path, type: 'disk', size: sizeBytes, serial }
    writeFileSync(
      join(dir, 'listing'),
      JSON.stringify({ blockdevices: [{ ...node, 'log-sec': 512, 'maj:min': number }] }),
    )
  }
  setSerial('S1')
  writeFileSync(join(dir, 'lsblk'), `#!/bin/sh\nexec cat ${join(dir, 'listing')}\n`)
  chmodSync(join(dir, 'lsblk'), 0o755)
  const env = { ...process.env, PATH: `${dir}:${process.env['PATH']}` }
  const confirmed = { path: disk.path, serial: 'S1', sizeBytes }
  return {
    disk,
    confirmed,
    env,
    setSerial,
    start: () => HelperClient.start({ command: process.execPath, args: [HELPER, '--test-targets'], env }),
    plan: (src, target = {}) => ({
      src,
      format: null,
      sha256: null,
      targets: [{ ...confirmed, ...target }],
    }),
    [Symbol.dispose]() {
      disk[Symbol.dispose]()
      rmSync(dir, { recursive: true })
    },
  }
}
