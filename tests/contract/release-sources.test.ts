/** Which release a tag stands for, and what a repository may not make the server do. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { VERSION } from '../../server/version.ts'
import { filesOfVersion, releaseToml, stem } from '../harness/release-origin.ts'
import { fetched, started } from './release-server.ts'

const version = '1.2.3'
const kernel = `${stem(version)}.vmlinuz`

test('latest is what release.toml says', async (t) => {
  const server = await started(t)
  server.origin.publish('3.1.4')
  server.origin.latest(releaseToml('3.1.4'))
  const { status, base_url } = await fetched(server, 'latest')
  deepEqual([status, base_url], ['completed', `${server.origin.base}/safl/bty/releases/download/v3.1.4/`])
  deepEqual(server.files(), filesOfVersion('3.1.4').toSorted())
})

test('latest without release.toml is our own version', async (t) => {
  const server = await started(t)
  server.origin.publish(VERSION)
  equal((await fetched(server, 'latest')).status, 'completed')
  deepEqual(server.files(), filesOfVersion(VERSION).toSorted())
})

test('another repository: file names follow the tag, latest needs a release.toml', async (t) => {
  const server = await started(t)
  const { origin, store } = server
  store.settings.set('upstream.netboot_repo', 'lab/media')
  origin.publish('7.7', { repo: 'lab/media' })
  equal((await fetched(server, 'v7.7')).status, 'completed')
  deepEqual(server.files(), filesOfVersion('7.7').toSorted())
  const [event] = store.events.list({ kind: 'netboot.artifacts.fetch.started', limit: 1 })
  deepEqual(event!.details, { tag: 'v7.7', repo: 'lab/media' })
  match((await fetched(server, 'latest')).error!, /^lab\/media has no release\.toml .* give a tag/)
  store.settings.set('upstream.netboot_repo', '../../elsewhere')
  match(
    (await fetched(server, 'v7.7')).error!,
    /^netboot_repo must be owner\/repo.*got "\.\.\/\.\.\/elsewhere"/,
  )
})

const hostile: [what: string, text: string | Buffer, why: RegExp][] = [
  ['huge', Buffer.alloc(2 * 1024 * 1024, '#'), /at most 1048576 are read/],
  ['no TOML', '<html>', /is not valid TOML/],
  ['without a version', 'tag = "v1"', /version/],
  [
    'with a path as a name',
    releaseToml(version, (s) => s.replace(kernel, '../../x')),
    /artifacts\.0\.name must be a bare/,
  ],
  [
    'with an absolute name',
    releaseToml(version, (s) => s.replace(kernel, '/etc/x')),
    /artifacts\.0\.name must be a bare/,
  ],
  [
    'with a version that is a path',
    releaseToml(version, (s) => s.replace('"1.2.3"', '"../1"')),
    /version must be a version/,
  ],
  [
    'with a tag that is a path',
    releaseToml(version, (s) => s.replace('"v1.2.3"', '"../1"')),
    /tag must be a tag/,
  ],
  [
    'with too small a size',
    releaseToml(version, (s) => s.replace('size = 300000', 'size = 299999')),
    /vmlinuz sends more than 299999 bytes/,
  ],
  [
    'with too large a size',
    releaseToml(version, (s) => s.replace('size = 300000', 'size = 300001')),
    /has 300000 bytes; release\.toml says 300001/,
  ],
  [
    'with a negative size',
    releaseToml(version, (s) => s.replace('size = 300000', 'size = -1')),
    /artifacts\.0\.size/,
  ],
  [
    'with another digest',
    releaseToml(version, (s) => s.replace(/sha256 = "./, 'sha256 = "g').replace('"g', '"0')),
    /sha256 mismatch for .*release\.toml expects/,
  ],
]
for (const [what, text, why] of hostile)
  test(`a release.toml ${what} installs nothing`, async (t) => {
    const server = await started(t)
    server.origin.publish(version)
    server.origin.latest(text)
    const { status, error } = await fetched(server, 'latest')
    equal(status, 'failed')
    match(error!, why)
    deepEqual(server.files(), [])
  })
