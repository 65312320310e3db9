import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { imageRow, machineRow, REF } from '../../tests/harness/rows.ts'
import type { CatalogRow, MachineRow } from '../store/types.ts'
import { decide } from './decide.ts'
import { autoexecScript, bootScript, bootstrapScript } from './ipxe.ts'

const AT = { host: '192.0.2.1:8080', version: '0.60.0' }
const KERNEL =
  'kernel ${bty-base}/boot/bty-netboot-pc-x86_64-v0.60.0.vmlinuz?mac=aa:bb:cc:dd:ee:ff boot=live ' +
  'fetch=${bty-base}/boot/bty-netboot-pc-x86_64-v0.60.0.squashfs components console=tty0 console=ttyS1,115200 ' +
  'console=ttyS0,115200 earlyprintk=ttyS0,115200 plymouth.enable=0 modprobe.blacklist=nouveau,rndis_host ' +
  'nouveau.modeset=0 systemd.gpt_auto=0 bty.server=${bty-base} bty.mac=aa:bb:cc:dd:ee:ff'
const CHAIN = [
  'set bty-base http://192.0.2.1:8080',
  KERNEL,
  'initrd ${bty-base}/boot/bty-netboot-pc-x86_64-v0.60.0.initrd?mac=aa:bb:cc:dd:ee:ff',
  'boot',
]
const local = (drive: string) =>
  `iseq \${platform} efi && exit || sanboot --no-describe --drive ${drive} || exit`
const bound = { bty_image_ref: REF, target_disk_serial: 'S1' }

function scriptOf(machine: Partial<MachineRow>, image: CatalogRow | null = imageRow()): string {
  const row = machineRow(machine)
  return bootScript(row, decide(row, image), AT)
}

/** Lines that iPXE runs, without the words of an echo. */
function commandsOf(script: string): string[] {
  const [first, ...lines] = script.trimEnd().split('\n')
  equal(first, '#!ipxe')
  return lines.filter((line) => !line.startsWith('#')).map((line) => line.replace(/^echo .*/, 'echo'))
}

const CASES: [rule: string, machine: Partial<MachineRow>, image: CatalogRow | null, commands: string[]][] = [
  ['inventory', {}, null, CHAIN],
  ['tui', { boot_mode: 'bty-tui' }, null, CHAIN],
  ['flash', { boot_mode: 'bty-flash-once', ...bound }, imageRow(), CHAIN],
  ['local disk', { boot_mode: 'ipxe-exit' }, null, ['echo', 'sleep 1', local('0x80')]],
  [
    'another drive',
    { boot_mode: 'ipxe-exit', sanboot_drive: '0x81' },
    null,
    ['echo', 'sleep 1', local('0x81')],
  ],
  ['unresolved', { boot_mode: 'bty-flash-once', ...bound }, null, ['echo', 'sleep 1', local('0x80')]],
  ['unassigned', { boot_mode: 'x', sanboot_drive: '0x81' }, null, ['echo', 'sleep 5', local('0x80')]],
]
for (const [rule, machine, image, commands] of CASES)
  test(`script: ${rule}`, () => deepEqual(commandsOf(scriptOf(machine, image)), commands))

test('the status line of a local boot tells the platform', () =>
  ok(scriptOf({ boot_mode: 'ipxe-exit' }).includes('${platform}, drive')))

test('the way out of an unresolved flash names MAC, mode and the start of the reference', () => {
  const echo = scriptOf({ boot_mode: 'bty-flash-once', ...bound }, null)
    .split('\n')
    .find((line) => line.startsWith('echo'))!
  for (const part of ['aa:bb:cc:dd:ee:ff', 'bty-flash-once', REF.slice(0, 12)]) ok(echo.includes(part), part)
})

test('the header names what an operator looks for', () => {
  const script = scriptOf({ boot_mode: 'bty-flash-once', ...bound, labels: ['rack 1', 'zed'] })
  for (const part of ['aa:bb:cc:dd:ee:ff', REF, 'rack 1, zed', 'bty-flash-once', '0x80', 'S1'])
    ok(
      script.split('\n').some((line) => line.startsWith('#') && line.includes(part)),
      part,
    )
})

for (const target_disk_serial of ['S1\nsanboot', 'S1\rsanboot', 'S1 ${boot}', 'S1\\'])
  test(`the serial ${JSON.stringify(target_disk_serial)} adds no command and takes none away`, () => {
    const script = scriptOf({ ...bound, boot_mode: 'bty-flash-once', target_disk_serial })
    deepEqual(commandsOf(script), CHAIN)
    const [comment] = script.split('\n').filter((line) => line.startsWith('# target disk'))
    match(comment!, /^# target disk S1[^\r\\]*$/)
    ok(!comment!.includes('${'))
  })

test('the squashfs URL carries no query', () => ok(!/squashfs\?/.test(scriptOf({}))))

test('another architecture names its own trio', () => {
  const row = machineRow()
  const script = bootScript(row, decide(row, null), { ...AT, arch: 'arm64' })
  ok(script.includes('bty-netboot-pc-arm64-v0.60.0.vmlinuz'))
  ok(script.includes(' console=ttyS0,115200 console=ttyAMA0,115200 plymouth.enable=0'))
})

test('the bootstrap chains by the network card in use', () =>
  equal(bootstrapScript(AT.host), '#!ipxe\nchain http://192.0.2.1:8080/pxe/${mac:hexhyp}\n'))

test('autoexec.ipxe goes on to the bootstrap, and makes UEFI take its next boot entry when it comes back', () => {
  const script = autoexecScript(AT.host).split('\n')
  deepEqual(script.slice(0, 2), ['#!ipxe', 'dhcp'])
  deepEqual(script.slice(-3), [`chain http://${AT.host}/pxe-bootstrap.ipxe\${query}`, 'exit 1', ''])
})
