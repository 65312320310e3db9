/** What an operator checks before a day at the bench (wire contract 8.1 to 8.3). */
import { z } from 'zod'
import type { Route } from './route.ts'
import { NetInterface } from './schemas.ts'

export const ReadinessRow = z.object({
  id: z.string(),
  label: z.string(),
  /** `advisory` is told and not counted. */
  state: z.enum(['ok', 'problem', 'advisory']),
  detail: z.string(),
  /** What to do; null when there is nothing. `page` of this console, or a command line. */
  fix: z.object({ text: z.string(), page: z.string().nullable(), command: z.string().nullable() }).nullable(),
})
export type ReadinessRow = z.infer<typeof ReadinessRow>

export const Readiness = z.object({ ok: z.number(), total: z.number(), rows: z.array(ReadinessRow) })
export type Readiness = z.infer<typeof Readiness>

export const TftpDaemon = z.object({
  program: z.enum(['built-in', 'dnsmasq']),
  /** `active`, `inactive`, `failed`, `unknown` or another word of systemd. */
  state: z.string(),
  detail: z.string(),
  in_container: z.boolean(),
})
export type TftpDaemon = z.infer<typeof TftpDaemon>

export const TftpProbe = z.object({
  host: z.string(),
  port: z.number(),
  file: z.string(),
  reachable: z.boolean(),
  file_present: z.boolean(),
  detail: z.string(),
  daemon: TftpDaemon,
})
export type TftpProbe = z.infer<typeof TftpProbe>

const options = z.array(z.object({ option: z.string(), value: z.string() }))
const sheet = z.object({ tftp: options, http: options })

export const DhcpSheet = z.object({
  /** Host and port of `sheet`. */
  host: z.string(),
  /** Option A: PXE by TFTP. Option B: UEFI HTTP Boot. */
  sheet,
  interfaces: z.array(
    NetInterface.pick({ name: true, address: true, prefix: true, kind: true }).extend({ sheet }),
  ),
  /** Files of the active trio that are not there. */
  missing: z.array(z.string()),
})
export type DhcpSheet = z.infer<typeof DhcpSheet>

export const readinessRoutes = {
  readiness: {
    method: 'GET',
    path: '/api/readiness',
    access: 'operator',
    output: Readiness,
    status: 200,
    summary: 'What is ready and what is not, with what to do',
  },
  tftpProbe: {
    method: 'GET',
    path: '/api/netboot/tftp-probe',
    access: 'operator',
    output: TftpProbe,
    status: 200,
    summary: 'Ask the TFTP server for the boot file',
  },
  dhcpSheet: {
    method: 'GET',
    path: '/api/netboot/dhcp',
    access: 'operator',
    output: DhcpSheet,
    status: 200,
    summary: 'What to set on a DHCP server of your own',
  },
} as const satisfies Record<string, Route>
