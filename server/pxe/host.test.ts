import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import type Koa from 'koa'
import { requestHost } from './host.ts'

/** The two things that `requestHost` asks of a context. */
const request = (host: string, localAddress = '192.0.2.1') =>
  ({ get: () => host, req: { socket: { localAddress, localPort: 8080 } } }) as unknown as Koa.Context

const TAKEN = ['192.0.2.7:8080', '192.0.2.7', 'laptop.lan:80', 'Laptop_2.local', '[2001:db8::1]:8080']
for (const host of TAKEN)
  test(`Host ${host} is taken as it is`, () => equal(requestHost(request(host), 'x'), host))

const REFUSED = [
  ...['', ' ', 'a b', 'a\nboot', 'a\r\nboot', 'a/../b', 'a\\', 'a"', 'a;b', 'a#b', 'a?b', 'user@a', 'a${b}'],
  ...['a:port', 'a:123456', 'a:80:80', '[::1', 'é', 'a && reboot', 'a||b', '`id`', '$(id)'],
]
for (const host of REFUSED)
  test(`Host ${JSON.stringify(host)} reaches no script`, () =>
    equal(requestHost(request(host), ''), '192.0.2.1:8080'))

const INSTEAD: [advertised: string, localAddress: string, host: string][] = [
  ['nat.example', '192.0.2.1', 'nat.example:8080'],
  ['nat.example:80', '192.0.2.1', 'nat.example:80'],
  ['', '::ffff:192.0.2.1', '192.0.2.1:8080'],
  ['', '2001:db8::1', '[2001:db8::1]:8080'],
]
for (const [advertised, localAddress, host] of INSTEAD)
  test(`without a Host header it is ${host}`, () =>
    equal(requestHost(request('', localAddress), advertised), host))
