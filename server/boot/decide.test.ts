import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { at, imageRow, machineRow, REF } from '../../tests/harness/rows.ts'
import type { CatalogRow, MachineRow } from '../store/types.ts'
import { DISARMED } from './cycle.ts'
import { decide, type Script } from './decide.ts'
import { bootState, nextBoot } from './state-label.ts'

const armed = { saw_flasher_boot: true, armed_at: at(10) }
const inventoried = { known_disks_at: at(11) }
const flashedNow = { last_flashed_at: at(11) }
const flashedBefore = { last_flashed_at: at(9) }
const bound = { bty_image_ref: REF, target_disk_serial: 'S1' }
const image = imageRow()

interface Row {
  rule: string
  machine: Partial<MachineRow>
  image?: CatalogRow
  script: Script
  kind: string
  details: Record<string, unknown>
  disarms?: boolean
  label: string
}

const localDetails = { offer: 'sanboot', sanboot_drive: '0x80' }
const flashDetails = (mode: string) => ({
  offer: mode,
  bty_image_ref: REF,
  image_name: 'demo.img.gz',
  target_disk_serial: 'S1',
})

const ROWS: Row[] = [
  {
    rule: '1: bty-tui starts the live media',
    machine: { boot_mode: 'bty-tui', ...armed, ...flashedNow },
    script: 'live',
    kind: 'bty-tui',
    details: { offer: 'bty-tui' },
    label: '',
  },
  {
    rule: '2: an inventory of this cycle boots the disk and disarms',
    machine: { ...armed, ...inventoried, sanboot_drive: '0x81' },
    script: 'local',
    kind: 'bty-inventory-sanboot',
    details: { offer: 'sanboot', sanboot_drive: '0x81', after_inventory: true },
    disarms: true,
    label: 'inventoried; booting disk',
  },
  {
    rule: '3: armed without an inventory tries again',
    machine: { ...armed },
    script: 'live',
    kind: 'bty-inventory',
    details: { offer: 'bty-inventory', retry_after_armed_no_post: true },
    label: 'live env running; awaiting inventory',
  },
  {
    rule: '3: an inventory older than the arming does not count',
    machine: { ...armed, known_disks_at: at(9) },
    script: 'live',
    kind: 'bty-inventory',
    details: { offer: 'bty-inventory', retry_after_armed_no_post: true },
    label: 'live env running; awaiting inventory',
  },
  {
    rule: '4: not armed takes an inventory, whatever was known',
    machine: { ...inventoried },
    script: 'live',
    kind: 'bty-inventory',
    details: { offer: 'bty-inventory' },
    label: 'pending inventory',
  },
  {
    rule: '5: ipxe-exit boots the disk and ignores the image',
    machine: { boot_mode: 'ipxe-exit', ...bound, ...armed },
    image,
    script: 'local',
    kind: 'ipxe-exit',
    details: localDetails,
    label: '',
  },
  {
    rule: '6: flash-always after its flash boots the disk and disarms',
    machine: { boot_mode: 'bty-flash-always', ...bound, ...armed, ...flashedNow },
    image,
    script: 'local',
    kind: 'bty-flash-always-sanboot',
    details: { ...localDetails, sanboot_after_flash: true },
    disarms: true,
    label: 'flashed; booting disk',
  },
  {
    rule: '7: flash-once after its flash boots the disk and stays so',
    machine: { boot_mode: 'bty-flash-once', ...bound, ...armed, ...flashedNow },
    image,
    script: 'local',
    kind: 'bty-flash-once-sanboot',
    details: { ...localDetails, sanboot_after_flash: true },
    label: 'flashed; booting disk',
  },
  ...['bty-flash-always', 'bty-flash-once'].flatMap((mode): Row[] => [
    {
      rule: `8: ${mode}, armed and never flashed, flashes again`,
      machine: { boot_mode: mode, ...bound, ...armed },
      image,
      script: 'flash',
      kind: mode,
      details: { ...flashDetails(mode), retry_after_armed_no_done: true },
      label: 'live env running; awaiting flash',
    },
    {
      rule: `8: ${mode}, flashed before this arming, flashes again`,
      machine: { boot_mode: mode, ...bound, ...armed, ...flashedBefore },
      image,
      script: 'flash',
      kind: mode,
      details: { ...flashDetails(mode), retry_after_armed_no_done: true },
      label: 'live env running; awaiting flash',
    },
    {
      rule: `9: ${mode}, not armed, flashes`,
      machine: { boot_mode: mode, ...bound, ...flashedBefore },
      image,
      script: 'flash',
      kind: mode,
      details: flashDetails(mode),
      label: mode === 'bty-flash-once' ? 'pending flash' : 'ready to flash',
    },
    {
      rule: `10: ${mode} without a target disk boots the disk`,
      machine: { boot_mode: mode, bty_image_ref: REF, ...armed, ...flashedNow },
      image,
      script: 'exit-fallback',
      kind: 'exit-fallback',
      details: { offer: 'exit-fallback', bty_image_ref: REF, reason: 'no_target_disk' },
      label: 'flashed; booting disk',
    },
    {
      rule: `10: ${mode} with an empty serial boots the disk`,
      machine: { boot_mode: mode, bty_image_ref: REF, target_disk_serial: '' },
      image,
      script: 'exit-fallback',
      kind: 'exit-fallback',
      details: { offer: 'exit-fallback', bty_image_ref: REF, reason: 'no_target_disk' },
      label: mode === 'bty-flash-once' ? 'pending flash' : 'ready to flash',
    },
    {
      rule: `11: ${mode} with an image that is gone boots the disk`,
      machine: { boot_mode: mode, ...bound },
      script: 'exit-fallback',
      kind: 'exit-fallback',
      details: { offer: 'exit-fallback', bty_image_ref: REF, reason: 'orphan_ref' },
      label: mode === 'bty-flash-once' ? 'pending flash' : 'ready to flash',
    },
    {
      rule: `12: ${mode} without an image has no assignment`,
      machine: { boot_mode: mode, target_disk_serial: 'S1' },
      script: 'no-assignment',
      kind: 'unknown',
      details: { offer: 'unknown' },
      label: mode === 'bty-flash-once' ? 'pending flash' : 'ready to flash',
    },
  ]),
  {
    rule: '12: a mode of the past has no assignment',
    machine: { boot_mode: 'sanboot', ...bound },
    image,
    script: 'no-assignment',
    kind: 'unknown',
    details: { offer: 'unknown' },
    label: '',
  },
]

for (const { rule, machine, image: row, script, kind, details, disarms, label } of ROWS)
  test(`row ${rule}`, () => {
    const subject = machineRow(machine)
    const decision = decide(subject, row ?? null)
    equal(decision.script, script)
    deepEqual(decision.details, { boot_mode: subject.boot_mode, ...details, offer_kind: kind })
    deepEqual(decision.changes, disarms ? DISARMED : null)
    equal(bootState(subject), label)
    // The sentence follows the decision: it speaks of writing exactly when the next boot writes.
    equal(
      /^Writes demo\.img\.gz to the disk with serial S1/.test(nextBoot(subject, row ?? null)),
      script === 'flash',
    )
  })
