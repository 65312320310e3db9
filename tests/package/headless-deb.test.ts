/** The headless package in a clean Debian under a real systemd: installed, serving, flashing, upgraded, removed, purged. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildDeb } from '../../build/headless/deb.ts'
import { ensureAgent } from '../../build/agent.ts'
import { testDisk } from '../../flasher/testing/disk.ts'
import { VERSION } from '../../server/version.ts'
import { bootContainer, type Container, makeDebianRoot } from '../harness/debian-container.ts'
import { NEEDS_ROOT } from '../harness/root.ts'

const MIB = 1024 * 1024
const MAC = '52-54-00-00-00-77'
const PACKAGE = 'bty-console-headless'
const root = join(import.meta.dirname, '../..')
const temp = mkdtempSync(join(tmpdir(), 'bty-deb-test-'))
const system = join(temp, 'root')
const disk = testDisk(16 * MIB)
let box: Container
let deb: string

before(async () => {
  if (NEEDS_ROOT.skip !== undefined) return
  await ensureAgent(() => {})
  makeDebianRoot(system, ['debconf', 'curl', 'iproute2'])
  deb = await buildDeb(root, join(temp, 'packages'))
  mkdirSync(join(system, 'srv'), { recursive: true })
  cpSync(deb, join(system, 'srv', basename(deb)))
  box = await bootContainer(system, [disk.path])
})
after(async () => {
  await box?.close()
  disk[Symbol.dispose]()
  rmSync(temp, { recursive: true, force: true })
})

const answers = () =>
  box.must('for i in $(seq 300); do curl -sf http://127.0.0.1:8080/healthz && exit; sleep 0.1; done; exit 1')
const knows = () => box.must(`curl -sSf http://127.0.0.1:8080/pxe/${MAC}`)

test('it installs without anything from elsewhere and brings its commands', NEEDS_ROOT, () => {
  box.must(`dpkg -i /srv/${basename(deb)}`)
  for (const command of ['bty', 'bty-console']) match(box.must(`${command} --version`), new RegExp(VERSION))
  match(box.must('echo | bty-helper'), /"hello"|version/)
  deepEqual(box.must('dpkg -V ' + PACKAGE), '')
  match(box.must('zcat /usr/share/doc/bty-console/third-party-licences.txt.gz'), /^koa \d.*: MIT$/m)
  match(box.must('systemctl is-enabled bty-console || true'), /disabled/)
})

test(
  'systemd takes the unit without a complaint and runs it as a user of its own, shut in',
  NEEDS_ROOT,
  () => {
    equal(box.must('systemd-analyze verify --man=no bty-console.service').trim(), '')
    box.must('ip link add office type veth peer name far && ip link set office up && ip link set far up')
    box.must('ip address add 192.0.2.1/24 dev office')
    box.must('echo BTY_NETBOOT_INTERFACES=office > /etc/default/bty-console')
    box.must('systemctl enable --now bty-console')
    equal(answers(), '{"status":"ok"}')
    equal(box.must('systemctl show -P User bty-console').trim(), 'bty')
    equal(box.must('stat -c %U:%a /var/lib/bty').trim(), 'bty:750')
    match(box.must('ss -Hlun sport = :69'), /:69\b/)
    const exposure = /Overall exposure level.*: (\d\.\d)/i.exec(
      box.must('systemd-analyze security bty-console.service --no-pager || true'),
    )
    ok(Number(exposure?.[1]) < 3, `exposure ${exposure?.[1]}`)
    equal(box.run('journalctl -u bty-console --no-pager').out.includes('ui/open?token='), false)
  },
)

test('a machine is met and its first contact is kept', NEEDS_ROOT, () => {
  match(knows(), /^#!ipxe/)
})

test('the command flashes a disk with what the package brings', NEEDS_ROOT, () => {
  const image = Buffer.alloc(4 * MIB, 'headless')
  writeFileSync(join(system, 'srv/image.img'), image)
  const out = box.must(`bty flash --image /srv/image.img --disk ${disk.path} --yes --json`)
  match(out, /"schema_version"/)
  execFileSync('sync')
  ok(disk.content().subarray(0, image.length).equals(image))
})

test('an upgrade goes on serving with what was there, and keeps what the operator wrote', NEEDS_ROOT, () => {
  const next = join(temp, 'next')
  execFileSync('dpkg-deb', ['-R', deb, next])
  const control = join(next, 'DEBIAN/control')
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, 'Version: 99.0'))
  execFileSync('dpkg-deb', ['-Znone', '--root-owner-group', '-b', next, join(system, 'srv/next.deb')])
  box.must('printf "[admin]\\npassword = \\"kept\\"\\n" > /etc/bty/bty.toml')
  const before = box.must('systemctl show -P MainPID bty-console')
  box.must('dpkg -i /srv/next.deb')
  equal(answers(), '{"status":"ok"}')
  ok(before !== box.must('systemctl show -P MainPID bty-console'), 'the service was not restarted')
  match(box.must('cat /etc/bty/bty.toml'), /kept/)
  const machines = box.must(
    'bty-console export /tmp/inventory --state-dir /var/lib/bty && cat /tmp/inventory/inventory.json',
  )
  match(machines, /52[:-]54[:-]00[:-]00[:-]00[:-]77/)
})

test(
  'removed, it leaves the state; purged without an answer too; purged with yes, nothing',
  NEEDS_ROOT,
  () => {
    const there = () => box.run('test -e /var/lib/bty/state.db').status === 0
    box.must(`dpkg -r ${PACKAGE}`)
    deepEqual([box.run('curl -s http://127.0.0.1:8080/healthz').status, there()], [7, true])
    match(box.must(`dpkg -P ${PACKAGE}`), /stay in \/var\/lib\/bty/)
    equal(there(), true)

    box.must('dpkg -i /srv/next.deb && systemctl start bty-console')
    answers()
    box.must(`echo '${PACKAGE} bty-console/purge-state boolean true' | debconf-set-selections`)
    box.must(`dpkg -P ${PACKAGE}`)
    deepEqual(
      [box.run('ls -A /var/lib/bty /usr/lib/bty-console /etc/bty').out.includes('state.db'), there()],
      [false, false],
    )
    equal(box.run('test -e /usr/lib/bty-console').status, 1)
  },
)
