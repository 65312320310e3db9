import { equal } from 'node:assert/strict'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { after, test } from 'node:test'
import { createGunzip } from 'node:zlib'
import { rpiNames } from '../../media/recipe.ts'
import { run } from '../../media/run.ts'
import { startChildren } from './lab/children.ts'
import { watchBoot } from './lab/machine.ts'
import { fetchQemuArm64 } from './lab/tools.ts'

const MIB = 1024 * 1024
const CARD_BYTES = 1536 * MIB
/** Four times what an undisturbed machine of two cores and no KVM needs. */
const LIMITS_MS = { kernel: 120_000, wizard: 360_000 }

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
const packed = resolve(import.meta.dirname, '../../dist/media', rpiNames(version).image)
const qemu = await fetchQemuArm64((line) => console.log(line))
const dir = await mkdtemp(join(tmpdir(), 'bty-e2e-rpi-'))
const children = startChildren(dir)
// An interrupted run goes through the `exit` handler of the children.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
after(async () => {
  await children.close()
  await rm(dir, { recursive: true, force: true })
})

// QEMU has no such board with a network and USB: its `virt` runs the same kernel, initrd and disk. What the boards' own firmware does with
// config.txt is not seen here.
for (const model of ['pi4', 'pi5'])
  test(`the kernel and root for ${model} come up on arm64, grow the images and show the wizard`, async () => {
    const card = join(dir, `${model}.img`)
    await pipeline(createReadStream(packed), createGunzip(), createWriteStream(card))
    await truncate(card, CARD_BYTES)
    const take = async (name: string): Promise<string> => {
      const to = join(dir, `${model}-${name}`)
      await run('mcopy', ['-i', `${card}@@${MIB}`, `::/${model}/${name}`, to])
      return to
    }
    const [kernel, initrd, line] = [await take('kernel.img'), await take('initrd'), await take('cmdline.txt')]
    const text = (await readFile(line, 'utf8'))
      .trim()
      .replace('console=serial0,115200', 'console=ttyAMA0,115200')
    const child = children.start(model, [
      ...qemu.command,
      ...qemu.dataDirs.flatMap((data) => ['-L', data]),
      ...['-machine', 'virt', '-cpu', 'cortex-a72', '-accel', 'tcg', '-smp', '1', '-m', '1536'],
      ...['-nodefaults', '-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot'],
      ...['-kernel', kernel, '-initrd', initrd, '-append', text],
      ...['-device', 'qemu-xhci', '-drive', `if=none,id=card,format=raw,file=${card}`],
      ...['-device', 'usb-storage,drive=card,removable=on'],
    ])
    const boot = watchBoot(model, child)
    await boot.sees('Linux version', LIMITS_MS.kernel)
    await boot.sees('grows to fill', LIMITS_MS.wizard)
    await boot.sees('image_root: /var/lib/bty/images', LIMITS_MS.wizard)
    await children.close()
    const { partitiontable } = JSON.parse(await run('sfdisk', ['-J', card])) as {
      partitiontable: { partitions: { start: number; size: number }[] }
    }
    const images = partitiontable.partitions.at(-1)!
    equal((images.start + images.size) * 512, CARD_BYTES)
  })
