/** Sticks that are full, damaged, or were pulled out while somebody wrote to them. */
import { equal, match } from 'node:assert/strict'
import { open } from 'node:fs/promises'
import { test } from 'node:test'
import { run } from '../../media/run.ts'
import { monitorArgs } from './lab/qmp.ts'
import { readScreen } from './lab/screen.ts'
import { MIB, STICK_LIMITS_MS, stickLab } from './lab/stick-lab.ts'
import type { StickLab } from './lab/stick-lab.ts'
import { makeStick } from './lab/stick.ts'

const { wizard, step } = STICK_LIMITS_MS
/** exFAT specification, 3.1: VolumeFlags lie here, VolumeDirty is their second bit. */
const VOLUME_FLAGS_AT = 106
const DIRTY = 2

test('a full and damaged stick grows, tells of the damage, and stays usable when it is left dirty', async (t) => {
  const lab = await stickLab()
  const stick = await makeStick(lab, lab.iso, 512 * MIB)
  const filled = await stick.inGuest(
    `mount -t exfat /dev/vda3 /mnt && mkdir /mnt/more
dd if=/dev/urandom of=/mnt/full-x86_64.img bs=64k 2>&1 | head -n 1
echo "free $(df -k /mnt | awk 'NR == 2 { print $4 }')"; echo "sum $(sha256sum </mnt/full-x86_64.img)"; umount /mnt`,
  )
  match(filled, /No space left/)
  match(filled, /^free 0\r?$/m)
  const sum = /sum ([0-9a-f]{64})/.exec(filled)![1]!
  await damageSquashfs(lab, stick.disk)

  await t.test('full: it grows all the same, and a damaged squashfs is told', async () => {
    const boot = await stick.powerOn('bios', monitorArgs(lab.monitor))
    await boot.sees('grows to fill', wizard)
    await boot.sees('fills sda now', wizard)
    await boot.sees('image_root: /var/lib/bty/images', wizard)
    const screen = await readScreen(boot, lab.monitor)
    await screen.run('bty-extras')
    await boot.sees('the squashfs is damaged: its sha256 is ', step)
    await boot.sees('Write the stick anew', step)
    // The wizard needs none of it.
    await screen.shows(/full-x86_64\.img/, step)
    screen.close()
    await lab.children.close()
  })

  await t.test('dirty: it is checked, and shows its images', async () => {
    const at = await imagesStart(stick.disk)
    await setFlags(stick.disk, at, DIRTY)
    const boot = await stick.powerOn('bios')
    await boot.sees('was not unmounted the last time; checking it', wizard)
    await boot.sees('/dev/sda3 is in order', wizard)
    await boot.sees('images: /dev/sda3 at /var/lib/bty/images', wizard)
    await boot.sees('image_root: /var/lib/bty/images', wizard)
    await lab.children.close()
    equal(boot.console().includes('grows to fill'), false)
    const kept = await stick.inGuest(
      'mount -t exfat -o ro /dev/vda3 /mnt && echo "sum $(sha256sum </mnt/full-x86_64.img)"; umount /mnt',
    )
    equal(/sum ([0-9a-f]{64})/.exec(kept)?.[1], sum)
  })
})

/** Changes one byte in the middle of the squashfs on the stick. */
async function damageSquashfs({ iso }: StickLab, disk: string): Promise<void> {
  const report = await run('xorriso', [
    '-indev',
    iso,
    '-find',
    '/boot/extras.squashfs',
    '-exec',
    'report_lba',
  ])
  const [, lba, blocks] = /File data lba: +\d+ , +(\d+) , +(\d+) ,/.exec(report)!
  const at = (Number(lba) + Math.floor(Number(blocks) / 2)) * 2048
  await using file = await open(disk, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, at)
  byte[0] = byte[0]! ^ 0xff
  await file.write(byte, 0, 1, at)
}

/** First byte of the images partition. */
async function imagesStart(disk: string): Promise<number> {
  const { partitiontable } = JSON.parse(await run('sfdisk', ['-J', disk])) as {
    partitiontable: { partitions: { start: number }[] }
  }
  return partitiontable.partitions[2]!.start * 512
}

async function setFlags(disk: string, at: number, flags: number): Promise<void> {
  await using file = await open(disk, 'r+')
  const bytes = Buffer.alloc(2)
  await file.read(bytes, 0, 2, at + VOLUME_FLAGS_AT)
  bytes.writeUInt16LE(bytes.readUInt16LE(0) | flags)
  await file.write(bytes, 0, 2, at + VOLUME_FLAGS_AT)
}
