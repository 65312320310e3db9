/** A stick that `bty burn` has made: boots, mounts with the kernel's own exFAT, and is not grown again. */
import { equal, match, ok } from 'node:assert/strict'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { burnPlan, planBurn } from '../../flasher/burn/burn.ts'
import { noise, sha256 } from '../../flasher/testing/images.ts'
import { usbNames } from '../../media/recipe.ts'
import { startChildren } from './lab/children.ts'
import { stickOf } from './lab/stick.ts'
import { fetchQemu } from './lab/tools.ts'
import { VERSION } from '../../server/version.ts'

const MIB = 1024 * 1024
const STICK_BYTES = 1024 * MIB
/** Four times what an undisturbed machine of two cores and no KVM needs. */
const WIZARD_MS = 240_000

const mediaDir = resolve(process.env['BTY_MEDIA_DIR'] ?? join(import.meta.dirname, '../../dist/media'))
const qemu = await fetchQemu((line) => console.log(line))
const dir = await mkdtemp(join(tmpdir(), 'bty-e2e-burn-'))
const children = startChildren(dir)
// An interrupted run goes through the `exit` handler of the children.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
after(async () => {
  await children.close()
  await rm(dir, { recursive: true, force: true })
})

test('a stick burnt by the engine boots, has its image, and stays as it is', async () => {
  const disk = join(dir, 'stick.img')
  {
    await using file = await open(disk, 'w')
    await file.truncate(STICK_BYTES)
  }
  const image = noise(20 * MIB, 9)
  const src = join(dir, 'lab.img')
  await writeFile(src, image)
  const signal = new AbortController().signal
  const medium = { src: join(mediaDir, usbNames(VERSION).iso), sha256: null }
  const images = [
    { name: 'lab', src, format: 'img', sha256: null, arch: null, description: 'made by a test' },
  ]
  const targets = [{ path: disk, serial: null }]
  const plan = await planBurn({ medium, images, targets }, { signal, allowFile: true })
  const { ok: burnt, targets: fates } = await burnPlan(plan, { signal, allowFile: true })
  ok(burnt, fates[0]!.error?.message)

  const stick = stickOf({ dir, qemu, children, mediaDir, version: VERSION }, disk)
  const before = await stick.inGuest(
    `mount -t exfat -o ro /dev/vda3 /mnt && echo "image $(sha256sum </mnt/lab.img)"; cat /mnt/catalog.toml; ls -a /mnt; umount /mnt`,
  )
  equal(/image ([0-9a-f]{64})/.exec(before)?.[1], sha256(image), before.slice(-2000))
  match(before, /\.bty-grown/)
  match(before, /src = "lab\.img"/)

  const boot = await stick.powerOn('uefi')
  await boot.sees('images: /dev/sda3 at /var/lib/bty/images', WIZARD_MS)
  await boot.sees('image_root: /var/lib/bty/images', WIZARD_MS)
  equal(boot.console().includes('grows to fill'), false)
  await children.close()
})
