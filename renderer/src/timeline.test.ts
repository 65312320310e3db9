import { deepEqual } from 'node:assert/strict'
import test from 'node:test'
import type { AuditEvent, TraceEntry } from '../../server/api/index.ts'
import { timeline, toneOfEvent } from './timeline.ts'

const MAC = '52:54:00:00:00:01'
const event = (id: number, ts: string, kind: string, summary: string): AuditEvent => ({
  id,
  ts,
  kind,
  summary,
  subject_kind: 'machine',
  subject_id: MAC,
  actor: 'pxe-client',
  source_ip: null,
  details: null,
  acknowledged: false,
})
const trace: TraceEntry[] = [
  { at: '2026-11-21T09:00:00Z', step: 'dhcp-discover', text: 'DISCOVER from UEFI x86-64', count: 3 },
  { at: '2026-11-21T09:00:02Z', step: 'tftp-error', text: 'aborted', count: 1 },
]

test('trace and events are one story, newest first, without the name of the machine', () => {
  const events = [
    event(2, '2026-11-21T09:00:05Z', 'machine.flashed', `${MAC} reported a finished flash`),
    event(1, '2026-11-21T09:00:01Z', 'machine.upserted', `Machine ${MAC} saved`),
  ]
  deepEqual(
    timeline(MAC, trace, events).map(({ kind, tag, text, count, tone }) => [kind, tag, text, count, tone]),
    [
      ['event', 'Event', 'Reported a finished flash', 1, 'good'],
      ['trace', 'TFTP', 'aborted', 1, 'warn'],
      ['event', 'Event', 'Saved', 1, 'plain'],
      ['trace', 'DHCP', 'DISCOVER from UEFI x86-64', 3, 'plain'],
    ],
  )
})

test('what happened at the same instant keeps its order', () => {
  const at = '2026-11-21T09:00:00Z'
  const events = [event(8, at, 'x', 'second'), event(7, at, 'x', 'first')]
  deepEqual(
    timeline(MAC, [], events).map(({ text }) => text),
    ['second', 'first'],
  )
})

test('a failure is red whatever its kind', () => {
  deepEqual(['machine.flash_failed', 'auth.login.failed', 'machine.flashed', 'x'].map(toneOfEvent), [
    'bad',
    'bad',
    'good',
    'plain',
  ])
})
