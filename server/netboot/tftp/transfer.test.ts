import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { negotiate } from './negotiate.ts'
import { begin, MAX_TRIES, retryAfterMs, step, type TransferEvent } from './transfer.ts'

const ack = (block: number): TransferEvent => ({ type: 'ack', block })
const TIMEOUT: TransferEvent = { type: 'timeout' }
const STOP: TransferEvent = { type: 'error', code: 8, message: 'User aborted' }
const GONE: TransferEvent = { type: 'unreachable' }

/** What a transfer does, event by event, in short words. */
function play(asked: Record<string, string>, sizeBytes: number, events: TransferEvent[]): string[] {
  let [state, action] = begin(negotiate(asked, sizeBytes), sizeBytes)
  const words = [word(action)]
  for (const event of events) {
    ;[state, action] = step(state, event)
    words.push(word(action))
  }
  return words
}

function word(action: ReturnType<typeof step>[1]): string {
  if (action.type === 'send-blocks') return `${action.from}-${action.to}`
  return action.type === 'end' ? action.outcome : action.type
}

const window4 = { blksize: '8', windowsize: '4' }
const cases: [
  rule: string,
  asked: Record<string, string>,
  size: number,
  events: TransferEvent[],
  does: string[],
][] = [
  ['without options the first block comes at once', {}, 600, [ack(1), ack(2)], ['1-1', '2-2', 'done']],
  ['a file of whole blocks ends with an empty one', {}, 512, [ack(1), ack(2)], ['1-1', '2-2', 'done']],
  ['an empty file is one empty block', {}, 0, [ack(1)], ['1-1', 'done']],
  [
    'agreed options wait for ACK 0',
    { blksize: '8' },
    9,
    [ack(1), ack(0), ack(1)],
    ['send-options', 'wait', '1-1', '2-2'],
  ],
  [
    'a repeated ACK never resends',
    {},
    2000,
    [ack(1), ack(1), ack(1), ack(2)],
    ['1-1', '2-2', 'wait', 'wait', '3-3'],
  ],
  ['an ACK of a block not sent moves nothing', {}, 2000, [ack(2), ack(60_000)], ['1-1', 'wait', 'wait']],
  ['ACK 0 without options moves nothing', {}, 2000, [ack(0)], ['1-1', 'wait']],
  ['silence sends the same block again', {}, 2000, [TIMEOUT, ack(1), TIMEOUT], ['1-1', '1-1', '2-2', '2-2']],
  [
    'silence sends the options again',
    { tsize: '0' },
    9,
    [TIMEOUT, ack(0)],
    ['send-options', 'send-options', '1-1'],
  ],
  [
    'a window is answered by its last block',
    window4,
    60,
    [ack(0), ack(4), ack(8)],
    ['send-options', '1-4', '5-8', 'done'],
  ],
  [
    'an ACK inside a window goes on behind it',
    window4,
    60,
    [ack(0), ack(2), ack(2)],
    ['send-options', '1-4', '3-6', 'wait'],
  ],
  [
    'a lost window comes again as a whole',
    window4,
    60,
    [ack(0), ack(4), TIMEOUT],
    ['send-options', '1-4', '5-8', '5-8'],
  ],
  ['a probe of the size ends without failure', { tsize: '0' }, 9, [STOP], ['send-options', 'probed']],
  ['a probe may end by closing the port', { tsize: '0' }, 9, [GONE], ['send-options', 'probed']],
  ['an ERROR in the middle is a failure', {}, 2000, [ack(1), STOP], ['1-1', '2-2', 'stopped']],
  [
    'after the end nothing is sent',
    {},
    9,
    [ack(1), ack(1), TIMEOUT, STOP],
    ['1-1', 'done', 'wait', 'wait', 'wait'],
  ],
]
for (const [rule, asked, size, events, does] of cases)
  test(rule, () => deepEqual(play(asked, size, events), does))

test('silence ends a transfer after its tries, and says where', () => {
  const events = Array.from({ length: MAX_TRIES }, () => TIMEOUT)
  deepEqual(play({}, 600, events), [...Array.from({ length: MAX_TRIES }, () => '1-1'), 'stalled'])
  equal(ending({}, 1100, [ack(1), ...events]), 'no answer from the client at block 2 of 3 after 6 tries')
})

const LOST_ACK = /the last block was sent, so it is likely that the client has the file/
const endings: [
  rule: string,
  asked: Record<string, string>,
  events: TransferEvent[],
  isLikelyDone: boolean,
][] = [
  ['silence after the last block', {}, [ack(1), ...silence()], true],
  ['silence after the last window', window4, [ack(0), ack(2), ...silence()], true],
  ['a port that is closed after the last block', {}, [ack(1), GONE], true],
  ['silence before the last block', {}, silence(), false],
  ['a port that is closed before the last block', {}, [GONE], false],
  ['silence to the options', { blksize: '8' }, silence(), false],
]
for (const [rule, asked, events, isLikelyDone] of endings)
  test(`${rule} ${isLikelyDone ? 'is likely a lost last ACK, and says so' : 'is no lost last ACK'}`, () =>
    equal(LOST_ACK.test(ending(asked, asked === window4 ? 40 : 600, events)), isLikelyDone))

function silence(): TransferEvent[] {
  return Array.from({ length: MAX_TRIES }, () => TIMEOUT)
}

/** Why a transfer of these events failed. */
function ending(asked: Record<string, string>, sizeBytes: number, events: TransferEvent[]): string {
  let [state, action] = begin(negotiate(asked, sizeBytes), sizeBytes)
  for (const event of events) [state, action] = step(state, event)
  if (action.type === 'end') equal(action.outcome === 'likely-done', LOST_ACK.test(action.text))
  return action.type === 'end' ? action.text : ''
}

test('progress gives new tries', () => {
  const almost = Array.from({ length: MAX_TRIES - 1 }, () => TIMEOUT)
  equal(play({}, 2000, [...almost, ack(1), ...almost, ack(2)]).at(-1), '3-3')
})

test('block numbers wrap at 65535 to 0, in windows too', () => {
  const sizeBytes = 8 * 70_000
  for (const windowsize of ['1', '4']) {
    const [initial] = begin(negotiate({ blksize: '8', windowsize }, sizeBytes), sizeBytes)
    let [state, action] = step(initial, ack(0))
    while (action.type === 'send-blocks') [state, action] = step(state, ack(action.to & 0xffff))
    deepEqual(action, { type: 'end', outcome: 'done', text: '560000 bytes in 70001 blocks' })
  }
})

test('the client chooses the time between tries, else it doubles up to four seconds', () => {
  const times = (asked: Record<string, string>) => {
    let state = begin(negotiate(asked, 9), 9)[0]
    return [1, 2, 3, 4].map(() => {
      const ms = retryAfterMs(state)
      state = step(state, TIMEOUT)[0]
      return ms
    })
  }
  deepEqual(times({}), [1000, 2000, 4000, 4000])
  deepEqual(times({ timeout: '3' }), [3000, 3000, 3000, 3000])
})
