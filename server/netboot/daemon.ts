/** The TFTP daemon of this machine: our own, or a dnsmasq that was set up beside the console. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { ServiceState, TftpDaemon } from '../api/index.ts'

/** How a program ended: its first word, its exit code; null when it is missing or took too long. */
export type Ran = { code: number; out: string } | null

/** State of dnsmasq by `systemctl is-active` and, without systemctl, by `pgrep -x` (wire contract 8.1). Pure. */
export function dnsmasqState(systemctl: Ran, pgrep: Ran): string {
  if (systemctl !== null) return systemctl.out.trim() || 'unknown'
  if (pgrep === null) return 'unknown'
  return pgrep.code === 0 ? 'active' : 'inactive'
}

/** The built-in server is the daemon where it is switched on, also when a port is not to be had. Pure. */
export function daemonOf(own: ServiceState, dnsmasq: string, inContainer: boolean): TftpDaemon {
  if (own.state !== 'off')
    return {
      program: 'built-in',
      state: own.state === 'on' ? 'active' : 'failed',
      detail: own.detail,
      in_container: inContainer,
    }
  return {
    program: 'dnsmasq',
    state: dnsmasq,
    detail: `dnsmasq.service is ${dnsmasq}.`,
    in_container: inContainer,
  }
}

export async function tftpDaemon(own: ServiceState): Promise<TftpDaemon> {
  const inContainer = existsSync('/run/.containerenv') || existsSync('/.dockerenv')
  if (own.state !== 'off') return daemonOf(own, '', inContainer)
  const systemctl = await run('systemctl', ['is-active', 'dnsmasq.service'])
  const pgrep = systemctl === null ? await run('pgrep', ['-x', 'dnsmasq']) : null
  return daemonOf(own, dnsmasqState(systemctl, pgrep), inContainer)
}

const TIMEOUT_MS = 5000

function run(program: string, args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: TIMEOUT_MS }, (error, stdout) => {
      if (error === null) resolve({ code: 0, out: stdout })
      else if (typeof error.code === 'number') resolve({ code: error.code, out: stdout })
      else resolve(null)
    })
  })
}
