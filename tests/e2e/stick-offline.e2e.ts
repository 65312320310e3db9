/** A person at the screen of a machine without a network flashes its disk from an image on the stick. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { firstDifference } from './lab/compare.ts'
import { monitorArgs } from './lab/qmp.ts'
import { readScreen } from './lab/screen.ts'
import { MIB, smallImage, STICK_LIMITS_MS, stickLab } from './lab/stick-lab.ts'
import { makeStick } from './lab/stick.ts'

const TARGET_BYTES = 64 * MIB

test('the wizard on the first screen flashes a disk from the stick, without a network', async () => {
  const lab = await stickLab()
  const image = await smallImage(lab.dir)
  const stick = await makeStick(lab, lab.iso, 1024 * MIB)
  await stick.inGuest(
    `mount -t exfat /dev/vda3 /mnt && head -c ${image.packedBytes} /dev/vdb >/mnt/demo-x86_64.img.zst && umount /mnt`,
    image.packed,
  )
  const target = join(lab.dir, 'target.disk')
  await writeFile(target, '')
  await using file = await open(target, 'r+')
  await file.truncate(TARGET_BYTES)

  const disk = ['-drive', `if=none,id=target,format=raw,file=${target}`]
  const more = [
    ...monitorArgs(lab.monitor),
    ...disk,
    '-device',
    'virtio-blk-pci,drive=target,serial=BTY-TARGET',
  ]
  const boot = await stick.powerOn('bios', more)
  await boot.sees('image_root: /var/lib/bty/images', STICK_LIMITS_MS.wizard)
  // Both consoles have come to the wizard; the tests below read the first screen alone.
  const screen = await readScreen(boot, lab.monitor)
  const { step, flash } = STICK_LIMITS_MS
  const images = await screen.shows(/demo-x86_64\.img\.zst/, step)
  match(images, /image_root: \/var\/lib\/bty\/images/)
  match(images, /catalog: local only/)
  await screen.type(`${numberOf(images, 'demo-x86_64')}\n`)
  const disks = await screen.shows(/BTY-TARGET/, step)
  // The stick itself is listed and cannot be chosen.
  match(disks, /not possible: .*/)
  await screen.type(`${numberOf(disks, 'BTY-TARGET')}\n`)
  await screen.shows(/\[y\] write/, step)
  await screen.type('y\n')
  await screen.shows(/written and read back/, flash)
  await screen.type('q\n')
  await screen.shows(/The agent has ended/, step)
  screen.close()
  for (const phase of ['devices starting', 'images starting', 'images ready', 'agent starting'])
    ok(boot.console().includes(`bty-trace: ${phase}`), `no trace "${phase}"`)
  await lab.children.close()
  deepEqual(await firstDifference(image.raw, target), null)
  equal(boot.console().includes('no network after 30 s'), false)
})

/** The number that a list gives the row with `text`. */
function numberOf(screen: string, text: string): string {
  const row = screen.split('\n').find((line) => line.includes(text))
  const number = /(\d+)/.exec(row ?? '')?.[1]
  ok(number, `no number before "${text}" in:\n${screen}`)
  return number
}
