import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { commandLine, configText } from './config.ts'

/** As the firmware reads it: what holds for a board is all that stands under no section, its own, or [all]. */
function settingsOf(model: string): Record<string, string> {
  let holds = true
  const found: Record<string, string> = {}
  for (const line of configText().split('\n').filter(Boolean)) {
    const section = /^\[(\w+)\]$/.exec(line)?.[1]
    if (section !== undefined) holds = section === 'all' || section === model
    else if (holds) {
      const [, name, value] = /^(\w+)[= ](.*)$/.exec(line)!
      found[name!] = value!
    }
  }
  return found
}

for (const model of ['pi4', 'pi5'])
  test(`${model} boots from its own folder`, () => {
    const { os_prefix, kernel, initramfs, arm_64bit } = settingsOf(model)
    deepEqual(
      [os_prefix, kernel, initramfs, arm_64bit],
      [`${model}/`, 'kernel.img', 'initrd followkernel', '1'],
    )
  })

test('another board finds no folder and shows so, instead of a kernel that is not its own', () =>
  equal(settingsOf('pi3')['os_prefix'], undefined))

test('the kernel line is one line and names the disk', () => {
  const line = commandLine('1.2.3', '1abcdef0')
  equal(line.split('\n').length, 2)
  match(line, /^boot=live .* bty\.version=1\.2\.3 bty\.medium=1abcdef0\n$/)
})
