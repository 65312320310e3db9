/** Fetching live media when the process is killed, and when the disk is full. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFileSync, type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import type { FetchState } from '../../server/api/index.ts'
import { seedBootFolder } from '../../server/seed.ts'
import { type Client, clientOf, PASSWORD, testServer } from '../contract/server.ts'
import { filesOfVersion, releaseOrigin, stallInTheMiddle, stem } from '../harness/release-origin.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { tempDir } from '../harness/temp.ts'

const MAIN = join(import.meta.dirname, '../../server/main.ts')

async function serverProcess(t: TestContext, dir: string, releaseBase: string) {
  const config = join(dir, 'none')
  const flags = ['--host', '127.0.0.1', '--port', '0', '--state-dir', dir, '--config', config, '--no-netboot']
  const env = { ...process.env, BTY_NETBOOT_RELEASE_BASE: releaseBase, BTY_ADMIN_PASSWORD: PASSWORD }
  const child = spawn(process.execPath, [MAIN, ...flags], { stdio: ['ignore', 'pipe', 'inherit'], env })
  t.after(() => killed(child))
  for await (const line of createInterface(child.stdout)) {
    const url = /^listening on (\S+)\/$/.exec(line)?.[1]
    if (url === undefined) continue
    const operator = clientOf(url)
    await operator.ask('/api/session', { method: 'POST', json: { password: PASSWORD } })
    return { child, operator }
  }
  throw new Error('the server ended before it listened')
}

async function killed(child: ChildProcess): Promise<void> {
  const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
  child.kill('SIGKILL')
  await exited
}

async function fetchByForm(operator: Client, tag: string): Promise<string> {
  const { text } = await operator.ask('/ui/netboot/fetch-release', {
    method: 'POST',
    body: `tag=${tag}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  return text
}

test('killed in the middle of a fetch: nothing half stays, and it can be fetched again', async (t) => {
  const origin = await releaseOrigin(t)
  const dir = tempDir(t)
  const boot = join(dir, 'boot')
  origin.publish('1.0.0')
  origin.publish('2.0.0')
  const first = await serverProcess(t, dir, origin.base)
  match(await fetchByForm(first.operator, 'v1.0.0'), /are installed/)
  origin.spoil('2.0.0.squashfs', stallInTheMiddle)
  await first.operator.ask('/boot/releases', { method: 'POST', json: { tag: 'v2.0.0' } })
  await origin.askedFor('2.0.0.squashfs')
  await killed(first.child)
  ok(readdirSync(boot).some((name) => name.startsWith('bty-boot-')))

  const second = await serverProcess(t, dir, origin.base)
  deepEqual(readdirSync(boot).toSorted(), filesOfVersion('1.0.0').toSorted())
  const { fetches } = (await second.operator.ask('/boot/releases')).json<{ fetches: FetchState[] }>()
  deepEqual(
    fetches.map(({ tag, status }) => [tag, status]),
    [['v1.0.0', 'completed']],
  )
  match(await fetchByForm(second.operator, 'v2.0.0'), /are installed/)
  deepEqual(readdirSync(boot).toSorted(), [...filesOfVersion('1.0.0'), ...filesOfVersion('2.0.0')].toSorted())
})

/** A file system of so many KiB that goes with the test. */
function smallDisk(t: TestContext, kib: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'bty-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', dir])
  t.after(() => {
    execFileSync('umount', ['-l', dir]) // the server may not have closed its files yet
    rmdirSync(dir)
  })
  return dir
}

const fullDisks: [what: string, kib: number, announced: boolean, why: RegExp][] = [
  [
    'that the server announces',
    2048,
    true,
    /^the disk is full: .*squashfs needs 3000000 bytes more; .* bytes free/,
  ],
  ['without a length', 3072, false, /squashfs could not be written after \d+ bytes: the disk is full$/],
]
for (const [what, kib, announced, why] of fullDisks)
  test(`a file ${what} that the disk cannot hold fails the fetch`, NEEDS_ROOT, async (t) => {
    const origin = await releaseOrigin(t)
    const boot = smallDisk(t, kib)
    const big = Buffer.alloc(3_000_000, 1)
    const squashfs = `${stem('1.0.0')}.squashfs`
    origin.publish('1.0.0', { files: { [squashfs]: big } })
    if (!announced) origin.spoil('.squashfs', (_req, res) => void res.writeHead(200).end(big))
    const { running } = await testServer(t, {
      env: { BTY_NETBOOT_RELEASE_BASE: origin.base, BTY_PATHS_BOOT_DIR: boot },
    })
    writeFileSync(join(boot, 'ipxe.efi'), 'x')
    const { status, error } = await running.releases.fetches.fetchNow('v1.0.0', null)
    equal(status, 'failed')
    match(error!, why)
    deepEqual(readdirSync(boot), ['ipxe.efi'])
  })

test('a seed file that the disk cannot hold leaves nothing, and is logged', NEEDS_ROOT, async (t) => {
  const boot = smallDisk(t, 512)
  const seed = tempDir(t)
  writeFileSync(join(seed, 'a.squashfs'), Buffer.alloc(1_000_000))
  writeFileSync(join(seed, 'ipxe.efi'), 'small')
  const warnings: string[] = []
  const quiet = () => undefined
  const log = { debug: quiet, info: quiet, warn: (text: string) => void warnings.push(text), error: quiet }
  await seedBootFolder(seed, boot, log)
  deepEqual(readdirSync(boot), ['ipxe.efi'])
  match(warnings.join(), /^seed a\.squashfs: .*ENOSPC/)
})
