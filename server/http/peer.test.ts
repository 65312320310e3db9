import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalIp, isLoopback, isLoopbackHost } from './peer.ts'

const addresses: [raw: string, canonical: string][] = [
  ['192.168.1.5', '192.168.1.5'],
  ['::ffff:192.168.1.5', '192.168.1.5'],
  ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['unix:/run/x', 'unix:/run/x'],
  ['', ''],
]
for (const [raw, canonical] of addresses)
  test(`address ${raw || '(empty)'} is ${canonical}`, () => equal(canonicalIp(raw), canonical))

const loopback: [address: string | null, expected: boolean][] = [
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['192.168.1.5', false],
  ['::ffff:10.0.0.1', false],
  ['localhost', false],
  ['', false],
  [null, false],
]
for (const [address, expected] of loopback)
  test(`${address} is ${expected ? '' : 'not '}loopback`, () => equal(isLoopback(address), expected))

const hosts: [host: string, expected: boolean][] = [
  ['localhost:8080', true],
  ['LOCALHOST', true],
  ['127.0.0.1:8080', true],
  ['[::1]:8080', true],
  ['127.0.0.1.evil.example', false],
  ['localhost.evil.example:8080', false],
  ['evil.example', false],
  ['', false],
]
for (const [host, expected] of hosts)
  test(`Host ${host || '(empty)'} is ${expected ? '' : 'not '}loopback`, () =>
    equal(isLoopbackHost(host), expected))
