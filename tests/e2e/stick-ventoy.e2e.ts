/** The layout that Ventoy shows: the ISO a file on an exFAT partition that is held, reached by device-mapper nodes. */
import { match, ok } from 'node:assert/strict'
import { copyFile, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { usbNames } from '../../media/recipe.ts'
import { monitorArgs } from './lab/qmp.ts'
import { readScreen } from './lab/screen.ts'
import { MIB, smallImage, STICK_LIMITS_MS, stickLab } from './lab/stick-lab.ts'
import { stickOf } from './lab/stick.ts'
import { placeOf, ventoyBoot, ventoyDisk } from './lab/ventoy.ts'

test('under Ventoy the images of its partition are found, and the diagnostics in the ISO file', async () => {
  const lab = await stickLab()
  const image = await smallImage(lab.dir)
  const disk = await ventoyDisk(lab, 640 * MIB)
  const stick = stickOf(lab, disk)
  // The ISO first, so that it lies in one piece.
  await stick.inGuest(
    `mount -t exfat /dev/vda1 /mnt && dd if=/dev/vdb of=/mnt/${usbNames(lab.version).iso} bs=1M && umount /mnt`,
    lab.iso,
  )
  const entry = `version = 1\n\n[[images]]\nname = "from-the-catalog"\nsrc = "https://images.example/x.img.zst"\n`
  const both = join(lab.dir, 'both')
  await copyFile(image.packed, both)
  await writeFile(both, entry.padEnd(512), { flag: 'a' })
  await using file = await open(both)
  const { size } = await file.stat()
  await stick.inGuest(
    `mount -t exfat /dev/vda1 /mnt && mkdir /mnt/bty-images && cd /mnt/bty-images
head -c ${image.packedBytes} /dev/vdb >demo-x86_64.img.zst
tail -c +${size - 512 + 1} /dev/vdb | head -c ${entry.length} >catalog.toml
cd / && umount /mnt`,
    both,
  )
  const place = await placeOf(disk, lab.iso)
  const boot = await stick.powerOn('bios', [...(await ventoyBoot(lab, place)), ...monitorArgs(lab.monitor)])
  const { wizard, step } = STICK_LIMITS_MS
  await boot.sees('bty-images at /var/lib/bty/images', wizard)
  match(boot.console(), /mount: mounting \/dev\/sda1 on \/mnt failed: .*busy/)
  match(boot.console(), /images: \/dev\/dm-\d\/bty-images at/)
  await boot.sees('image_root: /var/lib/bty/images', wizard)
  const screen = await readScreen(boot, lab.monitor)
  const images = await screen.shows(/demo-x86_64\.img\.zst/, step)
  ok(/from-the-catalog/.test(images), images)
  await screen.run('bty-extras')
  await boot.sees('there are now: nvme', step)
  screen.close()
  await lab.children.close()
})
