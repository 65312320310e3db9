/** Fills a console with a bench at work: every state that a machine can show. */
import { SERVER_LSHW } from '../../server/hardware/examples.ts'
import { mkdtempSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConsoleServer } from './console.ts'
import { simulatedMachine } from './agent.ts'

const GB = 1_000_000_000

const CATALOG = `version = 1

[[images]]
name = "debian-13-bench-x86_64.img.zst"
src = "https://images.example.com/debian-13-bench-x86_64.img.zst"
sha256 = "${'4f1d'.repeat(16)}"
size_bytes = 912680550

[[images]]
name = "fedora-42-workstation-x86_64.img.gz"
src = "https://images.example.com/fedora-42-workstation-x86_64.img.gz"
sha256 = "${'a7c3'.repeat(16)}"
size_bytes = 2281701376

[[images]]
name = "rescue-arm64.img"
src = "http://depot.example.net/rescue-arm64.img"
size_bytes = 536870912
`

const DISKS = [
  {
    path: '/dev/nvme0n1',
    size: '476.9G',
    vendor: null,
    model: 'SAMSUNG MZVLB512HBJQ',
    serial: 'S4GENX0R501742',
    tran: 'nvme',
  },
  {
    path: '/dev/sda',
    size: '1.8T',
    vendor: 'ATA',
    model: 'WDC WD20EZBX',
    serial: 'WD-WX42A9102',
    tran: 'sata',
  },
  {
    path: '/dev/sdb',
    size: '28.9G',
    vendor: 'Generic',
    model: 'Flash Disk',
    serial: null,
    tran: 'usb',
    removable: true,
  },
]

export interface Bench {
  flashing: string
  failed: string
  /** Reports a little more progress of the machines that are being flashed. */
  tick(): Promise<void>
}

/** A boot folder with the names of a live system, so that machines can arm. */
export function bootFiles(version: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'bty-boot-'))
  const sizes = { vmlinuz: 12_900_000, initrd: 61_000_000, squashfs: 118_000_000 }
  const name = (ending: string) => `bty-netboot-pc-x86_64-v${version}.${ending}`
  for (const [ending, size] of Object.entries(sizes)) {
    writeFileSync(join(dir, name(ending)), '')
    truncateSync(join(dir, name(ending)), size)
  }
  const lines = Object.keys(sizes).map((ending, n) => `${`${n}3b9e7f2c61d40a5`.repeat(4)}  ${name(ending)}\n`)
  writeFileSync(join(dir, name('sha256')), lines.join(''))
  return dir
}

/** Signs in, imports a catalog, and lets twelve machines boot. */
export async function seed({ server, url }: ConsoleServer): Promise<Bench> {
  const opened = await fetch(server.newDeskUrl(), { redirect: 'manual' })
  const cookie = opened.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const ask = async (method: string, path: string, body?: string, type = 'application/json') => {
    const headers = { cookie, ...(body === undefined ? {} : { 'content-type': type }) }
    const answer = await fetch(new URL(path, url), {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }
  await ask('POST', '/api/catalog/upload', CATALOG, 'application/toml')
  const images = (await (await ask('GET', '/images')).json()) as { name: string; ref: string }[]
  const ref = (name: string) => images.find((image) => image.name.startsWith(name))!.ref
  const bind = (mac: string, wish: object) => ask('PUT', `/machines/${mac}`, JSON.stringify(wish))
  const flash = (image: string, mode: string, labels: string[]) => ({
    bty_image_ref: ref(image),
    boot_mode: mode,
    target_disk_serial: 'S4GENX0R501742',
    labels,
  })
  const arm = (mac: string) =>
    fetch(new URL(`/boot/bty-netboot-pc-x86_64-v${server.deps.version}.vmlinuz?mac=${mac}`, url), {
      method: 'HEAD',
    })
  const reported = async (mac: string) => {
    const machine = simulatedMachine(url, mac)
    await machine.boot()
    await machine.inventory(DISKS, SERVER_LSHW)
    return machine
  }

  const macs = Array.from(
    { length: 12 },
    (_, n) => `52:54:00:${(0x1a + n * 7).toString(16)}:c4:${(0x20 + n * 11).toString(16).padStart(2, '0')}`,
  )
  const machines = await Promise.all(macs.map(reported))
  const running = machines.slice(0, 3)
  for (const [n, machine] of running.entries()) {
    await bind(
      machine.mac,
      flash(n === 2 ? 'fedora' : 'debian', 'bty-flash-once', [`rack ${n + 1}`, 'bench']),
    )
    await machine.boot()
    await arm(machine.mac)
    await machine.plan()
  }
  for (const machine of machines.slice(3, 6)) {
    await bind(machine.mac, flash('debian', 'bty-flash-once', ['bench']))
    await arm(machine.mac)
    await machine.boot()
    await machine.done()
  }
  const failed = machines[6]!
  await bind(failed.mac, flash('fedora', 'bty-flash-always', ['returned']))
  await arm(failed.mac)
  await failed.plan()
  await failed.failed('image needs 8053063680 bytes; /dev/nvme0n1 holds 7948206080')
  await bind(machines[7]!.mac, flash('fedora', 'bty-flash-always', ['kiosk']))
  await bind(machines[8]!.mac, { boot_mode: 'bty-tui', labels: ['workshop'] })
  await bind(machines[9]!.mac, { boot_mode: 'ipxe-exit' })

  const totals = [3.76, 3.76, 12.9].map((gb) => Math.round(gb * GB))
  let turn = 0
  async function tick(): Promise<void> {
    turn += 1
    for (const [n, machine] of running.entries()) {
      const total = totals[n]!
      const written = Math.min(total, Math.round(total * (0.18 + n * 0.23) + turn * 0.09 * GB))
      const phase = n === 1 ? 'verify' : 'write'
      await machine.progress(phase, {
        bytes_read: phase === 'verify' ? written : Math.round(written / 4),
        bytes_read_total: phase === 'verify' ? total : Math.round(total / 4),
        bytes_written: phase === 'verify' ? total : written,
        bytes_written_total: total,
      })
    }
  }
  await tick()
  await new Promise((resolve) => setTimeout(resolve, 700))
  await tick()
  return { flashing: running[0]!.mac, failed: failed.mac, tick }
}
