/** Credentials from the files and helpers of Docker, read when they are needed. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { findCredentials, readHelperAnswer } from './credentials.ts'
import type { Credentials } from './credentials.ts'

/** `problem` tells why there may be credentials that could not be read; it holds no secret. */
export interface CredentialsRead {
  credentials: Credentials | null
  problem: string | null
}

export interface DockerConfigOptions {
  /** Path of the file; empty looks where Docker does. */
  path: string
  env?: Readonly<Record<string, string | undefined>>
  home?: string
  helperTimeoutMs?: number
}

const HELPER_TIMEOUT_MS = 10_000
const HELPER_LIMIT_BYTES = 256 * 1024

/** What the operator's Docker config holds for a registry; never throws. */
export async function dockerCredentials(
  options: DockerConfigOptions,
  host: string,
  repository: string,
): Promise<CredentialsRead> {
  const { env = process.env, home = homedir() } = options
  const file = options.path || join(env['DOCKER_CONFIG'] || join(home, '.docker'), 'config.json')
  const problem = (text: string) => ({ credentials: null, problem: `${file} ${text}` })
  let config: unknown
  try {
    config = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return problem('is not JSON; mend it or name another file')
    const { code = 'error' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && options.path === '') return { credentials: null, problem: null }
    return problem(code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`)
  }
  const found = findCredentials(config, host, repository)
  switch (found.kind) {
    case 'none':
      return { credentials: null, problem: null }
    case 'credentials':
      return { credentials: found.credentials, problem: null }
    case 'problem':
      return problem(found.text)
    case 'helper': {
      const answer = await askHelper(
        found.helper,
        found.server,
        options.helperTimeoutMs ?? HELPER_TIMEOUT_MS,
        env,
      )
      if ('credentials' in answer)
        return { credentials: answer.credentials ?? found.otherwise, problem: null }
      return { credentials: found.otherwise, problem: `${file} names a helper, and ${answer.problem}` }
    }
  }
}

type HelperAnswer = { credentials: Credentials | null } | { problem: string }

/** Runs `docker-credential-<name> get`. What it prints on a failure is not passed on: it might be a secret. */
function askHelper(
  name: string,
  server: string,
  timeoutMs: number,
  env: NonNullable<DockerConfigOptions['env']>,
): Promise<HelperAnswer> {
  const program = `docker-credential-${name}`
  return new Promise((resolve) => {
    const limits = { timeout: timeoutMs, maxBuffer: HELPER_LIMIT_BYTES, killSignal: 'SIGKILL' as const }
    const child = execFile(program, ['get'], { ...limits, env: { ...env } }, (error, stdout) => {
      if (error === null) {
        const credentials = readHelperAnswer(stdout)
        return resolve(
          credentials === null ? { problem: `${program} gave no usable answer` } : { credentials },
        )
      }
      if (/credentials not found/i.test(stdout)) return resolve({ credentials: null })
      if (error.code === 'ENOENT') return resolve({ problem: `${program} is not installed` })
      if (error.killed) return resolve({ problem: `${program} gave no answer within ${timeoutMs / 1000} s` })
      resolve({
        problem: `${program} failed (${error.code ?? error.signal}); run "echo ${server} | ${program} get" to see why`,
      })
    })
    // A helper that ends without reading is told by its exit.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(`${server}\n`)
  })
}
