import { execFile } from 'node:child_process'

export interface RunResult {
  /** Exit code; null when the tool is missing, was killed or ran out of time. */
  code: number | null
  stdout: string
  /** Standard error, or why the tool could not run. */
  stderr: string
}

export interface RunOptions {
  timeoutMs?: number
  signal?: AbortSignal
}

/** Runs a small tool to its end. Never throws: a missing tool is a result like any other. */
export type Run = (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>

const MAX_OUTPUT_BYTES = 32 * 1024 * 1024

export const runTool: Run = (command, args, { timeoutMs = 10_000, signal } = {}) =>
  new Promise((resolve) => {
    execFile(
      command,
      args,
      { timeout: timeoutMs, signal, maxBuffer: MAX_OUTPUT_BYTES, env: { ...process.env, LC_ALL: 'C' } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
        resolve({ code, stdout, stderr: stderr.trim() || (error?.message ?? '') })
      },
    )
  })
