import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { activeVersion, byVersion, provesLiveBoot, trio, trioOf } from './artifacts.ts'

const files = (version: string, arch?: string) => {
  const { kernel, initrd, squashfs } = trio(version, arch)
  return [kernel, initrd, squashfs]
}

test('a trio is named as the contract has it', () =>
  deepEqual(files('0.60.0'), [
    'bty-netboot-pc-x86_64-v0.60.0.vmlinuz',
    'bty-netboot-pc-x86_64-v0.60.0.initrd',
    'bty-netboot-pc-x86_64-v0.60.0.squashfs',
  ]))

const names: [name: string, version: string | null, role?: string][] = [
  ['bty-netboot-pc-x86_64-v0.60.0.vmlinuz', '0.60.0', 'kernel'],
  ['bty-netboot-pc-arm64-v0.1.0-rc.1.initrd', '0.1.0-rc.1', 'initrd'],
  ['bty-netboot-pc-x86_64-v0.60.0.sha256', '0.60.0', 'manifest'],
  ['bty-netboot-pc-x86_64-v0.60.0.vmlinuz.partial', null],
  ['ipxe.efi', null],
  ['bty-netboot-pc-x86_64-v.vmlinuz', null],
]
for (const [name, version, role] of names)
  test(`${name} belongs to ${version ?? 'no trio'}`, () => {
    const found = trioOf(name)
    equal(found?.trio.version ?? null, version)
    equal(found?.role, role)
  })

const actives: [rule: string, setting: string, installed: string[], expected: string][] = [
  ['the setting wins', '9.9', files('0.2.0'), '9.9'],
  ['a setting may carry the v of a tag', 'v1.2.3', [], '1.2.3'],
  ['the newest complete trio', '', [...files('0.9.0'), ...files('0.10.0'), ...files('0.2.0')], '0.10.0'],
  ['an incomplete trio does not count', '', [...files('0.9.0'), ...files('0.10.0').slice(0, 2)], '0.9.0'],
  ['a trio of another architecture does not count', '', files('0.9.0', 'arm64'), '0.1.0'],
  ['nothing installed names the own version', '', [], '0.1.0'],
]
for (const [rule, setting, installed, expected] of actives)
  test(`active version: ${rule}`, () => equal(activeVersion(setting, new Set(installed), '0.1.0'), expected))

test('versions are ordered by number, releases after their candidates', () =>
  deepEqual(['0.10.0', '0.9.0', '0.10.0-rc.2', '0.10.0-rc.1', '0.9'].sort(byVersion), [
    '0.9',
    '0.9.0',
    '0.10.0-rc.1',
    '0.10.0-rc.2',
    '0.10.0',
  ]))

const [kernel, initrd, squashfs] = files('0.1.0') as [string, string, string]
const proofs: [name: string, installed: string[], proves: boolean][] = [
  [kernel, [kernel, initrd], true],
  [initrd, [kernel, initrd], true],
  [squashfs, [kernel, initrd, squashfs], false],
  [kernel, [kernel], false],
  [initrd, [initrd, squashfs], false],
  ['ipxe.efi', ['ipxe.efi'], false],
]
for (const [name, installed, proves] of proofs)
  test(`${name} among ${installed.length} files ${proves ? 'arms' : 'does not arm'}`, () =>
    equal(provesLiveBoot(name, new Set(installed)), proves))
