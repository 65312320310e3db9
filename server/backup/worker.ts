/** Backups on request and on schedule (wire contract 7.2): one queue, retention after each success. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Deps } from '../deps.ts'
import type { Live } from '../http/live.ts'
import { timestamps } from '../store/clock.ts'
import { openInventory } from '../store/inventory.ts'
import { createQueue, isActive, type Job, type Queue } from '../workers/queue.ts'
import { backupEvent } from './events.ts'
import { isStored, ourBundles, removePartials, writeBackup } from './folder.ts'
import { writeFullBackup } from './full.ts'
import { ourFull } from './full-folder.ts'
import { beyondRetention, newBackupId } from './id.ts'
import { isDue } from './schedule.ts'
import { readBackupSettings } from './settings.ts'

export type Trigger = 'manual' | 'scheduled'

export interface BackupJob {
  trigger: Trigger
  /** `inventory`: the bundle of the wire contract; `full`: everything that the database holds. */
  kind: 'inventory' | 'full'
  machines: number
  bytesDone: number
  destPath: string | null
}

export interface Backups {
  readonly root: string
  readonly maxParallel: number
  jobs(): Job<BackupJob>[]
  start(kind: BackupJob['kind'], trigger: Trigger, by: { ip: string | null }): Job<BackupJob>
  /** Null when there is no such job. Also told for one that has ended. */
  cancel(id: string, by: { ip: string | null }): Job<BackupJob> | null
  /** Why the schedule does not run; null when nothing is wrong. */
  problem(): string | null
  /** Looks at the schedule once. */
  tick(): void
  close(): Promise<void>
}

export interface BackupOptions {
  root: string
  stateDir: string
  maxParallel: number
  /** What a full backup carries beside the database. */
  files: () => Readonly<Record<string, string>>
}

const TICK_MS = 60_000
const MAX_ENDED_JOBS = 100

type Parts = Pick<Deps, 'store' | 'log' | 'now' | 'version'> & { hub: Pick<Live, 'workerChanged'> }

export function startBackups(parts: Parts, { root, stateDir, maxParallel, files }: BackupOptions): Backups {
  const { store, log, now, version, hub } = parts
  const database = join(stateDir, 'state.db')
  let wrong: string | null = null
  let closed = false

  const record = (...event: Parameters<typeof backupEvent>) =>
    store.durable(() => store.events.add(backupEvent(...event)))

  const queue: Queue<BackupJob> = createQueue({
    maxParallel: Math.max(1, maxParallel),
    now,
    run,
    onChange({ key, status }) {
      if (status !== 'queued') hub.workerChanged({ kind: 'backup', key, status })
    },
  })

  async function run(job: Job<BackupJob>, signal: AbortSignal): Promise<void> {
    const { key: id, data } = job
    const about = { backup_id: id, trigger: data.trigger }
    record('backup.create.started', id, `Backup ${id} has started`, about)
    try {
      await (data.kind === 'full' ? full(job, signal) : inventory(job))
    } catch (error) {
      if (!signal.aborted) {
        const { name, message } = error as Error
        record('backup.failed', id, `Backup ${id} was not made: ${message}`, {
          ...about,
          dest_path: null,
          machines: data.machines,
          bytes_done: data.bytesDone,
          error: `${name}: ${message}`,
        })
      }
      throw error
    }
    store.durable(() => {
      store.events.add(
        backupEvent('backup.created', id, `Backup ${id} made: ${data.machines} machines`, {
          ...about,
          dest_path: data.destPath,
          machines: data.machines,
          bytes_done: data.bytesDone,
          error: null,
        }),
      )
      if (data.trigger === 'scheduled')
        store.settings.set('backup.last_run_at', timestamps(() => job.startedAtMs ?? now())())
    })
    await prune(data.kind)
  }

  async function inventory({ key, data }: Job<BackupJob>): Promise<void> {
    const reader = openInventory(database)
    try {
      const head = { exportedAt: store.now(), version }
      const made = await writeBackup(root, key, head, reader.machines())
      Object.assign(data, { machines: made.machines, bytesDone: made.bytes, destPath: made.path })
    } finally {
      reader.close()
    }
  }

  async function full({ key, data }: Job<BackupJob>, signal: AbortSignal): Promise<void> {
    const made = await writeFullBackup({
      database,
      root,
      id: key,
      version,
      nowMs: now(),
      files: files(),
      signal,
    })
    Object.assign(data, { machines: made.counts.machines, bytesDone: made.bytes, destPath: made.path })
  }

  /** Keeps the newest; what cannot be removed is told and does not undo the backup. */
  async function prune(kind: BackupJob['kind']): Promise<void> {
    let keep: number
    try {
      keep = readBackupSettings((key) => store.settings.get(key)).retentionCount
    } catch (error) {
      log.error((error as Error).message)
      return
    }
    await removePartials(root, inUse())
    const paths = await (kind === 'full' ? ourFull(root) : ourBundles(root))
    for (const id of beyondRetention([...paths.keys()], keep)) {
      try {
        await rm(paths.get(id)!, { recursive: true })
        record('backup.pruned', id, `Backup ${id} removed: the newest ${keep} are kept`, {
          backup_id: id,
          retention: keep,
        })
      } catch (error) {
        log.warn(`backup ${id} was not removed: ${(error as Error).message}`)
      }
    }
  }

  /** Ids of backups that are being written. */
  function inUse(): Set<string> {
    return new Set(
      queue
        .jobs()
        .filter(isActive)
        .map(({ key }) => key),
    )
  }

  function start(kind: BackupJob['kind'], trigger: Trigger, by: { ip: string | null }): Job<BackupJob> {
    const ended = queue.jobs().filter((job) => !isActive(job))
    for (const job of ended.slice(0, Math.max(0, ended.length - MAX_ENDED_JOBS))) queue.forget(job.key)
    const id = newBackupId(now(), (key) => queue.get(key) !== null || isStored(root, key))
    record(
      'backup.create.requested',
      id,
      `Backup ${id} was asked for`,
      { backup_id: id, trigger },
      trigger === 'scheduled' ? {} : { actor: 'operator', ip: by.ip },
    )
    return queue.enqueue(id, { trigger, kind, machines: 0, bytesDone: 0, destPath: null })
  }

  /** Once for each problem, not every minute. */
  function tell(reason: string): void {
    log.error(`scheduled backups: ${reason}`)
    try {
      const summary = `No backup is made on a schedule: ${reason}`
      record('backup.schedule.failed', 'schedule', summary, { error: reason })
    } catch (error) {
      log.error(`this is not in the audit log: ${(error as Error).message}`)
    }
  }

  function tick(): void {
    try {
      const settings = readBackupSettings((key) => store.settings.get(key))
      wrong = null
      const busy = queue.jobs().some((job) => isActive(job) && job.data.trigger === 'scheduled')
      if (isDue(settings, now(), busy)) start('inventory', 'scheduled', { ip: null })
    } catch (error) {
      const reason = (error as Error).message
      if (reason !== wrong) tell(reason)
      wrong = reason
    }
  }

  const timer = setInterval(tick, TICK_MS).unref()
  void removePartials(root, inUse()).then(() => closed || tick())

  return {
    root,
    maxParallel: Math.max(1, maxParallel),
    jobs: () => queue.jobs(),
    start,
    cancel(id, { ip }) {
      const job = queue.get(id)
      if (job === null) return null
      // A bundle is written within milliseconds; only what waits, and a full backup, can still be stopped.
      if (job.status === 'queued' || job.data.kind === 'full') queue.cancel(id)
      record(
        'backup.create.cancelled',
        id,
        `Backup ${id}: cancel was asked for`,
        { backup_id: id, source: 'operator' },
        { actor: 'operator', ip },
      )
      return job
    },
    problem: () => wrong,
    tick,
    close() {
      closed = true
      clearInterval(timer)
      return queue.close()
    },
  }
}
