import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { imageRow, machineRow, REF } from '../../tests/harness/rows.ts'
import type { CatalogRow, MachineRow } from '../store/types.ts'
import { planFor, type Probed } from './plan.ts'

const HOST = '192.0.2.1:8080'
const interactive = { mode: 'interactive', catalog: `http://${HOST}/catalog.toml` }
const flashMode = { boot_mode: 'bty-flash-once', bty_image_ref: REF, target_disk_serial: 'S1' }
const flash = {
  mode: 'flash',
  image: 'https://example.com/images/demo.img.gz',
  target_disk_serial: 'S1',
  name: 'demo.img.gz',
  disk_image_sha: 'a'.repeat(64),
  format: 'img.gz',
}
const oras = 'oras://ghcr.io/safl/nosi/debian-sysdev:latest'

type Case = [rule: string, machine: Partial<MachineRow>, image: CatalogRow | null, plan: object, kind: string]
const CASES: Case[] = [
  ['flash-once with image and target', flashMode, imageRow(), flash, 'plan:flash:bty-flash-once'],
  [
    'a flash that is done is planned all the same',
    { ...flashMode, boot_mode: 'bty-flash-always', saw_flasher_boot: true, last_flashed_at: 'x' },
    imageRow(),
    flash,
    'plan:flash:bty-flash-always',
  ],
  [
    'without digest and format their keys are absent',
    flashMode,
    imageRow({ disk_image_sha: null, format: null }),
    { mode: 'flash', image: flash.image, target_disk_serial: 'S1', name: 'demo.img.gz' },
    'plan:flash:bty-flash-once',
  ],
  [
    'an image that was never resolved is named by its src',
    flashMode,
    imageRow({ resolved_src: null, src: 'https://e.example/x.img' }),
    { ...flash, image: 'https://e.example/x.img' },
    'plan:flash:bty-flash-once',
  ],
  [
    'a registry image keeps its reference',
    flashMode,
    imageRow({ src: oras, resolved_src: 'https://ghcr.io/v2/safl/nosi/debian-sysdev/blobs/sha256:0' }),
    { ...flash, image: oras },
    'plan:flash:bty-flash-once',
  ],
  ['an orphaned image', flashMode, null, interactive, 'plan:interactive:flash-unresolved'],
  [
    'no target disk',
    { ...flashMode, target_disk_serial: null },
    imageRow(),
    interactive,
    'plan:interactive:flash-unresolved',
  ],
  ['no image', { ...flashMode, bty_image_ref: null }, null, { mode: 'exit' }, 'plan:exit:bty-flash-once'],
  ['bty-tui', { boot_mode: 'bty-tui' }, null, interactive, 'plan:interactive:tui'],
  ['bty-inventory', {}, null, { mode: 'inventory' }, 'plan:inventory'],
  ['ipxe-exit', { boot_mode: 'ipxe-exit' }, imageRow(), { mode: 'exit' }, 'plan:exit:ipxe-exit'],
  ['a mode of the past', { boot_mode: 'sanboot' }, null, { mode: 'exit' }, 'plan:exit:sanboot'],
]
for (const [rule, columns, image, expected, kind] of CASES)
  test(`plan: ${rule}`, () => {
    const machine = machineRow(columns)
    const { plan, details } = planFor(machine, image, HOST)
    equal(JSON.stringify(plan), JSON.stringify(expected)) // the order of keys is part of the contract
    const withcache = { configured: false, hit: null, served_from: 'origin' }
    const isFlash = plan.mode === 'flash'
    deepEqual(details, {
      plan,
      boot_mode: machine.boot_mode,
      offer_kind: kind,
      ...(isFlash && { withcache }),
    })
  })

const PROBES: [rule: string, probed: Probed | null, image: string, withcache: object][] = [
  [
    'no cache',
    { src: flash.image, configured: false, url: null },
    flash.image,
    { configured: false, hit: null, served_from: 'origin' },
  ],
  [
    'a hit',
    { src: flash.image, configured: true, url: 'http://c/b/x' },
    'http://c/b/x',
    { configured: true, hit: true, served_from: 'withcache' },
  ],
  [
    'a miss',
    { src: flash.image, configured: true, url: null },
    flash.image,
    { configured: true, hit: false, served_from: 'origin' },
  ],
  [
    'a hit of the image that was bound before',
    { src: 'https://e.example/old.img', configured: true, url: 'http://c/b/old' },
    flash.image,
    { configured: true, hit: false, served_from: 'origin' },
  ],
]
for (const [rule, probed, image, withcache] of PROBES)
  test(`plan: the cache said ${rule}`, () => {
    const { plan, details } = planFor(machineRow(flashMode), imageRow(), HOST, probed)
    equal(plan.mode === 'flash' && plan.image, image)
    deepEqual(details['withcache'], withcache)
  })
