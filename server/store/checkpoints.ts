import { statSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Log } from '../deps.ts'

/** Between two looks at the log. */
const LOOK_MS = 500
/** A log of so many bytes is folded into the file. */
export const FOLD_BYTES = 8 * 1024 * 1024
/** The thread ends when there was nothing to fold for so long, and its memory with it. */
const IDLE_MS = 10_000

// As text, because the desktop app is one bundled file. Writers go on while PASSIVE works; what they add meanwhile is
// small and folded by the next pass, so that the log can start over.
const CODE = `
const { parentPort, workerData } = require('node:worker_threads')
import(workerData.sqlite).then(({ default: Database }) => {
  const db = new Database(workerData.file, { fileMustExist: true, timeout: 5000 })
  db.exec('PRAGMA synchronous = FULL; PRAGMA cache_size = -1000; PRAGMA wal_autocheckpoint = 0')
  const fold = () => {
    for (let passes = 0; passes < 4; passes++) {
      const { busy, log, checkpointed } = db.pragma('wal_checkpoint(PASSIVE)')[0]
      if (busy !== 0 || log === checkpointed) return
    }
  }
  parentPort.on('message', () => {
    try {
      fold()
      parentPort.postMessage({})
    } catch (error) {
      parentPort.postMessage({ wrong: error.message })
    }
  })
})
`

/**
 * Folds the write-ahead log of the database `file` into it on a thread of its own, as often as the log has grown: the
 * syncs of a checkpoint hold up nobody. Where it fails, SQLite's own limit on the main connection still bounds the log.
 * `close` waits for a fold that is under way.
 */
export function startCheckpoints(
  file: string,
  log: Pick<Log, 'warn'>,
  folded: () => void = () => undefined,
): { close(): Promise<void> } {
  let worker: Worker | null = null
  let isFolding = false
  let seenMs = 0
  let usedAt = 0
  let isTold = false

  function warn(why: string): void {
    if (!isTold) log.warn(`the log of the database could not be folded into it and grows for now: ${why}`)
    isTold = true
  }

  function end(): Promise<unknown> {
    const ended = worker?.terminate() ?? Promise.resolve()
    worker = null
    isFolding = false
    return ended
  }

  function thread(): Worker {
    if (worker !== null) return worker
    const started = new Worker(CODE, {
      eval: true,
      workerData: { sqlite: import.meta.resolve('better-sqlite3'), file },
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
    })
    started.unref()
    started.on('message', ({ wrong }: { wrong?: string }) => {
      isFolding = false
      if (wrong !== undefined) return warn(wrong)
      isTold = false
      folded()
    })
    started.on('error', (error) => {
      warn(error.message)
      if (worker === started) void end()
    })
    return (worker = started)
  }

  const timer = setInterval(() => {
    if (isFolding) return
    const wal = statSync(`${file}-wal`, { throwIfNoEntry: false })
    const hasGrown = wal !== undefined && wal.size >= FOLD_BYTES && wal.mtimeMs !== seenMs
    if (!hasGrown) {
      if (worker !== null && performance.now() - usedAt > IDLE_MS) void end()
      return
    }
    seenMs = wal.mtimeMs
    usedAt = performance.now()
    isFolding = true
    thread().postMessage({})
  }, LOOK_MS).unref()

  return {
    async close() {
      clearInterval(timer)
      await end()
    },
  }
}
