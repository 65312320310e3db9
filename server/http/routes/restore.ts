import { rm } from 'node:fs/promises'
import { backupEvent } from '../../backup/events.ts'
import { pendingPlan, withdraw } from '../../backup/pending.ts'
import { receiveBackup, UploadError } from '../../backup/receive.ts'
import { RestoreError, stageRestore } from '../../backup/restore.ts'
import type { Backups } from '../../backup/worker.ts'
import type { HttpDeps, HttpOptions, Kit } from '../kit.ts'
import { HttpError } from '../errors.ts'
import type { Handlers } from '../mount.ts'
import { backupsView } from './backups.ts'

const IDLE_MS = 60_000

/** A full backup is uploaded and checked now; it takes the place of the present state when the console starts next. */
export function restoreHandlers(
  deps: HttpDeps,
  kit: Kit,
  { backups, config: { started } }: Pick<HttpOptions, 'config'> & { backups: Backups },
): Pick<Handlers, 'stageRestore' | 'withdrawRestore'> {
  const { store, now } = deps
  const { stateDir } = started.paths
  let isBusy = false

  const record = (kind: string, file: string, summary: string, ip: string | null, details: object) =>
    store.durable(() =>
      store.events.add(backupEvent(kind, file, summary, { file, ...details }, { actor: 'operator', ip })),
    )

  return {
    async stageRestore({ ctx, query }) {
      if (isBusy) throw new HttpError(409, 'another backup is being uploaded or checked')
      isBusy = true
      let file: string | null = null
      try {
        ctx.req.setTimeout(IDLE_MS) // without a listener Node destroys the socket
        file = await receiveBackup(ctx.req, stateDir, started.maxUploadBytes)
        ctx.req.setTimeout(0)
        const plan = await stageRestore({ file, name: query.name, paths: started.paths, now })
        const summary = `${query.name} is restored when the console starts next (${plan.machines} machines)`
        record('backup.restore.staged', query.name, summary, kit.ip(ctx), { machines: plan.machines })
        return await backupsView(deps, backups, stateDir)
      } catch (error) {
        if (error instanceof RestoreError) throw new HttpError(422, error.message)
        if (!(error instanceof UploadError)) throw error
        ctx.set('Connection', 'close')
        ctx.req.resume()
        throw new HttpError(error.status, error.message)
      } finally {
        isBusy = false
        ctx.req.setTimeout(0)
        if (file !== null) await rm(file, { force: true })
      }
    },
    withdrawRestore({ ctx }) {
      const plan = pendingPlan(stateDir)
      if (plan === null || !withdraw(stateDir)) throw new HttpError(404, 'no restore is waiting')
      record('backup.restore.withdrawn', plan.file, `${plan.file} is not restored`, kit.ip(ctx), {})
      return backupsView(deps, backups, stateDir)
    },
  }
}
