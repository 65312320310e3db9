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
  /** Where the system can do that, the kernel ends the tool when this process ends, however that ends. */
  diesWithUs?: boolean
}

/** Runs a small tool to its end. Never throws: a missing tool is a result like any other. */
export type Run = (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>

const MAX_OUTPUT_BYTES = 32 * 1024 * 1024

export const runTool: Run = async (command, args, { timeoutMs = 10_000, signal, diesWithUs } = {}) => {
  const words = [...(diesWithUs === true ? await deathWith() : []), command, ...args]
  return await runWords(words, { timeoutMs, signal })
}

let bound: Promise<readonly string[]> | null = null

/** The words in front of a command that bind its life to ours (prctl(2), PR_SET_PDEATHSIG); none where there are none. */
function deathWith(): Promise<readonly string[]> {
  const words = ['setpriv', '--pdeathsig', 'KILL', '--']
  bound ??=
    process.platform === 'linux'
      ? runWords([...words, 'true'], { timeoutMs: 10_000 }).then(({ code }) => (code === 0 ? words : []))
      : Promise.resolve([])
  return bound
}

function runWords(
  [command, ...args]: readonly string[],
  { timeoutMs, signal }: Pick<RunOptions, 'timeoutMs' | 'signal'>,
): Promise<RunResult> {
  return new Promise((resolve) => {
    execFile(
      command!,
      args,
      { timeout: timeoutMs, signal, maxBuffer: MAX_OUTPUT_BYTES, env: { ...process.env, LC_ALL: 'C' } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
        resolve({ code, stdout, stderr: stderr.trim() || (error?.message ?? '') })
      },
    )
  })
}
