/** Why a machine did not boot, as the console shows it. */
import { z } from 'zod'
import type { Route } from './route.ts'

export const FINDING_CODES = [
  'not-heard',
  'network-not-allowed',
  'proxydhcp-off',
  'not-answered',
  'wrong-architecture',
  'no-lease',
  'offer-not-taken',
  'tftp-file-missing',
  'tftp-stalled',
  'tftp-stopped',
  'secure-boot',
  'ipxe-silent',
  'no-bootstrap',
  'no-script',
  'file-missing',
  'file-cut',
  'kernel-not-fetched',
  'initrd-not-fetched',
  'squashfs-not-fetched',
  'agent-silent',
  'flash-not-started',
  'flash-stalled',
  'origin-unreachable',
  'origin-stalled',
  'image-cut',
  'digest-mismatch',
  'image-damaged',
  'disk-not-found',
  'image-too-large',
  'flash-refused',
  'disk-write-error',
  'disk-differs',
  'flash-failed',
] as const

/** One thing that the server saw: a step of the boot trace, or an event. */
export const Evidence = z.object({ at: z.string(), kind: z.enum(['trace', 'event']), text: z.string() })
export type Evidence = z.infer<typeof Evidence>

export const Finding = z.object({
  code: z.enum(FINDING_CODES),
  /** `bad`: it stopped there. `warn`: it likely did. `info`: worth knowing. */
  severity: z.enum(['bad', 'warn', 'info']),
  title: z.string(),
  explanation: z.string(),
  next_step: z.string(),
  evidence: z.array(Evidence),
  /** The screen on which the next step is done. */
  link: z.enum(['netboot', 'images']).nullable(),
})
export type Finding = z.infer<typeof Finding>
export type FindingCode = Finding['code']

/** Most likely first; empty while all is well or a boot is under way. */
export const Diagnosis = z.object({ mac: z.string(), findings: z.array(Finding) })
export type Diagnosis = z.infer<typeof Diagnosis>

export const diagnosisRoutes = {
  machineDiagnosis: {
    method: 'GET',
    path: '/api/machines/:mac/diagnosis',
    access: 'operator',
    output: Diagnosis,
    status: 200,
    summary: 'Why the machine did not boot or was not flashed; also for clients that are no machine yet',
  },
} as const satisfies Record<string, Route>
