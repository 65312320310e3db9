import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type Router from '@koa/router'
import type Koa from 'koa'
import type { BackupState, BackupsView } from '../../api/index.ts'
import { BUNDLE_FILE } from '../../backup/bundle.ts'
import { backupEvent } from '../../backup/events.ts'
import { findBackup, listBackups } from '../../backup/folder.ts'
import { findFullBackup, FULL_SUFFIX, listFullBackups } from '../../backup/full-folder.ts'
import { pendingPlan } from '../../backup/pending.ts'
import { nextRunMs } from '../../backup/schedule.ts'
import { readBackupSettings } from '../../backup/settings.ts'
import { TABLE } from '../../settings/table.ts'
import type { BackupJob, Backups, Trigger } from '../../backup/worker.ts'
import type { Job } from '../../workers/queue.ts'
import type { HttpDeps, HttpOptions, Kit } from '../kit.ts'
import { HttpError } from '../errors.ts'
import type { Handlers } from '../mount.ts'
import { quote } from '../quote.ts'

type Named =
  | 'backupJobs'
  | 'startBackup'
  | 'cancelBackup'
  | 'backups'
  | 'startFullBackup'
  | 'deleteBackup'
  | 'deleteFullBackup'

export function backupHandlers(
  deps: HttpDeps,
  kit: Kit,
  { backups, config }: Pick<HttpOptions, 'backups' | 'config'>,
): Pick<Handlers, Named> {
  const keyOf = (ctx: Koa.Context) => String((ctx['params'] as Record<string, string>)['key'])
  return {
    backupJobs: () => ({
      backups_root: backups.root,
      max_parallel: backups.maxParallel,
      backups: backups.jobs().map(stateOf),
    }),
    startBackup: ({ ctx, body }) =>
      stateOf(backups.start('inventory', body.trigger as Trigger, { ip: kit.ip(ctx) })),
    cancelBackup({ ctx }) {
      const id = keyOf(ctx)
      const job = backups.cancel(id, { ip: kit.ip(ctx) })
      if (job === null) throw new HttpError(404, `no active backup for id ${quote(id)}`)
      return stateOf(job)
    },
    backups: () => backupsView(deps, backups, config.started.paths.stateDir),
    startFullBackup({ ctx }) {
      const job = backups.start('full', 'manual', { ip: kit.ip(ctx) })
      return { ...stateOf(job), kind: job.data.kind }
    },
    deleteBackup: ({ ctx }) => removeBundle(deps, backups.root, keyOf(ctx)),
    async deleteFullBackup({ ctx }) {
      const id = keyOf(ctx)
      const found = await findFullBackup(backups.root, id)
      if (found === null) throw new HttpError(404, `backup not found: ${quote(id)}`)
      await rm(found.path)
      deleted(deps, id, { bytes_on_disk: found.bytes })
      return { backup_id: id, bytes_on_disk: found.bytes }
    },
  }
}

export async function backupsView(deps: HttpDeps, backups: Backups, stateDir: string): Promise<BackupsView> {
  const [inventory, full] = await Promise.all([listBackups(backups.root), listFullBackups(backups.root)])
  return {
    root: backups.root,
    inventory,
    full: full.map(({ id, bytes }) => ({ id, bytes })),
    jobs: backups.jobs().map((job) => ({ ...stateOf(job), kind: job.data.kind })),
    schedule: scheduleOf(deps, backups),
    restore: restoreOf(stateDir),
  }
}

function restoreOf(stateDir: string): BackupsView['restore'] {
  const plan = pendingPlan(stateDir)
  if (plan === null) return null
  const { file, backup_created_at, backup_version, machines, staged_at, notes, moves } = plan
  const replaced = moves.map(({ target, aside }) => ({ file: target, kept_as: aside }))
  return { file, backup_created_at, backup_version, machines, staged_at, notes, replaced }
}

/** The files themselves (wire contract 1.13). */
export function backupFileRoutes(router: Router, deps: HttpDeps, kit: Kit, backups: Backups): void {
  const param = (ctx: Koa.Context) => String((ctx['params'] as Record<string, string>)['id'])

  router.get('/ui/backups/:id/download', kit.page, async (ctx: Koa.Context) => {
    const id = param(ctx)
    const dir = await findBackup(backups.root, id)
    const file = dir === null ? null : await open(join(dir, BUNDLE_FILE)).catch(() => null)
    if (file === null) throw new HttpError(404, `backup not found: ${quote(id)}`)
    ctx.set('Content-Disposition', `attachment; filename="${id}.json"`)
    ctx.set('Content-Type', 'application/json')
    ctx.length = (await file.stat()).size
    ctx.body = file.createReadStream()
  })
  router.delete('/ui/backups/:id', kit.page, async (ctx: Koa.Context) => {
    ctx.body = await removeBundle(deps, backups.root, param(ctx))
  })
  router.get('/api/backups/full/:id/download', kit.operator, async (ctx: Koa.Context) => {
    const id = param(ctx)
    const found = await findFullBackup(backups.root, id)
    if (found === null) throw new HttpError(404, `backup not found: ${quote(id)}`)
    ctx.set('Content-Disposition', `attachment; filename="bty-${id}${FULL_SUFFIX}"`)
    ctx.set('Content-Type', 'application/octet-stream')
    ctx.length = found.bytes
    ctx.body = createReadStream(found.path)
  })
}

async function removeBundle(deps: HttpDeps, root: string, id: string) {
  const dir = await findBackup(root, id)
  if (dir === null) throw new HttpError(404, `backup not found: ${quote(id)}`)
  const { machines, bytes } = (await listBackups(root)).find((stored) => stored.id === id)!
  await rm(dir, { recursive: true })
  const facts = { machines: machines ?? 0, bytes_on_disk: bytes }
  deleted(deps, id, facts)
  return { backup_id: id, ...facts }
}

function deleted({ store }: HttpDeps, id: string, facts: Record<string, number>): void {
  const event = backupEvent(
    'backup.deleted',
    id,
    `Backup ${id} deleted`,
    { backup_id: id, ...facts },
    { actor: 'operator' },
  )
  store.durable(() => store.events.add(event))
}

function stateOf({ key, status, startedAtMs, finishedAtMs, error, data }: Job<BackupJob>): BackupState {
  return {
    backup_id: key,
    status,
    started_at: startedAtMs === null ? null : startedAtMs / 1000,
    finished_at: finishedAtMs === null ? null : finishedAtMs / 1000,
    machines: data.machines,
    bytes_done: data.bytesDone,
    dest_path: data.destPath,
    trigger: data.trigger,
    error,
  }
}

function scheduleOf({ store, now }: HttpDeps, backups: Backups): BackupsView['schedule'] {
  const get = (key: string) => store.settings.get(key)
  const last_run_at = get('backup.last_run_at')
  try {
    const settings = readBackupSettings(get)
    const next = nextRunMs(settings, now())
    return {
      enabled: settings.enabled,
      cadence: settings.cadence,
      retention_count: settings.retentionCount,
      last_run_at,
      next_run_at: next === null ? null : new Date(next).toISOString(),
      problem: backups.problem(),
    }
  } catch (error) {
    return {
      enabled: false,
      cadence: get('backup.cadence') ?? TABLE['backup.cadence'].fallback,
      retention_count: null,
      last_run_at,
      next_run_at: null,
      problem: (error as Error).message,
    }
  }
}
