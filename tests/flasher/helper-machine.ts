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
  /** A drive that can be pulled out, unless told. */
  setRemovable(removable: boolean): void
  /** A helper of this machine. */
  start(): Promise<HelperClient>
  plan(src: string, target?: Partial<ConfirmedTarget>): HelperPlan
}

/** A machine whose disk is a loop device, as are `others`, of the same size: an lsblk in front of the real one lists them as disks with serials. */
export function helperMachine(sizeBytes: number, others: readonly TestDisk[] = []): HelperMachine {
  const disk = testDisk(sizeBytes)
  const dir = mkdtempSync(join(tmpdir(), 'bty-helper-'))
  const node = ({ path }: TestDisk, serial: string) => ({
    name: path.split('/').at(-1),
    path,
    type: 'disk',
    size: sizeBytes,
    serial,
    rm: removable,
    'log-sec': 512,
    'maj:min': devNoOf(statSync(path).rdev),
  })
  let removable = true
  let ownSerial = 'S1'
  const setSerial = (serial: string) => {
    ownSerial = serial
    for (const [index, each] of [disk, ...others].entries()) {
      const found = node(each, index === 0 ? serial : `OTHER${index}`)
      writeFileSync(join(dir, each.path.replaceAll('/', '-')), JSON.stringify({ blockdevices: [found] }))
    }
    const blockdevices = [node(disk, serial), ...others.map((each, index) => node(each, `OTHER${index + 1}`))]
    writeFileSync(join(dir, 'all'), JSON.stringify({ blockdevices }))
  }
  setSerial('S1')
  // The last argument is a device or a list of columns.
  const script = `#!/bin/sh
for last; do :; done
case $last in /*) exec cat "${dir}/$(echo $last | tr / -)";; esac
exec cat ${dir}/all\n`
  writeFileSync(join(dir, 'lsblk'), script)
  chmodSync(join(dir, 'lsblk'), 0o755)
  const env = { ...process.env, PATH: `${dir}:${process.env['PATH']}` }
  const confirmed = { path: disk.path, serial: 'S1', sizeBytes }
  return {
    disk,
    confirmed,
    env,
    setSerial,
    setRemovable(value) {
      removable = value
      setSerial(ownSerial)
    },
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
