import { deepEqual, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '../api.ts'
import type { DesktopBridge } from '../bridge.ts'
import { bridgeStream, followTerminal, type OpenStream } from './follow.ts'

const line = (value: object) => `${JSON.stringify(value)}\n`
const never = new AbortController().signal

/** Each call of the stream gives the next of these: pieces, then it breaks. */
function breaking(...runs: (string[] | ApiError)[]): { open: OpenStream; paths: string[] } {
  const paths: string[] = []
  const open: OpenStream = async function* (path) {
    paths.push(path)
    const run = runs.shift()!
    if (run instanceof ApiError) throw run
    yield* run
  }
  return { open, paths }
}

test('lines are put together from pieces, and a broken stream goes on where it was', async () => {
  const whole = line({ at: 0, text: 'héllo' })
  const { open, paths } = breaking(
    [whole.slice(0, 5), whole.slice(5), '{"at":5,"te'],
    new ApiError(0, null),
    [line({ at: 5, text: ' bench' }), line({ exit: 0, signal: null })],
  )
  const taken: object[] = []
  await followTerminal(
    'key',
    open,
    never,
    (one) => taken.push(one),
    async () => undefined,
  )
  deepEqual(taken, [
    { at: 0, text: 'héllo' },
    { at: 5, text: ' bench' },
    { exit: 0, signal: null },
  ])
  deepEqual(
    paths.map((path) => path.split('from=')[1]),
    ['0', '5', '5'],
  )
})

test('a refusal is final', async () => {
  const { open, paths } = breaking(new ApiError(404, 'this terminal has ended'))
  await rejects(
    followTerminal(
      'key',
      open,
      never,
      () => undefined,
      async () => undefined,
    ),
    /has ended/,
  )
  deepEqual(paths.length, 1)
})

test('pieces that come before the number of their stream is known are not lost, others are passed over', async () => {
  let hear: Parameters<DesktopBridge['onStream']>[0] = () => {}
  const closed: number[] = []
  const bridge = {
    onStream(listener: typeof hear) {
      hear = listener
      return () => (hear = () => {})
    },
    async openStream() {
      hear({ stream: 7, text: 'early' })
      hear({ stream: 6, text: 'of another' })
      queueMicrotask(() =>
        setImmediate(() => {
          hear({ stream: 7, text: ' late' })
          hear({ stream: 7, text: null })
        }),
      )
      return { status: 200, stream: 7 }
    },
    closeStream: async ({ stream }: { stream: number }) => closed.push(stream),
  } as unknown as DesktopBridge
  const pieces: string[] = []
  for await (const piece of bridgeStream(bridge)('/x', never)) pieces.push(piece)
  deepEqual([pieces, closed], [['early', ' late'], [7]])
})
