import { deepEqual, equal, match } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { imageRow, machineRow } from '../../tests/harness/rows.ts'
import { decide } from './decide.ts'
import { grubEntry, grubScript } from './grub.ts'
import { bootScript } from './ipxe.ts'

const AT = { host: '192.0.2.1:8080', version: '0.1.0' }
const FLASH = { boot_mode: 'bty-flash-once', bty_image_ref: 'a'.repeat(64), target_disk_serial: 'S1' }
const scriptOf = (fields: object) => {
  const machine = machineRow(fields)
  const decision = decide(machine, imageRow())
  return { grub: grubScript(machine, decision, AT), ipxe: bootScript(machine, decision, AT) }
}

test('grub.cfg names this server and goes on to the machine', () =>
  equal(
    grubEntry('192.0.2.1', 8080),
    `set timeout=0
set bty_net=http,192.0.2.1:8080
set bty_base=http://192.0.2.1:8080
export bty_net bty_base
for try in 1 2 3 4 5; do
  configfile (\${bty_net})/pxe/\${net_default_mac}/grub.cfg
  echo 'bty: trying again'
  sleep 2
done
exit
`,
  ))

test('the live system gets the command line that iPXE gives it', () => {
  const { grub, ipxe } = scriptOf(FLASH)
  const options = (text: string, command: string) =>
    new RegExp(`^ *(?:if )?${command} \\S+ (.*?)(?:; then)?$`, 'm')
      .exec(text)![1]!
      .replaceAll('${bty_base}', '${bty-base}')
  equal(options(grub, 'linux'), options(ipxe, 'kernel'))
  match(
    grub,
    /^ {2}if linux \(\$\{bty_net\}\)\/boot\/bty-netboot-pc-x86_64-v0\.1\.0\.vmlinuz\?mac=[0-9a-f:]{17} boot=live /m,
  )
  match(
    grub,
    /^ {4}if initrd \(\$\{bty_net\}\)\/boot\/bty-netboot-pc-x86_64-v0\.1\.0\.initrd\?mac=[0-9a-f:]{17}; then\n {6}boot\n/m,
  )
})

for (const [what, fields] of [
  ['set to boot its disk', { boot_mode: 'ipxe-exit' }],
  ['with a flash that is not set up', { ...FLASH, target_disk_serial: null }],
  ['with nothing assigned', { boot_mode: 'of the past' }],
] as const)
  test(`a machine ${what} starts what its disk holds, and without that goes back to the firmware`, () => {
    const { grub } = scriptOf(fields)
    match(grub, /^ {2}chainloader \/EFI\/BOOT\/BOOTX64\.EFI$/m)
    match(grub, /^exit$/m)
    equal(/linux/.test(grub), false)
  })

test(
  "GRUB's own checker takes each",
  hasChecker() ? {} : { skip: 'grub-script-check is not installed' },
  () => {
    const texts = [
      grubEntry('192.0.2.1', 8080),
      scriptOf(FLASH).grub,
      scriptOf({ boot_mode: 'ipxe-exit' }).grub,
    ]
    deepEqual(
      texts.map(check),
      texts.map(() => 0),
    )
    equal(check('if true; then') === 0, false)
  },
)

const check = (input: string) => spawnSync('grub-script-check', { input }).status
function hasChecker(): boolean {
  return spawnSync('grub-script-check', ['--version']).status === 0
}
