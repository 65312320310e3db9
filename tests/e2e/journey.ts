/** The way of a bare machine from its first network boot to a flashed disk, told as a test and used by every scenario. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { AuditEvent } from '../../server/api/index.ts'
import { firstDifference } from './lab/compare.ts'
import { inLab } from './lab/lab.ts'
import type { Lab } from './lab/lab.ts'
import type { Firmware } from './lab/firmware.ts'
import type { Boot, DiskBus, Machine } from './lab/machine.ts'

/** Four times what an undisturbed machine of two cores and no KVM needs. */
export const LIMITS_MS = { inventory: 240_000, flash: 360_000, diskBoot: 180_000 }
export const SERIAL = 'BTY-E2E-DISK-1'
const DISK_BYTES = 1024 * 1024 * 1024

export interface Journey {
  lab: Lab
  machine: Machine
  /** Phases of progress that the console's live stream has shown. */
  phases: Set<string>
  /** Kinds of the machine's audit events, oldest first; an offer carries its `offer_kind` behind a colon. */
  trail(): Promise<string[]>
  /** Resolves once the trail has `kind` for the `nth` time. */
  happened(kind: string, limitMs: number, nth?: number): Promise<void>
}

export interface Bare {
  firmware: Firmware
  mac: string
  bus: DiskBus
  plainRom?: boolean
}

/** A lab with one bare machine in it, for `work`. */
export function journey(options: Bare, work: (journey: Journey) => Promise<void>): Promise<void> {
  return journeys([options], ([one]) => work(one!))
}

/** A lab with some bare machines in it. */
export function journeys(bare: Bare[], work: (journeys: Journey[]) => Promise<void>): Promise<void> {
  return inLab(async (lab) => {
    const stream = new AbortController()
    try {
      const begun: Journey[] = []
      for (const [n, options] of bare.entries())
        begun.push(await begin(lab, `bare${n}`, options, stream.signal))
      await work(begun)
    } finally {
      stream.abort()
    }
  })
}

async function begin(lab: Lab, name: string, options: Bare, signal: AbortSignal): Promise<Journey> {
  const disk = { bus: options.bus, serial: SERIAL, sizeBytes: DISK_BYTES }
  const machine = await lab.machine(name, { ...options, disk })
  const phases = new Set<string>()
  await lab.operator.watch(signal, ({ rows }) => {
    const phase = rows.find((row) => row.mac === machine.mac)?.progress?.phase
    if (phase !== undefined) phases.add(phase)
  })
  const trail = async (): Promise<string[]> => (await lab.operator.events(machine.mac)).map(kindOf)
  return { lab, machine, phases, trail, happened: (...wait) => happened(trail, ...wait) }
}

async function happened(
  trail: () => Promise<string[]>,
  kind: string,
  limitMs: number,
  nth = 1,
): Promise<void> {
  const end = Date.now() + limitMs
  let seen: string[] = []
  while (Date.now() < end) {
    seen = await trail()
    if (seen.filter((k) => k === kind).length >= nth) return
    await pause(200)
  }
  throw new Error(`no event ${kind} (number ${nth}) within ${limitMs} ms; there are: ${seen.join(', ')}`)
}

/** First boot: an unknown machine is inventoried and reboots; it is switched off then. */
export async function meet({ lab, machine, happened, trail }: Journey): Promise<void> {
  const boot = machine.powerOn({ rebootStops: true })
  await withConsole(boot, happened('machine.inventory', LIMITS_MS.inventory))
  await boot.off(LIMITS_MS.diskBoot)
  const seen = await trail()
  isOrder(seen, [
    'machine.discovered',
    'netboot.pxe.offered:bty-inventory',
    'netboot.flasher.armed',
    'machine.inventory',
  ])
  const known = await lab.operator.machine(machine.mac)
  equal(known?.boot_mode, 'bty-inventory')
  const disk = known.known_disks?.find((d) => d.serial === SERIAL)
  ok(disk, `its disk ${SERIAL} is not among ${JSON.stringify(known.known_disks)}`)
}

/** The technician binds the image to the machine. */
export async function bind(
  { lab, machine }: Journey,
  mode: 'bty-flash-once' | 'bty-flash-always',
): Promise<void> {
  const { bty_image_ref } = await lab.operator.addImage(lab.image.url, lab.image.shaUrl)
  await lab.operator.saveMachine(machine.mac, { bty_image_ref, boot_mode: mode, target_disk_serial: SERIAL })
}

/** Second boot: flashed and verified, then, after the machine's own reboot, up from its disk. The machine stays on. */
export async function flash(journey: Journey, mode: string): Promise<Boot> {
  const { lab, machine, happened, phases } = journey
  const boot = machine.powerOn()
  await withConsole(boot, happened('machine.flashed', LIMITS_MS.flash))
  await boot.sees(lab.image.marker, LIMITS_MS.diskBoot)
  isOrder(await journey.trail(), [
    'machine.upserted',
    `netboot.pxe.offered:${mode}`,
    'netboot.flasher.armed',
    `netboot.pxe.plan:plan:flash:${mode}`,
    'machine.flashed',
    `netboot.pxe.offered:${mode}-sanboot`,
  ])
  const downloads = (await lab.originLog()).filter((line) => line.endsWith(` GET /${lab.image.file} 200`))
  equal(downloads.length, 1, `the cache asks the origin once: ${downloads.join(', ')}`)
  for (const phase of ['write', 'verify', 'done'])
    ok(phases.has(phase), `no progress of phase ${phase}: ${[...phases].join(', ')}`)
  return boot
}

/** The machine is off and its disk begins with the image, byte for byte. */
export async function holdsTheImage({ lab, machine }: Journey): Promise<void> {
  await machine.powerOff()
  deepEqual(await firstDifference(lab.image.raw, machine.disk), null)
}

/** Fails unless `wanted` occur in `seen` in that order, others between them allowed. */
export function isOrder(seen: string[], wanted: string[]): void {
  let at = 0
  for (const kind of wanted) {
    const found = seen.indexOf(kind, at)
    ok(found >= 0, `${kind} is missing after ${seen.slice(0, at).join(', ')}; all: ${seen.join(', ')}`)
    at = found + 1
  }
}

function kindOf(event: AuditEvent): string {
  const offer = event.details?.['offer_kind']
  return typeof offer === 'string' ? `${event.kind}:${offer}` : event.kind
}

/** When the wait is in vain, the machine's console tells why. */
export async function withConsole(boot: Boot, wait: Promise<void>): Promise<void> {
  await wait.catch((error: unknown) => {
    throw new Error(`${(error as Error).message}\nserial console:\n${boot.console().slice(-4000)}`, {
      cause: error,
    })
  })
}
