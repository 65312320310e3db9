/** Installed versions of the live media, and the readiness list over HTTP. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { DhcpSheet, Readiness, ReleasesView, TftpProbe } from '../../server/api/index.ts'
import { contentOf, filesOfVersion, manifestOf, stem } from '../harness/release-origin.ts'
import { testServer } from './server.ts'

async function started(t: TestContext, versions: string[] = []) {
  const server = await testServer(t)
  const operator = await server.signedIn()
  const boot = join(server.dir, 'state', 'boot')
  for (const version of versions) {
    for (const name of filesOfVersion(version).slice(0, 3)) writeFileSync(join(boot, name), contentOf(name))
    writeFileSync(join(boot, `${stem(version)}.sha256`), manifestOf(version))
  }
  return {
    ...server,
    operator,
    boot,
    store: server.running.deps.store,
    view: async () => (await operator.ask('/api/releases')).json<ReleasesView>(),
    choose: (version: string | null) =>
      operator.ask('/api/releases/active', { method: 'PUT', json: { version } }),
    verify: (version: string) => operator.ask('/api/releases/verify', { method: 'POST', json: { version } }),
    remove: (version: string, more = '') =>
      operator.ask(`/api/releases/versions?version=${version}${more}`, { method: 'DELETE' }),
  }
}

test('versions stand side by side, newest first, with what each has', async (t) => {
  const { choose, boot } = await started(t, ['1.9.0', '1.10.0'])
  writeFileSync(join(boot, `${stem('2.0.0')}.vmlinuz`), 'alone')
  const { versions, active_version, chosen_version, repo, tag, base } = (
    await choose(null)
  ).json<ReleasesView>()
  deepEqual([repo, tag, base], ['safl/bty', 'latest', 'http://127.0.0.1:1'])
  deepEqual([active_version, chosen_version], ['1.10.0', null])
  deepEqual(
    versions.map(({ version, complete, active, digest, size_bytes }) => [
      version,
      complete,
      active,
      digest,
      size_bytes,
    ]),
    [
      ['2.0.0', false, false, 'unread', 5],
      ['1.10.0', true, true, 'unread', 900_000 + manifestOf('1.10.0').length],
      ['1.9.0', true, false, 'unread', 900_000 + manifestOf('1.9.0').length],
    ],
  )
})

test('verifying reads the files; a file that changes counts as unread again', async (t) => {
  const { verify, view, boot } = await started(t, ['1.0.0'])
  const digests = ({ versions }: ReleasesView) => [
    versions[0]!.digest,
    ...versions[0]!.files.map(({ digest }) => digest),
  ]
  deepEqual(digests((await verify('1.0.0')).json<ReleasesView>()), ['right', 'right', 'right', 'right', null])
  writeFileSync(join(boot, `${stem('1.0.0')}.initrd`), 'spoilt')
  deepEqual(digests(await view()), ['unread', 'right', 'unread', 'right', null])
  deepEqual(digests((await verify('1.0.0')).json<ReleasesView>()), ['wrong', 'right', 'wrong', 'right', null])
  equal((await verify('9.9.9')).status, 404)
})

test('a complete version can be chosen, and the choice given back', async (t) => {
  const { choose, boot, store, anyone } = await started(t, ['1.0.0', '2.0.0'])
  writeFileSync(join(boot, `${stem('3.0.0')}.vmlinuz`), 'alone')
  const chosen = (await choose('1.0.0')).json<ReleasesView>()
  deepEqual([chosen.active_version, chosen.chosen_version], ['1.0.0', '1.0.0'])
  match((await anyone.ask('/pxe/aa:bb:cc:dd:ee:ff')).text, /bty-netboot-pc-x86_64-v1\.0\.0\.vmlinuz/)
  const incomplete = await choose('3.0.0')
  equal(incomplete.status, 409)
  match(incomplete.text, /version 3\.0\.0 is not complete; missing: .*initrd, .*squashfs/)
  equal((await choose('4.0.0')).status, 404)
  equal((await choose('../4')).status, 422)
  equal((await choose(null)).json<ReleasesView>().active_version, '2.0.0')
  deepEqual(
    store.events.list({ kind: 'netboot.version.chosen', limit: 5 }).map(({ details }) => details),
    [{ version: 'newest' }, { version: '1.0.0' }],
  )
})

test('the active version is deleted only when that is said', async (t) => {
  const { remove, boot, store, choose } = await started(t, ['1.0.0', '2.0.0'])
  await choose('1.0.0')
  const refused = await remove('1.0.0')
  deepEqual([refused.status, /active=yes/.test(refused.text)], [409, true])
  equal((await remove('2.0.0')).status, 200)
  deepEqual(readdirSync(boot).toSorted(), filesOfVersion('1.0.0').toSorted())
  const last = (await remove('1.0.0', '&active=yes')).json<ReleasesView>()
  deepEqual([last.versions, last.chosen_version, readdirSync(boot)], [[], null, []])
  equal((await remove('1.0.0')).status, 404)
  const events = store.events.list({ kind: 'netboot.version.deleted', limit: 5 })
  deepEqual(
    events.map(({ subject_id, details }) => [subject_id, (details!['artifacts'] as string[]).length]),
    [
      ['1.0.0', 4],
      ['2.0.0', 4],
    ],
  )
})

test('the readiness list tells what this server lacks', async (t) => {
  const { operator } = await started(t)
  const { ok: good, total, rows } = (await operator.ask('/api/readiness')).json<Readiness>()
  equal(total, rows.filter(({ state }) => state !== 'advisory').length)
  ok(good < total)
  const row = (id: string) => rows.find((found) => found.id === id)!
  match(row('artifacts').detail, /^Missing: bty-netboot-pc-x86_64-v.*vmlinuz, .*initrd, .*squashfs$/)
  deepEqual([row('catalog').state, row('catalog').fix?.page], ['problem', '/ui/images'])
  equal(row('password').state, 'ok')
  equal(row('proxy-dhcp').state, 'advisory')
})

test('the probe answers, whatever happens', async (t) => {
  for (const host of ['127.0.0.1', 'no such host', '::1']) {
    const server = await testServer(t, { env: { BTY_NETBOOT_TFTP_PROBE_HOST: host } })
    const operator = await server.signedIn()
    const { status, json } = await operator.ask('/api/netboot/tftp-probe')
    equal(status, 200)
    const probe = json<TftpProbe>()
    deepEqual([probe.host, probe.port, probe.file, probe.reachable], [host, 69, 'ipxe.efi', false])
    equal(probe.daemon.program, 'dnsmasq')
  }
})

test('the cheat sheet names the advertised host and what is missing', async (t) => {
  const { running, operator } = await started(t)
  const sheet = (await operator.ask('/api/netboot/dhcp')).json<DhcpSheet>()
  equal(sheet.missing.length, 3)
  match(sheet.host, new RegExp(`:${running.address.port}$`))
  equal(sheet.sheet.http[2]!.value, `http://${sheet.host}/boot/ipxe.efi`)
})
