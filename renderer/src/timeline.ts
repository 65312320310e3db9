/** Boot trace and audit events of one machine as one story, newest first. Pure. */
import type { AuditEvent, TraceEntry } from '../../server/api/index.ts'
import { words } from './words.ts'

export type Tone = 'plain' | 'good' | 'work' | 'warn' | 'bad'

export interface Moment {
  key: string
  at: string
  kind: 'trace' | 'event'
  /** Where it was seen: DHCP, TFTP, HTTP, the agent, or the audit log. */
  tag: string
  text: string
  count: number
  tone: Tone
}

const STEP_TONES: Partial<Record<TraceEntry['step'], Tone>> = {
  'tftp-missing': 'warn',
  'tftp-stalled': 'warn',
  'tftp-stopped': 'warn',
  'tftp-error': 'warn',
  'http-missing': 'warn',
  'http-cut': 'warn',
  'dhcp-ignored': 'warn',
}

const EVENT_TONES: Record<string, Tone> = {
  'machine.flashed': 'good',
  'machine.inventory': 'good',
  'netboot.flasher.armed': 'work',
  'pxe.client.orphan': 'warn',
}

export function toneOfEvent(kind: string): Tone {
  return kind.endsWith('failed') ? 'bad' : (EVENT_TONES[kind] ?? 'plain')
}

/** On the page of `mac` its name goes without saying. */
export function timeline(mac: string, trace: readonly TraceEntry[], events: readonly AuditEvent[]): Moment[] {
  const seen = trace.map((entry, index) => ({ ...ofTrace(entry, index), order: index }))
  const told = events.map((event) => ({ ...ofEvent(mac, event), order: event.id }))
  return [...seen, ...told]
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || b.order - a.order)
    .map(({ order: _, ...moment }) => moment)
}

function ofTrace(entry: TraceEntry, index: number): Moment {
  const tone = STEP_TONES[entry.step] ?? 'plain'
  return {
    key: `t${index}`,
    at: entry.at,
    kind: 'trace',
    tag: words.steps[entry.step] ?? entry.step,
    text: entry.text,
    count: entry.count,
    tone,
  }
}

function ofEvent(mac: string, event: AuditEvent): Moment {
  return {
    key: `e${event.id}`,
    at: event.ts,
    kind: 'event',
    tag: words.machine.event,
    text: withoutName(mac, event.summary),
    count: 1,
    tone: toneOfEvent(event.kind),
  }
}

function withoutName(mac: string, text: string): string {
  const rest = text.replace(/^machine /i, '')
  return rest.startsWith(`${mac} `)
    ? rest.charAt(mac.length + 1).toUpperCase() + rest.slice(mac.length + 2)
    : text
}
