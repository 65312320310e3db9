/**
 * Routes whose request or answer is not JSON: boot scripts, files, streams, and the plain forms of the wire contract (1.13).
 * They are mounted by hand; a test holds this list to what the server serves.
 */
import type { Route } from './route.ts'

export type RawRoute = Pick<Route, 'path' | 'access' | 'summary'> & { method: Route['method'] | 'HEAD' }

/** Pages of the console under `/ui/` that need a session (wire contract, 10, and what this console adds). */
export const CONSOLE_PAGES = [
  'dashboard',
  'machines',
  'images',
  'netboot',
  'flash',
  'sticks',
  'backups',
  'events',
  'terminal',
  'settings',
  'account',
] as const

export const RAW_ROUTES: readonly RawRoute[] = [
  { method: 'GET', path: '/ui/backups/:id/download', access: 'operator', summary: 'An inventory bundle' },
  { method: 'DELETE', path: '/ui/backups/:id', access: 'operator', summary: 'Delete an inventory bundle' },
  { method: 'GET', path: '/api/backups/full/:id/download', access: 'operator', summary: 'A full backup' },
  {
    method: 'GET',
    path: '/pxe-bootstrap.ipxe',
    access: 'open',
    summary: 'First iPXE script: chains to the one of the machine',
  },
  { method: 'GET', path: '/pxe/:mac', access: 'open', summary: 'iPXE script for this machine, now' },
  {
    method: 'GET',
    path: '/pxe/:mac/grub.cfg',
    access: 'open',
    summary: 'The same for GRUB, where Secure Boot is on',
  },
  { method: 'GET', path: '/boot/:name', access: 'open', summary: 'A boot file; `?mac=` arms that machine' },
  { method: 'HEAD', path: '/boot/:name', access: 'open', summary: 'The same without the bytes' },
  {
    method: 'PUT',
    path: '/boot/:name',
    access: 'operator',
    summary: 'Upload a boot file, whole or not at all',
  },
  {
    method: 'GET',
    path: '/b/{*path}',
    access: 'open',
    summary: 'An image through the cache: `/b/<token>/<name>`, with ranges',
  },
  { method: 'HEAD', path: '/b/{*path}', access: 'open', summary: 'Is it to be had; also starts fetching it' },
  { method: 'GET', path: '/blob', access: 'open', summary: 'The same by `?url=`' },
  { method: 'HEAD', path: '/blob', access: 'open', summary: 'The same without the bytes' },
  {
    method: 'PUT',
    path: '/api/images/:name',
    access: 'operator',
    summary: 'Upload an image that only this console has; `?sha256=` is compared',
  },
  { method: 'GET', path: '/catalog.toml', access: 'open', summary: 'The catalog as a manifest' },
  {
    method: 'GET',
    path: '/machines/:mac/lshw.json',
    access: 'operator',
    summary: 'Hardware as the machine reported it',
  },
  {
    method: 'GET',
    path: '/machines/:mac/disks.json',
    access: 'operator',
    summary: 'Disks as the machine reported them',
  },
  {
    method: 'GET',
    path: '/events/machines',
    access: 'operator',
    summary: 'Live stream: machines and summaries',
  },
  {
    method: 'GET',
    path: '/api/desk/terminals/:key/output',
    access: 'desk',
    summary: 'What a terminal shows, as JSON lines',
  },
  { method: 'GET', path: '/events/workers', access: 'operator', summary: 'Live stream: jobs' },
  { method: 'GET', path: '/', access: 'open', summary: 'To the sign-in page' },
  { method: 'GET', path: '/ui', access: 'open', summary: 'To the dashboard' },
  { method: 'GET', path: '/ui/open', access: 'desk', summary: 'Sign in by the one-time link of this laptop' },
  { method: 'GET', path: '/ui/login', access: 'operator', summary: 'Sign-in page' },
  { method: 'POST', path: '/ui/login', access: 'operator', summary: 'Form: sign in' },
  { method: 'POST', path: '/ui/logout', access: 'open', summary: 'Form: sign out' },
  ...CONSOLE_PAGES.map((page): RawRoute => ({
    method: 'GET',
    path: `/ui/${page}`,
    access: 'operator',
    summary: 'Page of the console',
  })),
  { method: 'GET', path: '/ui/machines/:mac', access: 'operator', summary: 'Page of one machine' },
  { method: 'POST', path: '/ui/machines/:mac', access: 'operator', summary: 'Form: save a machine' },
  { method: 'POST', path: '/ui/machines/:mac/delete', access: 'operator', summary: 'Form: forget a machine' },
  { method: 'POST', path: '/ui/catalog/entries', access: 'operator', summary: 'Form: add an image by URL' },
  { method: 'POST', path: '/ui/catalog/upload', access: 'operator', summary: 'Form: upload a catalog.toml' },
  {
    method: 'POST',
    path: '/ui/netboot/fetch-release',
    access: 'operator',
    summary: 'Form: fetch the live media of a release',
  },
  {
    method: 'POST',
    path: '/ui/settings/config/edit',
    access: 'operator',
    summary: 'Form: write one key of bty.toml',
  },
  {
    method: 'POST',
    path: '/ui/settings/upstream',
    access: 'operator',
    summary: 'Form: where live media and catalog come from',
  },
  {
    method: 'POST',
    path: '/ui/settings/backup',
    access: 'operator',
    summary: 'Form: the schedule of backups',
  },
  {
    method: 'POST',
    path: '/ui/catalog/fetch-release',
    access: 'operator',
    summary: 'Form: fetch the default catalog',
  },
  { method: 'POST', path: '/ui/catalog/entries/check', access: 'operator', summary: 'Form: check an image' },
  { method: 'POST', path: '/ui/events/acknowledge', access: 'operator', summary: 'Form: acknowledge events' },
  { method: 'GET', path: '/static/*path', access: 'open', summary: 'Files of the console' },
]
