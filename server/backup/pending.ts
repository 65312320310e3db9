/**
 * The switch from the present state to a restored one. Everything is laid ready in `<state>/restore-pending`; then each
 * file changes places by renames that can be begun again after a crash. What was there is set aside, never deleted.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { lockStateDir } from '../store/lock.ts'
import { recordRestored } from '../store/restore.ts'

export const PENDING = 'restore-pending'
const PLAN = 'plan.json'

const Move = z.object({
  /** File in the pending folder; null only sets the target aside. */
  name: z.string().nullable(),
  target: z.string(),
  aside: z.string(),
})
const Plan = z.object({
  restore_id: z.string(),
  backup_created_at: z.string(),
  backup_version: z.string(),
  /** File that it came from. */
  file: z.string(),
  machines: z.number(),
  counts: z.record(z.string(), z.number()),
  staged_at: z.string(),
  /** What the operator is told will happen, a sentence each. */
  notes: z.array(z.string()),
  moves: z.array(Move),
})
export type Plan = z.infer<typeof Plan>

/** The restore that waits in a state directory; null when none does. */
export function pendingPlan(stateDir: string): Plan | null {
  const file = join(stateDir, PENDING, PLAN)
  if (!fs.existsSync(file)) return null
  return Plan.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
}

/** Makes a folder of staged files the one that waits: from here on the restore happens. */
export function commitPlan(stateDir: string, staged: string, plan: Plan): void {
  const file = join(staged, PLAN)
  fs.writeFileSync(file, `${JSON.stringify(plan, null, 2)}\n`, { flush: true })
  syncDir(staged)
  const pending = join(stateDir, PENDING)
  withdraw(stateDir)
  fs.renameSync(staged, pending)
  syncDir(stateDir)
}

/** Forgets the restore that waits; false when none does. Nothing of the present state is touched. */
export function withdraw(stateDir: string): boolean {
  const pending = join(stateDir, PENDING)
  if (!fs.existsSync(pending)) return false
  const going = `${pending}.${process.pid}.withdrawn`
  fs.renameSync(pending, going)
  fs.rmSync(going, { recursive: true, force: true })
  return true
}

/**
 * Does what a restore has laid ready, or what a crash has left of it. Takes the state directory's lock meanwhile.
 * Returns what was restored, null when nothing waits. @throws {StateDirBusyError}
 */
export function applyPending(stateDir: string, nowMs: () => number): Plan | null {
  if (!fs.existsSync(join(stateDir, PENDING))) return null
  const unlock = lockStateDir(stateDir)
  try {
    return applyLocked(stateDir, nowMs)
  } finally {
    unlock()
  }
}

/** The same for who holds the lock. */
export function applyLocked(stateDir: string, nowMs: () => number): Plan | null {
  const plan = pendingPlan(stateDir)
  if (plan === null) return null
  const pending = join(stateDir, PENDING)
  const database = join(pending, 'state.db')
  if (fs.existsSync(database)) recordRestored(database, record(plan), nowMs)
  for (const move of plan.moves) switchFile(pending, move)
  syncDir(stateDir)
  fs.rmSync(join(pending, PLAN))
  fs.rmSync(pending, { recursive: true, force: true })
  return plan
}

/** Parts of an SQLite database that belong to its file. */
const TAILS = ['', '-wal', '-shm', '-journal']

function switchFile(pending: string, { name, target, aside }: z.infer<typeof Move>): void {
  const staged = name === null ? null : join(pending, name)
  const isDone = staged !== null && !fs.existsSync(staged)
  if (isDone) return
  for (const tail of TAILS)
    if (fs.existsSync(target + tail)) fs.renameSync(target + tail, freeName(aside + tail))
  if (staged !== null) fs.renameSync(staged, target)
}

function freeName(path: string): string {
  for (let n = 0; ; n++) {
    const name = n === 0 ? path : `${path}.${n}`
    if (!fs.existsSync(name)) return name
  }
}

function record({ restore_id, moves, notes: _, ...plan }: Plan) {
  return {
    id: restore_id,
    summary: `The state of ${plan.backup_created_at} was restored from ${plan.file}: ${plan.machines} machines`,
    details: { ...plan, archived_at: moves[0]?.aside ?? null },
  }
}

function syncDir(dir: string): void {
  if (process.platform === 'win32') return
  const fd = fs.openSync(dir, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}
