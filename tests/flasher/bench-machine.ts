/** A machine on the bench: an agent with a test disk, a scripted person, and a screen that is remembered. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runAgent } from '../../flasher/agent/agent.ts'
import type { World } from '../../flasher/agent/world.ts'
import { interruptStack } from '../../flasher/wizard/interrupts.ts'
import type { InterruptStack } from '../../flasher/wizard/interrupts.ts'
import { textOf } from '../../flasher/wizard/line.ts'
import type { Run } from '../../flasher/run.ts'
import { machineWith, testDisk } from '../../flasher/testing/disk.ts'
import type { ListedDisk, TestDisk } from '../../flasher/testing/disk.ts'

export const MAC = '52:54:00:aa:bb:01'
export const SERIAL = 'LOOP-1'
export const MiB = 1024 * 1024
export const DISK_BYTES = 12 * MiB

export interface BenchMachine extends Disposable {
  disk: TestDisk
  listed: ListedDisk[]
  said: string[]
  markers: string[]
  milestones: string[]
  reboots: number
  /** Answers of the person; then the input is at its end. */
  answers: string[]
  /** Presses a key when the agent waits for one. */
  presses: boolean
  /** Answer of `lshw -json`; null where it is not installed. */
  lshw: object | null
  cancel: AbortController
  /** Ctrl-C. */
  interrupts: InterruptStack
  /** What is said may be waited for. */
  onSaid: (text: string) => void
  run: Run
  world(): World
  /** One start of the agent. */
  boot(server: string): Promise<void>
  /** Power off and on: what a boot remembers is gone. */
  powerCycle(): void
}

export function benchMachine(listed?: (path: string) => ListedDisk[], mac = MAC): BenchMachine {
  const disk = testDisk(DISK_BYTES)
  let runDir = mkdtempSync(join(tmpdir(), 'bty-run-'))
  const machine: BenchMachine = {
    disk,
    listed: listed?.(disk.path) ?? [{ path: disk.path, serial: SERIAL, size: DISK_BYTES }],
    said: [],
    markers: [],
    milestones: [],
    reboots: 0,
    answers: [],
    presses: false,
    lshw: null,
    cancel: new AbortController(),
    interrupts: interruptStack(() => machine.cancel.abort()),
    onSaid: () => {},
    async run(command, args, options) {
      if (command === 'lshw' && machine.lshw !== null)
        return { code: 0, stdout: JSON.stringify(machine.lshw), stderr: '' }
      return await machineWith(machine.listed)(command, args, options)
    },
    world: () => ({
      signal: machine.cancel.signal,
      screen: {
        say(text) {
          machine.said.push(text)
          machine.onSaid(text)
        },
        look: () => ({ width: 79, height: Infinity, mode: 'plain', colour: false, unicode: false }),
        page(lines) {
          for (const line of lines) machine.said.push(textOf(line))
        },
        live: () => {},
        onResize: () => ({ [Symbol.dispose]: () => {} }),
        marker: (text) => machine.markers.push(text),
        milestone: (text) => machine.milestones.push(text),
      },
      prompt: {
        ask: async () => machine.answers.shift() ?? null,
        key: async () => {
          if (!machine.presses) await new Promise(() => {})
        },
        forget: () => {},
        close: () => {},
      },
      interrupts: machine.interrupts,
      run: machine.run,
      async reboot() {
        machine.reboots++
        return 'this machine is only a test'
      },
      runDir,
      imageRoot: join(runDir, 'images'),
      backoff: { firstMs: 5, longestMs: 20 },
      flash: { allowFile: true, stallTimeoutMs: 10_000 },
    }),
    boot: (server) => runAgent({ server, mac }, machine.world()),
    powerCycle() {
      rmSync(runDir, { recursive: true })
      runDir = mkdtempSync(join(tmpdir(), 'bty-run-'))
    },
    [Symbol.dispose]() {
      disk[Symbol.dispose]()
      rmSync(runDir, { recursive: true })
    },
  }
  return machine
}
