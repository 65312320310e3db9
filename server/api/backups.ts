/** Backups: the inventory bundle of the wire contract (1.11, 7.2) and the full backup beside it. */
import { z } from 'zod'
import type { Route } from './route.ts'

export const BackupState = z.object({
  backup_id: z.string(),
  status: z.enum(['queued', 'running', 'completed', 'cancelled', 'failed']),
  /** Unix seconds. */
  started_at: z.number().nullable(),
  finished_at: z.number().nullable(),
  machines: z.number(),
  bytes_done: z.number(),
  dest_path: z.string().nullable(),
  trigger: z.enum(['manual', 'scheduled']),
  error: z.string().nullable(),
})
export type BackupState = z.infer<typeof BackupState>

export const BackupRequest = z.strictObject({
  trigger: z
    .string()
    .regex(/^(manual|scheduled)$/)
    .default('manual'),
})

const FullState = BackupState.extend({ kind: z.enum(['inventory', 'full']) })

/** What happens when the console starts next. */
const PendingRestore = z.object({
  file: z.string(),
  backup_created_at: z.string(),
  backup_version: z.string(),
  machines: z.number(),
  staged_at: z.string(),
  /** A sentence each. */
  notes: z.array(z.string()),
  /** Files that are replaced, and the name under which what is there now is kept. */
  replaced: z.array(z.object({ file: z.string(), kept_as: z.string() })),
})

export const BackupsView = z.object({
  root: z.string(),
  /** Newest first. `machines` and `version` are null where a bundle cannot be read. */
  inventory: z.array(
    z.object({
      id: z.string(),
      machines: z.number().nullable(),
      version: z.string().nullable(),
      bytes: z.number(),
    }),
  ),
  full: z.array(z.object({ id: z.string(), bytes: z.number() })),
  jobs: z.array(FullState),
  schedule: z.object({
    enabled: z.boolean(),
    cadence: z.string(),
    retention_count: z.number().nullable(),
    last_run_at: z.string().nullable(),
    /** ISO 8601; null when none is due. */
    next_run_at: z.string().nullable(),
    /** Why the schedule does not run. */
    problem: z.string().nullable(),
  }),
  restore: PendingRestore.nullable(),
})
export type BackupsView = z.infer<typeof BackupsView>

export const backupRoutes = {
  backupJobs: {
    method: 'GET',
    path: '/workers/backups',
    access: 'operator',
    output: z.object({ backups_root: z.string(), max_parallel: z.number(), backups: z.array(BackupState) }),
    status: 200,
    summary: 'Backup jobs since the start',
  },
  startBackup: {
    method: 'POST',
    path: '/workers/backups',
    access: 'operator',
    body: BackupRequest,
    output: BackupState,
    status: 202,
    summary: 'Back the hardware inventory up',
  },
  cancelBackup: {
    method: 'DELETE',
    path: '/workers/backups/:key',
    access: 'operator',
    output: BackupState,
    status: 200,
    summary: 'Cancel a backup job',
  },
  backups: {
    method: 'GET',
    path: '/api/backups',
    access: 'operator',
    output: BackupsView,
    status: 200,
    summary: 'Stored backups, running ones and the schedule',
  },
  startFullBackup: {
    method: 'POST',
    path: '/api/backups/full',
    access: 'operator',
    output: FullState,
    status: 202,
    summary: 'Back everything up into one file',
  },
  deleteBackup: {
    method: 'DELETE',
    path: '/api/backups/inventory/:key',
    access: 'operator',
    output: z.object({ backup_id: z.string(), machines: z.number(), bytes_on_disk: z.number() }),
    status: 200,
    summary: 'Delete an inventory bundle',
  },
  deleteFullBackup: {
    method: 'DELETE',
    path: '/api/backups/full/:key',
    access: 'operator',
    output: z.object({ backup_id: z.string(), bytes_on_disk: z.number() }),
    status: 200,
    summary: 'Delete a full backup',
  },
  /** The body is the file itself. */
  stageRestore: {
    method: 'POST',
    path: '/api/backups/restore',
    access: 'operator',
    query: z.object({
      /** Name of the file, for the log. */
      name: z.string().min(1).max(200).default('the uploaded backup'),
    }),
    output: BackupsView,
    status: 200,
    summary: 'Upload a full backup, to be restored when the console starts next',
  },
  withdrawRestore: {
    method: 'DELETE',
    path: '/api/backups/restore',
    access: 'operator',
    output: BackupsView,
    status: 200,
    summary: 'Keep the present state after all',
  },
} as const satisfies Record<string, Route>
