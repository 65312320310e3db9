/** A clean Debian with systemd as its process 1 and a network of its own with nothing but a loopback. Needs root. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Ran {
  status: number
  out: string
}

export interface Container {
  /** Runs a shell command in there; standard error is part of `out`. */
  run(command: string): Ran
  /** The same, and throws with what it printed when it fails. */
  must(command: string): string
  close(): Promise<void>
}

const SUITE = 'trixie'
const BOOT_TRIES = 600
const KILL_AFTER_MS = 20_000

/** Makes a root of `SUITE` from this machine's mirror. `more` are packages beyond the smallest system. */
export function makeDebianRoot(dir: string, more: readonly string[]): void {
  const made = spawnSync(
    'mmdebstrap',
    ['--quiet', '--variant=minbase', `--include=${['systemd', 'dbus', ...more].join(',')}`, SUITE, dir],
    { encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`mmdebstrap failed: ${made.error?.message ?? made.stderr}`)
}

/** Boots the root and resolves when systemd says that it runs. `bind` are paths that it sees too. */
export async function bootContainer(dir: string, bind: readonly string[]): Promise<Container> {
  // systemd-nspawn wants its runtime folder in memory and one tree of control groups, which this machine need not have.
  const script = join(dir, '..', 'boot.sh')
  const log = join(dir, '..', 'boot.log')
  const nspawn = ['systemd-nspawn', '--quiet', '--register=no', '--keep-unit', '--private-network']
  const args = [
    ...nspawn,
    '--boot',
    '--console=pipe',
    `--directory=${dir}`,
    ...bind.map((path) => `--bind=${path}`),
  ]
  writeFileSync(
    script,
    ['mount -t tmpfs tmpfs /run', 'mount -t cgroup2 none /sys/fs/cgroup', `exec ${args.join(' ')}`].join(
      ' &&\n',
    ),
  )
  mkdirSync('/run/systemd', { recursive: true })
  writeFileSync(log, '')
  const child = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-c', `. ${script} > ${log} 2>&1`],
    {
      stdio: 'ignore',
    },
  )
  const ended = once(child, 'exit')
  const inside = (command: string): Ran => {
    const pid = firstProcess(child.pid!)
    if (pid === null) return { status: -1, out: `not running: ${readFileSync(log, 'utf8')}` }
    const ran = spawnSync('nsenter', ['-t', String(pid), '-a', 'sh', '-c', `exec 2>&1; ${command}`], {
      encoding: 'utf8',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 64 * 1024 * 1024,
    })
    return { status: ran.status ?? -1, out: ran.stdout }
  }
  const container: Container = {
    run: inside,
    must(command) {
      const { status, out } = inside(command)
      if (status !== 0) throw new Error(`${command} ended with ${status}: ${out}`)
      return out
    },
    async close() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => {
        const pid = firstProcess(child.pid!)
        if (pid !== null) process.kill(pid, 'SIGKILL')
        child.kill('SIGKILL')
      }, KILL_AFTER_MS)
      await ended
      clearTimeout(timer)
    },
  }
  for (let i = 0; i < BOOT_TRIES && child.exitCode === null; i++) {
    if (inside('systemctl is-system-running').out.trim() === 'running') return container
    await sleep(100)
  }
  const state = inside('systemctl is-system-running; systemctl --failed --no-legend').out
  await container.close()
  throw new Error(`the container did not come up: ${state}\n${readFileSync(log, 'utf8')}`)
}

/** Process 1 of the container, as seen from here: systemd below systemd-nspawn. */
function firstProcess(nspawn: number): number | null {
  const below = (pid: number): number[] => {
    try {
      const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      return text.split(' ').filter(Boolean).map(Number)
    } catch {
      return []
    }
  }
  const queue = below(nspawn)
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    try {
      const spaces = /^NSpid:.*\t1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
      if (spaces) return pid
    } catch {
      // It has ended meanwhile.
    }
    queue.push(...below(pid))
  }
  return null
}
