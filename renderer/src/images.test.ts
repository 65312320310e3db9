import { deepEqual, equal } from 'node:assert/strict'
import test from 'node:test'
import type { Artifact, CatalogEntry, NetbootState } from '../../server/api/index.ts'
import { aMachine } from './fixture.ts'
import { cheatSheet, imageRows, mediaComplete, sourceOf } from './images.ts'

const entry = (name: string, ref: string): CatalogEntry => ({
  bty_image_ref: ref,
  src: `https://e.example/${name}`,
  resolved_src: null,
  disk_image_sha: null,
  name,
  sha_url: null,
  format: null,
  size_bytes: null,
  description: null,
  added_at: '2026-11-21T09:00:00Z',
})

test('rows are sorted by name and know their architecture and machines', () => {
  const image = {
    name: 'b',
    format: '',
    size_bytes: 0,
    url: '',
    ref: 'r2',
    sha_short: null,
    cached: false as const,
    arch: 'arm64',
  }
  const machines = [
    aMachine({ bty_image_ref: 'r2' }),
    aMachine({ bty_image_ref: 'r2' }),
    aMachine({ bty_image_ref: 'gone' }),
    aMachine(),
  ]
  const rows = imageRows([entry('b-10', 'r1'), entry('b-9', 'r2')], [image], machines)
  deepEqual(
    rows.map(({ name, arch, usedBy, source }) => [name, arch, usedBy, source]),
    [
      ['b-9', 'arm64', 2, 'https · e.example'],
      ['b-10', null, 0, 'https · e.example'],
    ],
  )
})

const sources: [src: string, source: string][] = [
  ['HTTPS://Example.COM:8443/x.img', 'https · example.com:8443'],
  ['oras://ghcr.io/owner/image:tag', 'oras · ghcr.io'],
  ['https://user:secret@example.com/x', 'https · example.com'],
  ['nonsense', 'nonsense'],
]
for (const [src, source] of sources) test(`source of ${src}`, () => equal(sourceOf(src), source))

test('boot files are complete when kernel, initrd and squashfs are there', () => {
  const artifact = (role: Artifact['role'], present: boolean) => ({ role, present }) as Artifact
  const state = (...artifacts: Artifact[]) => ({ artifacts }) as NetbootState
  const [kernel, initrd, squashfs] = (['kernel', 'initrd', 'squashfs'] as const).map((role) =>
    artifact(role, true),
  )
  equal(mediaComplete(state(kernel!, initrd!, squashfs!, artifact('manifest', false))), true)
  equal(mediaComplete(state(kernel!, initrd!, artifact('squashfs', false))), false)
  equal(mediaComplete(state()), false)
})

test('the cheat sheet carries the advertised host, with its port where a URL is told', () => {
  const { tftp, http } = cheatSheet('192.0.2.1:8081')
  deepEqual(
    tftp.map(({ value }) => value),
    ['PXEClient', '192.0.2.1', 'ipxe.efi', 'undionly.kpxe', 'http://192.0.2.1:8081/pxe-bootstrap.ipxe'],
  )
  deepEqual(
    http.map(({ value }) => value),
    ['HTTPClient', '192.0.2.1', 'http://192.0.2.1:8081/boot/ipxe.efi'],
  )
})
