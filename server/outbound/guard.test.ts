import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { literalAddress, refusedAddress } from './guard.ts'

const refused: string[] = [
  '169.254.169.254',
  '169.254.0.0',
  '169.254.255.255',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '0.0.0.0',
  '0.1.2.3',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'ff02::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '::ffff:0.0.0.0',
  '::a9fe:a9fe',
  '::ffff:0:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  '64:ff9b::6464:64c8',
  'not an address',
  '',
]
for (const address of refused)
  test(`refuses ${JSON.stringify(address)}`, () => equal(typeof refusedAddress(address), 'string'))

const allowed = [
  '127.0.0.1',
  '127.255.0.9',
  '10.0.0.5',
  '172.16.0.1',
  '192.168.1.1',
  '192.0.2.7',
  '100.64.0.1',
  '100.100.100.201',
  '169.253.255.255',
  '169.255.0.0',
  '1.0.0.0',
  '223.255.255.255',
  '140.82.112.3',
  '::1',
  'fd00::5',
  'fd00:ec2::253',
  'fec0::1',
  '2001:db8::1',
  '::ffff:192.168.1.1',
  '64:ff9b::c0a8:101',
  '2002:c0a8:101::1',
]
for (const address of allowed) test(`lets pass ${address}`, () => equal(refusedAddress(address), null))

const METADATA = '169.254.169.254'
const spellings: [url: string, address: string | null][] = [
  ['http://169.254.169.254/', METADATA],
  ['http://169.254.169.254./', METADATA],
  ['http://2852039166/', METADATA],
  ['http://0xa9fea9fe/', METADATA],
  ['http://0xA9.0xFE.0xA9.0xFE/', METADATA],
  ['http://0251.0376.0251.0376/', METADATA],
  ['http://0251.254.0xa9.254/', METADATA],
  ['http://169.254.43518/', METADATA],
  ['http://169.16689662/', METADATA],
  ['http://１６９.254.169。254/', METADATA],
  ['http://%31%36%39.254.169.254/', METADATA],
  ['http://user:secret@169.254.169.254:80/x?y#z', METADATA],
  ['http://[::ffff:169.254.169.254]/', '::ffff:a9fe:a9fe'],
  ['http://[0:0:0:0:0:ffff:a9fe:a9fe]/', '::ffff:a9fe:a9fe'],
  ['http://[64:ff9b::169.254.169.254]/', '64:ff9b::a9fe:a9fe'],
  ['http://[FE80::1]/', 'fe80::1'],
  ['http://[::]/', '::'],
  ['http://0/', '0.0.0.0'],
  ['http://metadata.google.internal/', null],
  ['http://localhost/', null],
  ['http://169.254.169.254.example.com/', null],
]
for (const [url, address] of spellings)
  test(`reads ${url} as ${address ?? 'a name'}`, () => {
    equal(literalAddress(new URL(url)), address)
    if (address !== null) equal(typeof refusedAddress(address), 'string')
  })
