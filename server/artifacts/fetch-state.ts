/** What is told of a fetch (wire contract 1.10). Pure. */
import type { FetchedArtifact, FetchState } from '../api/index.ts'
import type { EventRow } from '../store/types.ts'
import type { Job, JobStatus } from '../workers/queue.ts'

export interface FetchData {
  files: FileProgress[]
  /** The file that is arriving, or was last. */
  current: FileProgress | null
  baseUrl: string | null
  /** Why it failed, in words for the operator. */
  reason: string | null
  /** Who waits at the form of the wire contract (1.13); null for a job of the queue. */
  form: { ip: string | null } | null
  totalBytes: number
}

export interface FileProgress {
  name: string
  status: JobStatus
  bytesDone: number
  bytesTotal: number | null
  error: string | null
  startedAtMs: number | null
  finishedAtMs: number | null
}

export function queuedFiles(names: readonly string[]): FileProgress[] {
  return names.map((name) => ({
    name,
    status: 'queued',
    bytesDone: 0,
    bytesTotal: null,
    error: null,
    startedAtMs: null,
    finishedAtMs: null,
  }))
}

/** The next file begins, which ends the one before it. */
export function beginFile(data: FetchData, name: string, nowMs: number): void {
  if (data.current?.status === 'running') endFile(data.current, 'completed', nowMs)
  data.current = data.files.find((file) => file.name === name) ?? null
  if (data.current === null) return
  data.current.status = 'running'
  data.current.startedAtMs = nowMs
}

/** The job has ended: so has every file. */
export function endFiles({ files, reason }: FetchData, status: JobStatus, nowMs: number): void {
  for (const file of files) {
    if (file.status === 'completed') continue
    if (status === 'completed') endFile(file, 'completed', nowMs)
    else if (status === 'failed' && file.status === 'running') endFile(file, 'failed', nowMs, reason)
    else endFile(file, 'cancelled', nowMs)
  }
}

function endFile(file: FileProgress, status: JobStatus, nowMs: number, error: string | null = null): void {
  Object.assign(file, { status, error, finishedAtMs: nowMs })
}

export function fetchState({
  key,
  status,
  startedAtMs,
  finishedAtMs,
  error,
  data,
}: Job<FetchData>): FetchState {
  return {
    tag: key,
    status,
    bytes_done: data.current?.bytesDone ?? 0,
    bytes_total: data.current?.bytesTotal ?? null,
    artifact: data.current?.name ?? null,
    started_at: seconds(startedAtMs),
    finished_at: seconds(finishedAtMs),
    error: data.reason ?? error,
    base_url: status === 'completed' ? data.baseUrl : null,
    artifacts: data.files.map(fileState),
  }
}

function fileState(file: FileProgress): FetchedArtifact {
  return {
    name: file.name,
    status: file.status,
    bytes_done: file.bytesDone,
    bytes_total: file.bytesTotal,
    error: file.error,
    started_at: seconds(file.startedAtMs),
    finished_at: seconds(file.finishedAtMs),
  }
}

const TERMINAL: Record<string, 'completed' | 'failed'> = {
  'netboot.artifacts.fetched': 'completed',
  'netboot.artifacts.fetch.failed': 'failed',
}

/** Fetches of earlier runs of this program, from its events, newest first; the newest of each tag tells. Oldest first. */
export function restoredStates(events: readonly EventRow[]): FetchState[] {
  const states = new Map<string, FetchState>()
  for (const { kind, subject_id, ts, details } of events) {
    const status = TERMINAL[kind]
    if (status === undefined || subject_id === null || states.has(subject_id)) continue
    const at = Date.parse(ts) / 1000
    const text = (key: string) => (typeof details?.[key] === 'string' ? details[key] : null)
    states.set(subject_id, {
      tag: subject_id,
      status,
      bytes_done: 0,
      bytes_total: null,
      artifact: null,
      started_at: at,
      finished_at: at,
      error: status === 'failed' ? text('error') : null,
      base_url: text('base_url'),
      artifacts: [],
    })
  }
  return [...states.values()].reverse()
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}
