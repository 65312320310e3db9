import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { ways } from './ways.ts'

type Step = { at: number; asks?: 'pxe' | 'http'; script?: true }

const cases: [rule: string, steps: Step[], second: boolean[]][] = [
  ['the first way is served', [{ at: 0, asks: 'pxe' }], [false]],
  [
    'HTTP Boot right after the script of a PXE boot is the same power-on',
    [
      { at: 0, asks: 'pxe' },
      { at: 3, script: true },
      { at: 9, asks: 'http' },
      { at: 13, asks: 'http' },
    ],
    [false, true, true],
  ],
  [
    'so is PXE after HTTP Boot',
    [
      { at: 0, asks: 'http' },
      { at: 3, script: true },
      { at: 9, asks: 'pxe' },
    ],
    [false, true],
  ],
  [
    'HTTP Boot after a PXE boot that never got its script is served',
    [
      { at: 0, asks: 'pxe' },
      { at: 30, asks: 'http' },
    ],
    [false, false],
  ],
  [
    'the next power-on by the same way is served, however soon',
    [
      { at: 0, asks: 'pxe' },
      { at: 3, script: true },
      { at: 9, asks: 'http' },
      { at: 25, asks: 'pxe' },
      { at: 27, script: true },
      { at: 31, asks: 'http' },
    ],
    [false, true, false, true],
  ],
  [
    'another way a minute after the script is served: the boot order was changed',
    [
      { at: 0, asks: 'pxe' },
      { at: 3, script: true },
      { at: 63, asks: 'http' },
    ],
    [false, false],
  ],
]
for (const [rule, steps, wanted] of cases)
  test(rule, () => {
    let now = 0
    let script: number | null = null
    const { isSecond } = ways(() => now)
    const seen = steps.flatMap((step) => {
      now = step.at * 1000
      if (step.script) script = now
      return step.asks === undefined ? [] : [isSecond('52:54:00:00:00:01', step.asks, script)]
    })
    deepEqual(seen, wanted)
  })
