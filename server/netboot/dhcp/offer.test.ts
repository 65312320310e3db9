import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { discover, EXAMPLES, GUID, type Example } from './examples.ts'
import { offer, type OfferFacts } from './offer.ts'
import { OPTION } from './options.ts'
import { decodeDhcp, encodeDhcp, MESSAGE, OP } from './packet.ts'

const FACTS: OfferFacts = {
  address: '192.168.7.1',
  httpPort: 8080,
  port: 'dhcp',
  uefiProgram: 'snponly.efi',
  passing: false,
}
const HTTP = 'http://192.168.7.1:8080'

const boot: [example: keyof typeof EXAMPLES, uefiProgram: string, file: string | { ignored: string }][] = [
  ['bios', 'snponly.efi', 'undionly.kpxe'],
  ['bios', 'ipxe.efi', 'undionly.kpxe'],
  ['biosWithout93', 'snponly.efi', 'undionly.kpxe'],
  ['ovmf', 'snponly.efi', 'snponly.efi'],
  ['ovmf', 'shimx64.efi', 'shimx64.efi'],
  ['uefi9', 'snponly.efi', 'snponly.efi'],
  ['arm64', 'snponly.efi', 'snponly-arm64.efi'],
  ['ia32', 'snponly.efi', { ignored: 'there is no boot program for UEFI x86 (32 bits)' }],
  ['httpBoot', 'snponly.efi', `${HTTP}/boot/ipxe.efi`],
  ['httpBootArm64', 'snponly.efi', `${HTTP}/boot/ipxe-arm64.efi`],
  ['ipxeRom', 'snponly.efi', `${HTTP}/pxe-bootstrap.ipxe`],
  ['ipxeChained', 'snponly.efi', `${HTTP}/pxe-bootstrap.ipxe`],
  ['office', 'snponly.efi', { ignored: 'not a network-booting client' }],
  ['nameless', 'snponly.efi', { ignored: 'not a network-booting client' }],
]
for (const [example, uefiProgram, file] of boot)
  test(`${example}, UEFI has ${uefiProgram}: ${typeof file === 'string' ? file : file.ignored}`, () => {
    const found = offer(discover(EXAMPLES[example]), { ...FACTS, uefiProgram })
    deepEqual('reply' in found ? found.reply.file : { ignored: found.ignored }, file)
  })

const passing: [example: keyof typeof EXAMPLES, file: string][] = [
  ['ovmf', 'next-boot-entry'],
  ['httpBoot', `${HTTP}/boot/next-boot-entry`],
  ['ipxeChained', `${HTTP}/pxe-bootstrap.ipxe`],
]
for (const [example, file] of passing)
  test(`${example}, passing by on its way to the disk: ${file}`, () => {
    const found = offer(discover(EXAMPLES[example]), { ...FACTS, passing: true })
    equal('reply' in found && found.reply.file, file)
  })

test('iPXE on arm64 asks for the bootstrap of its architecture', () => {
  const found = offer(discover({ vendorClass: 'PXEClient', arch: 11, userClass: '\x04iPXE' }), FACTS)
  equal('reply' in found && found.bootFile, `${HTTP}/pxe-bootstrap.ipxe?arch=arm64`)
})

for (const example of ['bios', 'ovmf', 'httpBoot', 'ipxeRom'] as const)
  test(`the offer to ${example} holds all that any firmware wants, and no address`, () => {
    const request = discover(EXAMPLES[example])
    const found = offer(request, FACTS)
    ok('reply' in found)
    const reply = decodeDhcp(encodeDhcp(found.reply))!
    const text = (code: number) => reply.options.get(code)?.toString('latin1')
    deepEqual(
      [reply.op, reply.xid, reply.mac, reply.broadcast, reply.yiaddr, reply.siaddr],
      [OP.REPLY, request.xid, request.mac, true, '0.0.0.0', '192.168.7.1'],
    )
    deepEqual([...reply.options.get(OPTION.MESSAGE_TYPE)!], [MESSAGE.OFFER])
    deepEqual([...reply.options.get(OPTION.SERVER_ID)!], [192, 168, 7, 1])
    equal(text(OPTION.VENDOR_CLASS), example === 'httpBoot' ? 'HTTPClient' : 'PXEClient')
    deepEqual([text(OPTION.SERVER_NAME), text(OPTION.BOOT_FILE)], ['192.168.7.1', reply.file])
    deepEqual(reply.options.get(OPTION.GUID), GUID)
    equal(reply.options.get(OPTION.VENDOR)!.toString('hex'), '060108ff')
  })

const types: [type: number, port: 'dhcp' | 'pxe', answer: number | string][] = [
  [MESSAGE.DISCOVER, 'dhcp', MESSAGE.OFFER],
  [MESSAGE.REQUEST, 'dhcp', 'meant for the DHCP server'],
  [MESSAGE.INFORM, 'dhcp', MESSAGE.ACK],
  [MESSAGE.DISCOVER, 'pxe', 'meant for the DHCP server'],
  [MESSAGE.REQUEST, 'pxe', MESSAGE.ACK],
  [MESSAGE.INFORM, 'pxe', MESSAGE.ACK],
  [MESSAGE.NAK, 'dhcp', 'meant for the DHCP server'],
]
for (const [type, port, answer] of types)
  test(`message ${type} on the ${port} port: ${answer}`, () => {
    const found = offer(discover({ ...EXAMPLES.ovmf, type }), { ...FACTS, port })
    equal('reply' in found ? found.reply.options.get(OPTION.MESSAGE_TYPE)![0] : found.ignored, answer)
  })

const strange: [why: string, example: Example, more: object][] = [
  ['a reply of another server', EXAMPLES.ovmf, { op: OP.REPLY }],
  ['a MAC of zeros', { ...EXAMPLES.ovmf, mac: '00:00:00:00:00:00' }, {}],
  ['a group address as MAC', { ...EXAMPLES.ovmf, mac: 'ff:ff:ff:ff:ff:ff' }, {}],
]
for (const [why, example, more] of strange)
  test(`${why} is no client`, () => equal(offer(discover(example, more), FACTS).client, null))

test('an overlong GUID does not make the answer longer', () => {
  const request = discover(EXAMPLES.ovmf)
  request.options.set(OPTION.GUID, Buffer.alloc(900))
  const found = offer(request, FACTS)
  equal('reply' in found && found.reply.options.get(OPTION.GUID)!.length, 17)
})
