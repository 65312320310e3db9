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
  for (let i = 0; i < 999; i++) throttle.failed(`10.0.0.${i}`)
  equal(throttle.waitMs('first') > 0, true)
  throttle.failed('one more')
  equal(throttle.waitMs('first'), 0)
})
