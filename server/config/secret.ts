import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Key of the session cookies: the configured one, else the one in `<stateDir>/session-secret`, else a new one written
 * there (mode 0640, whole or not at all). A blank value never counts.
 */
export function sessionSecret(configured: string, stateDir: string): string {
  if (configured.trim() !== '') return configured.trim()
  const file = join(stateDir, 'session-secret')
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  if (kept !== '') return kept
  const secret = randomBytes(32).toString('base64url')
  const partial = `${file}.${process.pid}.partial`
  const fd = openSync(partial, 'w', 0o640)
  try {
    writeSync(fd, `${secret}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(partial, file)
  return secret
}
