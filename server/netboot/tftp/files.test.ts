import { deepEqual, equal } from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { grubEntry } from '../../boot/grub.ts'
import { autoexecScript } from '../../boot/ipxe.ts'
import { fileOf, tftpFiles } from './files.ts'

const cases: [asked: string, file: string | null][] = [
  ['snponly.efi', 'snponly.efi'],
  ['/snponly.efi', 'snponly.efi'],
  ['boot/x86/undionly.kpxe', 'undionly.kpxe'],
  ['\\Boot\\IPXE.EFI', 'ipxe.efi'],
  ['autoexec.ipxe', 'autoexec.ipxe'],
  ['/debian-installer/amd64/grub/grub.cfg', 'grub.cfg'],
  ['grub/grub.cfg-01-52-54-00-00-00-01', null],
  ['revocations_sbat.efi', null],
  ['boot/autoexec.ipxe', 'autoexec.ipxe'],
  ['', null],
  ['/', null],
  ['snponly.efi/', null],
  ['../../etc/passwd', null],
  ['constructor', null],
  ['__proto__', null],
  ['snponly.efi ', null],
]
for (const [asked, file] of cases)
  test(`asked for ${JSON.stringify(asked)}`, () => equal(fileOf(asked), file))

let ipxeDir: string
before(async () => {
  ipxeDir = await mkdtemp(join(tmpdir(), 'bty-tftp-files-'))
  await writeFile(join(ipxeDir, 'ipxe.efi'), 'with drivers')
  await writeFile(join(ipxeDir, 'secret'), 'secret')
})
after(() => rm(ipxeDir, { recursive: true }))

async function content(name: string): Promise<string | null> {
  const file = await tftpFiles({ ipxeDir, address: '192.168.7.1', httpPort: 8080 })(name)
  return file === null ? null : Buffer.from(await file.read(0, file.sizeBytes)).toString()
}

test('autoexec.ipxe names the address of its interface', async () => {
  equal(await content('autoexec.ipxe'), autoexecScript('192.168.7.1:8080'))
})

test('grub.cfg names the address of its interface', async () => {
  equal(await content('/grub/grub.cfg'), grubEntry('192.168.7.1', 8080))
})

test('the other UEFI binary stands in for a missing one', async () => {
  deepEqual([await content('snponly.efi'), await content('ipxe.efi')], ['with drivers', 'with drivers'])
})

test('a binary that was not built, and a file outside of the table, do not exist', async () => {
  deepEqual([await content('undionly.kpxe'), await content('secret')], [null, null])
})
