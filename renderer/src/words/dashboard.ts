/** Words of the overview. */
import { plural } from './plural.ts'

export const dashboardWords = {
  title: 'Overview',
  ready: 'Ready for network boots',
  notReady: (count: number) => `${plural(count, 'thing needs', 'things need')} attention`,
  otherChecks: (count: number) => `${plural(count, 'other check')}: fine, or for your information`,
  okOf: (ok: number, total: number) => `${ok} of ${total} OK`,
  states: { ok: 'OK', problem: 'Not OK', advisory: 'For your information' },
  networkWaits: 'A network waits for your answer: may bty answer PXE clients there?',
  total: 'Machines',
  working: 'Working now',
  failed: 'Failed',
  unassigned: 'Without image',
  images: 'Images',
  lastSeen: 'Last seen',
  lastFlashed: 'Last flashed',
  now: 'Working now',
  events: 'Latest events',
  noEvents: 'Nothing has happened yet.',
}
