import { doesNotMatch, equal, match, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { MAC, PASSWORD, testServer } from '../contract/server.ts'
import { NEEDS_ROOT } from '../harness/root.ts'

const OTHER = '00:00:00:00:00:02'
const SIZE = '4m'

/** A server whose state directory is a file system of its own with little room. */
async function onSmallDisk(t: TestContext) {
  const disk = mkdtempSync(join(tmpdir(), 'bty-test-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', disk])
  let close = async () => {}
  t.after(async () => {
    await close().finally(() => execFileSync('umount', ['--lazy', disk]))
    rmdirSync(disk)
  })
  const stateDir = join(disk, 'state')
  const server = await testServer(t, { stateDir })
  close = server.running.close
  return { ...server, stateDir, ballast: join(disk, 'ballast') }
}

/** Writes until nothing more fits. */
function fill(file: string): void {
  const descriptor = openSync(file, 'w')
  try {
    for (const size of [65536, 4096, 1]) {
      const bytes = Buffer.alloc(size)
      try {
        for (;;) ok(writeSync(descriptor, bytes) > 0)
      } catch (error) {
        equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
      }
    }
  } finally {
    closeSync(descriptor)
  }
}

test(
  'a full disk refuses what it cannot store and says so, reads go on, and with room all is well',
  NEEDS_ROOT,
  async (t) => {
    const { anyone, client, signedIn, running, stateDir, ballast } = await onSmallDisk(t)
    const { store } = running.deps
    const operator = await signedIn()
    const put = (mac: string, labels: string[]) =>
      operator.ask(`/machines/${mac}`, { method: 'PUT', json: { labels } })
    equal((await put(MAC, ['before'])).status, 200)
    const newest = () => store.events.list({ limit: 1 })[0]!.id
    const session = (password: string) => client().ask('/api/session', { method: 'POST', json: { password } })

    const writes: [what: string, ask: () => ReturnType<typeof put>, status: number][] = [
      ['first contact', () => anyone.ask(`/pxe/${OTHER}`), 200],
      ['PUT machine', () => put(MAC, ['after']), 200],
      ['done', () => anyone.ask(`/pxe/${MAC}/done`, { method: 'POST' }), 204],
      ['sign-in', () => session(PASSWORD), 200],
      ['wrong sign-in', () => session('wrong'), 401],
    ]
    fill(ballast)
    // What was given to the log before may still have room; a machine that asks again and again uses it up.
    for (let n = 0; (await anyone.ask(`/pxe/${MAC}`)).status === 200; n++)
      ok(n < 5000, 'the disk never filled')
    const before = newest()
    for (let round = 0; round < 3; round++) {
      for (const [what, ask] of writes) {
        const { status, text, json, headers } = await ask()
        equal(status, 507, `${what}: ${text}`)
        match(String(json()['detail']), new RegExp(`could not be stored .*free space on ${stateDir} `), what)
        if (what === 'sign-in') doesNotMatch(String(headers['set-cookie']), /bty-token=[^;]/)
      }
      for (const path of ['/healthz', '/images']) equal((await anyone.ask(path)).status, 200, path)
      for (const path of ['/machines', '/events', '/api/machines', '/catalog/entries'])
        equal((await operator.ask(path)).status, 200, path)
    }
    equal(newest(), before)
    equal(store.machines.get(OTHER), null)
    equal(store.machines.get(MAC)!.labels.join(), 'before')

    rmSync(ballast)
    for (const [what, ask, expected] of writes) {
      const { status, text } = await ask()
      equal(status, expected, `${what}: ${text}`)
    }
    equal(store.machines.get(MAC)!.labels.join(), 'after')
    equal(store.events.list({ kind: 'machine.discovered', limit: 10 }).length, 1)
  },
)
