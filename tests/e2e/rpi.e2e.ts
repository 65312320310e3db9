import { equal } from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { rpiNames } from '../../media/recipe.ts'
import { run } from '../../media/run.ts'
import { makeCard } from './lab/card.ts'
import { startChildren } from './lab/children.ts'
import { fetchQemuArm64 } from './lab/tools.ts'

const CARD_BYTES = 1536 * 1024 * 1024
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

for (const model of ['pi4', 'pi5'] as const)
  test(`the kernel and root for ${model} come up on arm64, grow the images and show the wizard`, async () => {
    const card = await makeCard({ dir, qemu, children, packed, model }, { sizeBytes: CARD_BYTES })
    const boot = await card.powerOn()
    await boot.sees('Linux version', LIMITS_MS.kernel)
    await boot.sees('grows to fill', LIMITS_MS.wizard)
    await boot.sees('image_root: /var/lib/bty/images', LIMITS_MS.wizard)
    await children.close()
    const { partitiontable } = JSON.parse(await run('sfdisk', ['-J', card.disk])) as {
      partitiontable: { partitions: { start: number; size: number }[] }
    }
    const images = partitiontable.partitions.at(-1)!
    equal((images.start + images.size) * 512, CARD_BYTES)
  })
