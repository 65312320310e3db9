import { equal, match, ok } from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { usbNames } from '../../media/recipe.ts'
import { run } from '../../media/run.ts'
import { startChildren } from './lab/children.ts'
import { makeStick } from './lab/stick.ts'
import type { StickFirmware } from './lab/stick.ts'
import { fetchQemu } from './lab/tools.ts'

const MIB = 1024 * 1024
const STICK_BYTES = 1024 * MIB
/** Four times what an undisturbed machine of two cores and no KVM needs. */
const LIMITS_MS = { kernel: 180_000, wizard: 240_000 }

const mediaDir = resolve(import.meta.dirname, '../../dist/media')
const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
const iso = join(mediaDir, usbNames(version).iso)
const qemu = await fetchQemu((line) => console.log(line))
const dir = await mkdtemp(join(tmpdir(), 'bty-e2e-usb-'))
const children = startChildren(dir)
// An interrupted run goes through the `exit` handler of the children.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
after(async () => {
  await children.close()
  await rm(dir, { recursive: true, force: true })
})

for (const firmware of ['bios', 'uefi', 'uefi-secure'] as StickFirmware[])
  test(`a stick boots with ${firmware}, grows, keeps its files and shows the wizard`, async () => {
    const stick = await makeStick({ dir, qemu, children, mediaDir, version }, iso, STICK_BYTES)
    const placed = await stick.inGuest(
      `mount -t exfat /dev/vda3 /mnt && mkdir /mnt/more && dd if=/dev/urandom of=/mnt/more/a.img bs=1M count=5 2>/dev/null
echo "placed $(sha256sum </mnt/more/a.img)"; umount /mnt`,
    )
    const sum = sumOf(placed, 'placed')

    const boot = await stick.powerOn(firmware)
    await boot.sees('Linux version', LIMITS_MS.kernel)
    if (firmware === 'uefi-secure') match(await seen(boot, 'Secure boot'), /Secure boot enabled/i)
    await boot.sees('grows to fill', LIMITS_MS.wizard)
    await boot.sees('image_root: /var/lib/bty/images', LIMITS_MS.wizard)
    await children.close()

    const { partitiontable } = JSON.parse(await run('sfdisk', ['-J', stick.disk])) as {
      partitiontable: { partitions: { start: number; size: number }[] }
    }
    const images = partitiontable.partitions[2]!
    equal((images.start + images.size) * 512, STICK_BYTES)
    const kept = await stick.inGuest(
      `mount -t exfat -o ro /dev/vda3 /mnt
echo "kept $(sha256sum </mnt/more/a.img)"; echo "KiB $(df -k /mnt | awk 'NR == 2 { print $2 }')"; ls -a /mnt; umount /mnt`,
    )
    equal(sumOf(kept, 'kept'), sum)
    ok(Number(/KiB (\d+)/.exec(kept)?.[1]) * 1024 > images.size * 512 * 0.98, kept)
    match(kept, /\.bty-grown/)
    match(kept, /catalog\.toml/)
  })

test('a stick that has grown does not grow again, however large its disk becomes', async () => {
  const stick = await makeStick({ dir, qemu, children, mediaDir, version }, iso, STICK_BYTES)
  await stick.inGuest('mount -t exfat /dev/vda3 /mnt && : >/mnt/.bty-grown && umount /mnt')
  const before = await run('sfdisk', ['-d', stick.disk])
  const boot = await stick.powerOn('bios')
  await boot.sees('images: /dev/sda3 at /var/lib/bty/images', LIMITS_MS.wizard)
  await children.close()
  equal(boot.console().includes('grows to fill'), false)
  equal(await run('sfdisk', ['-d', stick.disk]), before)
})

function sumOf(text: string, what: string): string {
  const found = new RegExp(`${what} ([0-9a-f]{64})`).exec(text)?.[1]
  ok(found, `no "${what}" in:\n${text.slice(-2000)}`)
  return found
}

async function seen(
  boot: { sees(text: string, ms: number): Promise<void>; console(): string },
  text: string,
) {
  await boot.sees(text, LIMITS_MS.kernel)
  return boot.console()
}
