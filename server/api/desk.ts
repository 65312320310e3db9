/** What only the person at this laptop may do: its drives, and flashing them. */
import { z } from 'zod'
import type { Route } from './route.ts'
import { Timestamp } from './schemas.ts'

export const Drive = z.object({
  path: z.string(),
  model: z.string().nullable(),
  serial: z.string().nullable(),
  size_bytes: z.number(),
  /** `usb`, `nvme`, `sata` ... */
  transport: z.string().nullable(),
  removable: z.boolean(),
  wwn: z.string().nullable(),
  bus_path: z.string().nullable(),
  /** What is on it now, in words. */
  content: z.string(),
  /** Holds the running system. */
  system: z.boolean(),
  /** Why it must not be flashed; empty when it may. */
  refused: z.array(z.string()),
  /** What would be lost beside files: it is a part of a RAID, of LVM ... The operator has to allow it. */
  warnings: z.array(z.string()),
  /** Mount points that can be freed first. */
  mounts: z.array(z.string()),
})
export type Drive = z.infer<typeof Drive>

export const DriveList = z.object({
  drives: z.array(Drive),
  /** Why this laptop cannot write to disks, with the next step; null when it can. */
  problem: z.string().nullable(),
})
export type DriveList = z.infer<typeof DriveList>

/** A drive as the operator saw it when saying yes: the helper refuses any other. */
export const DriveTarget = z.strictObject({
  path: z.string().min(1).max(4096),
  serial: z.string().max(512).nullable(),
  size_bytes: z.number().int().positive(),
  wwn: z.string().max(512).nullable().default(null),
  bus_path: z.string().max(4096).nullable().default(null),
  allow_member: z.boolean().default(false),
})
export type DriveTarget = z.infer<typeof DriveTarget>

export const FlashWish = z.strictObject({
  /** A catalog image, or `path` of a file on this laptop. */
  image: z.union([
    z.strictObject({ ref: z.string().max(64) }),
    z.strictObject({ path: z.string().min(1).max(4096) }),
  ]),
  targets: z.array(DriveTarget).min(1).max(64),
  verify: z.enum(['always', 'never', 'auto']).default('always'),
})
export type FlashWish = z.infer<typeof FlashWish>

const bytes = z.number()
export const LocalTarget = z.object({
  path: z.string(),
  model: z.string().nullable(),
  phase: z.enum(['download', 'write', 'verify', 'done', 'failed']),
  bytes_written: bytes,
  bytes_verified: bytes,
  bytes_verified_total: bytes.nullable(),
  rate: z.number(),
  error: z.string().nullable(),
  /** What it holds in the end; null while it is being written. */
  state: z.enum(['untouched', 'empty', 'partial', 'written', 'unknown']).nullable(),
  verified: z.boolean(),
  notes: z.array(z.string()),
})
export type LocalTarget = z.infer<typeof LocalTarget>

export const LocalFlash = z.object({
  id: z.string(),
  image: z.string(),
  status: z.enum(['running', 'completed', 'failed', 'cancelled']),
  started_at: Timestamp,
  finished_at: Timestamp.nullable(),
  bytes_read: bytes,
  bytes_read_total: bytes.nullable(),
  bytes_written_total: bytes.nullable(),
  /** What it waits for longer than usual. */
  waiting: z.array(z.string()),
  error: z.string().nullable(),
  targets: z.array(LocalTarget),
})
export type LocalFlash = z.infer<typeof LocalFlash>
export const LocalFlashes = z.object({ flashes: z.array(LocalFlash) })

export const deskRoutes = {
  drives: {
    method: 'GET',
    path: '/api/desk/drives',
    access: 'desk',
    output: DriveList,
    status: 200,
    summary: "This laptop's drives, also those that must not be flashed",
  },
  freeDrive: {
    method: 'POST',
    path: '/api/desk/drives/free',
    access: 'desk',
    body: DriveTarget,
    output: z.object({ freed: z.array(z.string()), busy: z.array(z.string()) }),
    status: 200,
    summary: 'Unmount what is mounted on a drive',
  },
  localFlashes: {
    method: 'GET',
    path: '/api/desk/flashes',
    access: 'desk',
    output: LocalFlashes,
    status: 200,
    summary: 'Flashes of local drives, newest first',
  },
  startLocalFlash: {
    method: 'POST',
    path: '/api/desk/flashes',
    access: 'desk',
    body: FlashWish,
    output: LocalFlash,
    status: 202,
    summary: 'Write an image to local drives',
  },
  localFlashRecord: {
    method: 'GET',
    path: '/api/desk/flashes/:key/record',
    access: 'desk',
    output: z.record(z.string(), z.unknown()),
    status: 200,
    summary: 'How a flash of local drives went, second by second; for bug reports',
  },
  allowLowPorts: {
    method: 'POST',
    path: '/api/desk/low-ports',
    access: 'desk',
    output: z.object({}),
    status: 202,
    summary: 'Ask for the right to UDP ports 67 and 69; how it ends is in the state of netboot',
  },
  cancelLocalFlash: {
    method: 'DELETE',
    path: '/api/desk/flashes/:key',
    access: 'desk',
    output: LocalFlash,
    status: 200,
    summary: 'Cancel a flash of local drives',
  },
} as const satisfies Record<string, Route>
