/** Two machines at once, and a catalog of three images: by address, from a registry, from an uploaded catalog.toml. */
import { equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { imageRef } from '../../flasher/image/ref.ts'
import { holdsTheImage, type Journey, journeys, LIMITS_MS, meet, SERIAL, withConsole } from './journey.ts'
import type { Boot } from './lab/machine.ts'
import type { Lab } from './lab/lab.ts'

/** Two share what one has elsewhere. */
const FLASH_MS = 2 * LIMITS_MS.flash
const PLAN = 'netboot.pxe.plan:plan:flash:bty-flash-once'

test('two machines flash at the same time, three images, and each origin gives each image once', () =>
  journeys(
    [
      { firmware: 'bios', mac: '52:54:00:77:00:06', bus: 'virtio' },
      { firmware: 'uefi', mac: '52:54:00:77:00:07', bus: 'nvme' },
    ],
    async (pair) => {
      const { lab } = pair[0]!
      await using registry = await lab.registry()
      await Promise.all(pair.map(meet))
      const blob = await readFile(join(lab.image.dir, lab.image.file))
      const digest = createHash('sha256').update(blob).digest('hex')

      const byAddress = await lab.operator.addImage(lab.image.url, lab.image.shaUrl)
      const open = await lab.holdOrigin()
      const boots = await switchOn(pair, byAddress.bty_image_ref)
      // Both get the first half of a file whose second half is still to come.
      await Promise.all(pair.map((way, n) => withConsole(boots[n]!, isWriting(way))))
      await open()
      await flashed(pair, boots, 1)
      equal(await asked(lab, `/${lab.image.file}`), 1)

      await registry.push('lab/image', 'one', [
        { title: lab.image.file, mediaType: 'application/vnd.nosi.disk-image.v1+zstd', bytes: blob },
      ])
      const fromRegistry = await lab.operator.addImage(`oras://${registry.host}/lab/image:one`)
      await flashed(pair, await switchOn(pair, fromRegistry.bty_image_ref), 2)
      const blobs = registry.log().filter((line) => line.includes(`GET /v2/lab/image/blobs/sha256:${digest}`))
      equal(blobs.length, 1, `the cache asks the registry once: ${blobs.join('\n')}`)

      const listed = lab.image.url.replace(lab.image.file, `listed/${lab.image.file}`)
      await lab.operator.uploadCatalog(
        `version = 1\n\n[[images]]\nname = "listed"\nsrc = "${listed}"\nsha256 = "${digest}"\n`,
      )
      await flashed(pair, await switchOn(pair, imageRef(listed)), 3)
      equal(await asked(lab, `/listed/${lab.image.file}`), 1)
      equal(await asked(lab, `/${lab.image.file}`), 1)
    },
  ))

async function switchOn(pair: Journey[], bty_image_ref: string): Promise<Boot[]> {
  const wish = { bty_image_ref, boot_mode: 'bty-flash-once', target_disk_serial: SERIAL } as const
  for (const { lab, machine, phases } of pair) {
    phases.clear()
    await lab.operator.saveMachine(machine.mac, wish)
  }
  return pair.map(({ machine }) => machine.powerOn())
}

async function isWriting({ phases }: Journey): Promise<void> {
  const end = Date.now() + FLASH_MS
  while (!phases.has('write')) {
    ok(Date.now() < end, `no progress of phase write; there are: ${[...phases].join(', ')}`)
    await pause(200)
  }
}

/** Each is flashed for the `nth` time, comes up from its disk and holds the image; their disks are empty afterwards. */
async function flashed(pair: Journey[], boots: Boot[], nth: number): Promise<void> {
  await Promise.all(
    pair.map(async (way, n) => {
      const boot = boots[n]!
      await withConsole(boot, way.happened('machine.flashed', FLASH_MS, nth))
      await boot.sees(way.lab.image.marker, 2 * LIMITS_MS.diskBoot)
      await holdsTheImage(way)
      await way.machine.wipe()
      const plans = (await way.trail()).filter((kind) => kind === PLAN)
      equal(plans.length, nth, 'one plan for each flash')
    }),
  )
}

/** How often the origin was asked for the bytes at `path`. */
async function asked(lab: Lab, path: string): Promise<number> {
  return (await lab.originLog()).filter((line) => line.endsWith(` GET ${path} 200`)).length
}
