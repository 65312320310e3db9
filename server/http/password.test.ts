import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { createThrottle, samePassword } from './password.ts'

test('only the password itself is the password', () => {
  equal(samePassword('secret', 'secret'), true)
  for (const wrong of ['', 'secre', 'secret ', 'Secret', 'secretsecret'])
    equal(samePassword(wrong, 'secret'), false)
})

test('waits double from the sixth try on, up to a minute, and end with a success or a quarter of an hour', () => {
  let now = 0
  const throttle = createThrottle(() => now)
  const waits = Array.from({ length: 14 }, () => {
    const wait = throttle.waitMs('a')
    now += wait
    throttle.failed('a')
    return wait / 1000
  })
  deepEqual(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
  equal(throttle.waitMs('b'), 0)
  now += 15 * 60_000
  equal(throttle.waitMs('a'), 0)
  for (let i = 0; i < 6; i++) throttle.failed('a')
  throttle.succeeded('a')
  equal(throttle.waitMs('a'), 0)
})

test('a thousand addresses are remembered, the oldest goes first', () => {
  const throttle = createThrottle(() => 0)
  for (let i = 0; i < 6; i++) throttle.failed('first')
  for (let i = 0; i < 999; i++) throttle.failed(`127.0.${i >> 8}.${i & 255}`)
  equal(throttle.waitMs('first') > 0, true)
  throttle.failed('one more')
  equal(throttle.waitMs('first'), 0)
})

test('the addresses of one IPv6 network wait together', () => {
  const throttle = createThrottle(() => 1000)
  for (let i = 1; i <= 5; i++) throttle.failed(`2001:db8:1:2::${i}`)
  equal(throttle.waitMs('2001:db8:1:2:ffff::9'), 1000)
  equal(throttle.waitMs('2001:db8:1:3::9'), 0)
})

test('a thousand addresses share one try a second, and this machine is not held up', () => {
  let now = 1000
  const throttle = createThrottle(() => now)
  let tried = 0
  for (let i = 0; i < 2000; i++) {
    const address = `10.0.${i >> 8}.${i & 255}`
    if (throttle.waitMs(address) === 0) {
      tried++
      throttle.failed(address)
    }
  }
  equal(tried, 100)
  equal(throttle.waitMs('192.0.2.1'), 1000)
  equal(throttle.waitMs('127.0.0.1'), 0)
  now += 1000
  equal(throttle.waitMs('192.0.2.1'), 0)
  now += 15 * 60_000
  throttle.failed('192.0.2.1')
  equal(throttle.waitMs('192.0.2.2'), 0, 'old failures are forgotten')
})

test('a clock that steps back five hours locks nobody out for hours', () => {
  let now = 10 * 3_600_000
  const throttle = createThrottle(() => now)
  for (let i = 0; i < 100; i++) throttle.failed('192.0.2.1')
  now -= 5 * 3_600_000
  equal(throttle.waitMs('192.0.2.1'), 60_000)
  equal(throttle.waitMs('192.0.2.2'), 1000)
  now += 60_000
  equal(throttle.waitMs('192.0.2.1'), 0)
  equal(throttle.waitMs('192.0.2.2'), 0)
})
