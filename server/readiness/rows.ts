/** The readiness list: facts in, rows out. Order and labels of the first five: wire contract 8.2. Pure. */
import type { Readiness, ReadinessRow } from '../api/index.ts'
import type { Facts } from './facts.ts'

type State = ReadinessRow['state']
/** State, detail, and where it is not ok what to do. */
type Verdict = [state: State, detail: string, fix?: Fix]
interface Fix {
  text: string
  page?: string
  command?: string
}

const GiB = 1024 ** 3
const LEAST_FREE_BYTES = 1 * GiB
const DAY_MS = 24 * 60 * 60 * 1000
const EARLIEST_MS = Date.UTC(2026, 0, 1)
const LATEST_MS = Date.UTC(2056, 0, 1)

export function readiness(facts: Facts): Readiness {
  const rows = CHECKS.map(([id, label, check]): ReadinessRow => {
    const [state, detail, fix] = check(facts)
    const told = fix === undefined ? null : { page: null, command: null, ...fix }
    return { id, label, state, detail, fix: told }
  })
  const counted = rows.filter(({ state }) => state !== 'advisory')
  return { ok: counted.filter(({ state }) => state === 'ok').length, total: counted.length, rows }
}

const CHECKS: [id: string, label: string, check: (facts: Facts) => Verdict][] = [
  ['artifacts', 'Netboot artifacts present', artifacts],
  ['catalog', 'Catalog is non-empty', catalog],
  ['tftp', 'TFTP daemon running', tftp],
  ['errors', 'No unacknowledged errors', errors],
  ['dedicated-disk', 'State on a dedicated disk', dedicatedDisk],
  ['proxy-dhcp', 'ProxyDHCP may answer', proxyDhcp],
  ['ports', 'Low ports are bound', ports],
  ['lan', 'This machine is on a LAN', lan],
  ['route', 'A route to the internet', route],
  ['cache', 'Cache answers', cache],
  ['disk-space', 'Disk space', diskSpace],
  ['password', 'Operator password is set', password],
  ['database', 'Database is the one of before', database],
  ['backup', 'Backup is recent', backup],
  ['clock', 'Clock is plausible', clock],
]

function artifacts({ missingArtifacts }: Facts): Verdict {
  if (missingArtifacts.length === 0) return ['ok', 'Kernel, initrd and squashfs are in the boot folder.']
  const fix = { text: 'Fetch a release, or install live media that were built here.', page: '/ui/netboot' }
  return ['problem', `Missing: ${missingArtifacts.join(', ')}`, fix]
}

function catalog({ catalogRows }: Facts): Verdict {
  if (catalogRows > 0) return ['ok', `The catalog has ${count(catalogRows, 'image')}.`]
  return [
    'problem',
    'The catalog has no entries.',
    { text: 'Add an image or import a catalog.', page: '/ui/images' },
  ]
}

function tftp({ daemon }: Facts): Verdict {
  const own = daemon.program === 'built-in'
  if (daemon.state === 'active')
    return ['ok', own ? "The console's own TFTP server answers." : 'dnsmasq.service is active.']
  const fix = { text: 'See which port it lacks, or switch netboot on.', page: '/ui/netboot' }
  if (!own && daemon.state === 'unknown' && daemon.in_container)
    return ['advisory', 'Whether TFTP runs beside this container cannot be seen from inside.', fix]
  return ['problem', daemon.detail, fix]
}

function errors({ unacknowledged }: Facts): Verdict {
  if (unacknowledged === 0) return ['ok', 'Nothing failed that nobody has seen.']
  const fix = { text: 'Read and acknowledge them.', page: '/ui/events?q=failed' }
  return ['problem', `${count(unacknowledged, 'failure')} nobody has acknowledged.`, fix]
}

function dedicatedDisk({ stateDir }: Facts): Verdict {
  const { mountPoint, hasDatabase, holdsBootDir } = stateDir
  if (mountPoint && hasDatabase && holdsBootDir)
    return ['ok', 'The state directory is a file system of its own.']
  const why = !mountPoint
    ? 'The state directory shares its file system with others.'
    : !hasDatabase
      ? 'The state directory holds no state.db.'
      : 'The boot folder lies outside the state directory.'
  return ['advisory', why]
}

function proxyDhcp({ netboot: { proxy_dhcp, interfaces } }: Facts): Verdict {
  const page = '/ui/netboot'
  const waiting = [...new Set(interfaces.filter((i) => i.proxy_dhcp === 'ask').map(({ network }) => network))]
  const on = interfaces.filter((i) => i.proxy_dhcp === 'on')
  if (proxy_dhcp.state === 'off')
    return [
      'advisory',
      proxy_dhcp.detail,
      { text: 'Set the options of the cheat sheet on your DHCP server.', page },
    ]
  if (proxy_dhcp.state === 'blocked')
    return ['problem', proxy_dhcp.detail, { text: 'See which port it lacks.', page }]
  if (waiting.length > 0)
    return [
      'problem',
      `${count(waiting.length, 'network')} waiting for an answer: ${waiting.join(', ')}.`,
      { text: 'Say whether ProxyDHCP may speak there.', page },
    ]
  if (on.length === 0)
    return [
      'problem',
      'ProxyDHCP was told to be silent on every network.',
      { text: 'Allow it on one.', page },
    ]
  return ['ok', `ProxyDHCP answers on ${on.map(({ network }) => network).join(', ')}.`]
}

function ports({ netboot: { tftp: own, proxy_dhcp, low_ports } }: Facts): Verdict {
  const services = [own, proxy_dhcp]
  const details = services.filter(({ detail }) => detail !== '').map(({ detail }) => detail)
  const blocked = services.filter(({ state }) => state === 'blocked').map(({ detail }) => detail)
  if (blocked.length > 0 && low_ports.ports.length > 0)
    return [
      'problem',
      low_ports.detail || [...new Set(blocked)].join(' '),
      {
        text: waysToPorts(low_ports),
        page: '/ui/netboot',
        ...(low_ports.command !== null && { command: low_ports.command }),
      },
    ]
  if (blocked.length > 0)
    return [
      'problem',
      [...new Set(blocked)].join(' '),
      {
        text: 'Stop the program that holds the port; the console tries again by itself.',
        command: 'sudo ss -lunp',
      },
    ]
  const bound = services.flatMap((service) => service.ports).sort((a, b) => a - b)
  if (bound.length === 0) return ['advisory', [...new Set(details)].join(' ')]
  return ['ok', `UDP ports ${bound.join(', ')} are bound.`]
}

function waysToPorts({ can_ask, command }: Facts['netboot']['low_ports']): string {
  const allow = can_ask ? 'Allow low ports on the Netboot page of this laptop' : null
  if (command === null) return `${allow ?? 'Start the console as an administrator'}.`
  return allow === null
    ? 'Run the command, or start the console as an administrator.'
    : `${allow}, or run the command.`
}

function lan({ netboot: { interfaces } }: Facts): Verdict {
  const wired = interfaces.filter(({ kind }) => kind === 'ethernet' || kind === 'wifi')
  if (wired.length > 0)
    return [
      'ok',
      wired.map(({ name, address, prefix }) => `${name} has ${address}/${prefix}`).join(', ') + '.',
    ]
  return [
    'problem',
    'No wired or wireless interface has an IPv4 address.',
    { text: 'Plug in a cable, or give the interface an address.', page: '/ui/netboot' },
  ]
}

function route({ defaultRoute }: Facts): Verdict {
  if (defaultRoute === true) return ['ok', 'There is a default route.']
  if (defaultRoute === null) return ['advisory', 'This system does not tell its routes.']
  return [
    'advisory',
    'There is no default route: machines boot, but nothing can be fetched from the internet.',
  ]
}

function cache({ cache: { ok, detail, off } }: Facts): Verdict {
  if (off) return ['advisory', detail]
  if (ok) return ['ok', detail]
  return ['problem', detail, { text: 'Targets fetch from the origin until it answers.', page: '/ui/images' }]
}

function diskSpace({ disks }: Facts): Verdict {
  const told = disks.map(
    ({ what, path, freeBytes }) =>
      `${what} (${path}): ${freeBytes === null ? 'unknown' : `${gib(freeBytes)} free`}`,
  )
  const low = disks.some(({ freeBytes }) => freeBytes === null || freeBytes < LEAST_FREE_BYTES)
  if (!low) return ['ok', `${told.join('; ')}.`]
  const text = `Free space until at least ${gib(LEAST_FREE_BYTES)} are left: delete old versions of the live media, or images of the cache.`
  return ['problem', `${told.join('; ')}.`, { text, page: '/ui/netboot' }]
}

function password({ defaultPassword }: Facts): Verdict {
  if (!defaultPassword) return ['ok', 'The console can be operated from the LAN.']
  return [
    'advisory',
    'The default password is in use, so the console can be operated from this machine only.',
    { text: 'Set admin.password (BTY_ADMIN_PASSWORD).', page: '/ui/account' },
  ]
}

function database({ reset }: Facts): Verdict {
  if (reset === null) return ['ok', 'Nothing was set aside.']
  return [
    'problem',
    reset,
    {
      text: 'Machines and catalog of the database of before are not here. Acknowledge the event when that is known.',
      page: '/ui/events?q=system.schema.reset',
    },
  ]
}

function backup({ backup: { scheduled, newestMs }, nowMs }: Facts): Verdict {
  const page = '/ui/backups'
  const age =
    newestMs === null ? 'There is no backup.' : `The newest backup is ${days(nowMs - newestMs)} old.`
  if (scheduled === null)
    return ['advisory', `No backup is scheduled. ${age}`, { text: 'Choose a cadence.', page: '/ui/settings' }]
  // Twice the cadence: one that was missed, because the laptop was off, is no problem yet.
  const limitMs = 2 * (scheduled === 'daily' ? 1 : 7) * DAY_MS
  if (newestMs !== null && nowMs - newestMs <= limitMs) return ['ok', age]
  return [
    'problem',
    `Backups are scheduled ${scheduled}. ${age}`,
    { text: 'Back up now, and see why it failed.', page },
  ]
}

function clock({ nowMs, newestEventMs }: Facts): Verdict {
  const now = new Date(nowMs).toISOString().slice(0, 16).replace('T', ' ')
  const fix = { text: 'Set the clock of this machine.', command: 'timedatectl set-ntp true' }
  if (nowMs < EARLIEST_MS || nowMs > LATEST_MS) return ['problem', `It says ${now} UTC.`, fix]
  if (newestEventMs !== null && newestEventMs > nowMs + DAY_MS)
    return [
      'problem',
      `It says ${now} UTC, but the newest event is ${days(newestEventMs - nowMs)} later.`,
      fix,
    ]
  return ['ok', `It says ${now} UTC.`]
}

function count(n: number, thing: string): string {
  return `${n} ${thing}${n === 1 ? '' : 's'}`
}

function gib(bytes: number): string {
  return `${(bytes / GiB).toFixed(1)} GiB`
}

function days(ms: number): string {
  const n = Math.floor(ms / DAY_MS)
  return n < 1 ? 'less than a day' : count(n, 'day')
}
