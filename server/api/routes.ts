/**
 * Every JSON route once: Koa mounts this table, the console's client is derived from it, the docs are made from it.
 * Access: `open` (PXE clients), `operator` (session), `desk` (this laptop only). A subject with a file of its own brings
 * schemas and routes along; here they become one table.
 */
import { z } from 'zod'
import { backupRoutes } from './backups.ts'
import { cacheRoutes } from './cache.ts'
import { deskRoutes } from './desk.ts'
import { diagnosisRoutes } from './diagnosis.ts'
import { hardwareRoutes } from './hardware.ts'
import { readinessRoutes } from './readiness.ts'
import { releaseRoutes } from './releases.ts'
import { catalogRoutes } from './catalog.ts'
import type { Route } from './route.ts'
import { ImageListQuery, MachineListQuery } from './lists.ts'
import * as s from './schemas.ts'
import { settingsRoutes } from './settings.ts'
import { stickRoutes } from './sticks.ts'
import { terminalRoutes } from './terminal.ts'
import { updateRoutes } from './updates.ts'

const MiB = 1024 * 1024

export const ROUTES = {
  health: {
    method: 'GET',
    path: '/healthz',
    access: 'open',
    output: z.object({ status: z.literal('ok') }),
    status: 200,
    summary: 'The server answers',
  },
  version: {
    method: 'GET',
    path: '/version',
    access: 'open',
    output: z.object({ version: z.string() }),
    status: 200,
    summary: 'Version of this server',
  },

  pxePlan: {
    method: 'GET',
    path: '/pxe/:mac/plan',
    access: 'open',
    status: 200,
    output: z.record(z.string(), z.unknown()),
    summary: 'What the agent should do now',
  },
  pxeInventory: {
    method: 'POST',
    path: '/pxe/:mac/inventory',
    access: 'open',
    body: s.Inventory,
    status: 204,
    bodyLimit: 32 * MiB,
    summary: 'The machine reports its disks',
  },
  pxeDone: {
    method: 'POST',
    path: '/pxe/:mac/done',
    access: 'open',
    status: 204,
    summary: 'The machine reports a verified flash',
  },
  pxeStatus: {
    method: 'POST',
    path: '/pxe/:mac/status',
    access: 'open',
    body: s.StatusReport,
    status: 204,
    summary: 'The machine reports success or failure',
  },
  pxeProgress: {
    method: 'POST',
    path: '/pxe/:mac/progress',
    access: 'open',
    body: s.Progress,
    status: 204,
    summary: 'The machine reports how far it is',
  },

  images: {
    method: 'GET',
    path: '/images',
    access: 'open',
    query: ImageListQuery,
    output: z.array(s.ImageEntry),
    status: 200,
    summary: 'Images on offer',
  },

  session: {
    method: 'GET',
    path: '/api/session',
    access: 'open',
    output: s.Session,
    status: 200,
    summary: 'Who is signed in',
  },
  login: {
    method: 'POST',
    path: '/api/session',
    access: 'open',
    body: s.Login,
    output: s.Session,
    status: 200,
    summary: 'Sign in',
  },
  logout: { method: 'DELETE', path: '/api/session', access: 'open', status: 204, summary: 'Sign out' },

  machines: {
    method: 'GET',
    path: '/machines',
    access: 'operator',
    query: MachineListQuery,
    output: z.array(s.Machine),
    status: 200,
    summary: 'Machines, by MAC unless told; all unless a page is asked for',
  },
  machineViews: {
    method: 'GET',
    path: '/api/machines',
    access: 'operator',
    query: MachineListQuery,
    output: z.array(s.MachineView),
    status: 200,
    summary: 'A page of machines as the console shows them; the first ten unless told',
  },
  machine: {
    method: 'GET',
    path: '/machines/:mac',
    access: 'operator',
    output: s.Machine,
    status: 200,
    summary: 'One machine',
  },
  saveMachine: {
    method: 'PUT',
    path: '/machines/:mac',
    access: 'operator',
    body: s.MachineUpsert,
    output: s.Machine,
    status: 200,
    summary: 'Create or replace the operator fields of a machine',
  },
  deleteMachine: {
    method: 'DELETE',
    path: '/machines/:mac',
    access: 'operator',
    status: 204,
    summary: 'Forget a machine',
  },
  machineView: {
    method: 'GET',
    path: '/api/machines/:mac',
    access: 'operator',
    output: s.MachineView,
    status: 200,
    summary: 'One machine as the console shows it',
  },
  machineTrace: {
    method: 'GET',
    path: '/api/machines/:mac/trace',
    access: 'operator',
    output: s.TraceView,
    status: 200,
    summary: 'What the server saw the machine do since it was switched on',
  },
  ...hardwareRoutes,
  ...diagnosisRoutes,
  /** Clears arming and completion so that the boot mode starts a new cycle. */
  rearmMachine: {
    method: 'POST',
    path: '/api/machines/:mac/rearm',
    access: 'operator',
    output: s.Machine,
    status: 200,
    summary: 'Start the boot mode again from the beginning',
  },

  catalogEntries: {
    method: 'GET',
    path: '/catalog/entries',
    access: 'operator',
    query: ImageListQuery,
    output: z.array(s.CatalogEntry),
    status: 200,
    summary: 'Catalog rows',
  },
  addCatalogEntry: {
    method: 'POST',
    path: '/catalog/entries',
    access: 'operator',
    body: s.CatalogAdd,
    output: s.CatalogAdded,
    status: 201,
    summary: 'Add an image by URL',
  },
  deleteCatalogEntry: {
    method: 'DELETE',
    path: '/catalog/entries',
    access: 'operator',
    query: z.object({ src: z.string() }),
    status: 204,
    summary: 'Remove an image',
  },
  /** Body is the TOML text itself, at most 1 MiB; the multipart form route of the reference stays beside it. */
  uploadCatalog: {
    method: 'POST',
    path: '/api/catalog/upload',
    access: 'operator',
    output: s.CatalogImported,
    status: 200,
    summary: 'Import a catalog.toml',
  },
  ...catalogRoutes,

  events: {
    method: 'GET',
    path: '/events',
    access: 'operator',
    query: s.EventQuery,
    output: s.EventList,
    status: 200,
    summary: 'The audit log, newest first',
  },
  ackEvent: {
    method: 'POST',
    path: '/events/:id/ack',
    access: 'operator',
    output: z.object({ id: z.number(), acknowledged: z.literal(true) }),
    status: 200,
    summary: 'Acknowledge an event',
  },

  netboot: {
    method: 'GET',
    path: '/api/netboot',
    access: 'operator',
    output: s.NetbootState,
    status: 200,
    summary: 'Artifacts, TFTP, ProxyDHCP and the clients seen',
  },
  answerNetwork: {
    method: 'PUT',
    path: '/api/netboot/networks',
    access: 'operator',
    body: s.NetworkAnswer,
    output: s.NetbootState,
    status: 200,
    summary: 'May ProxyDHCP speak on this network',
  },
  installBuiltMedia: {
    method: 'POST',
    path: '/api/desk/media/install',
    access: 'desk',
    output: s.NetbootState,
    status: 200,
    summary: 'Install the live media that were built on this laptop',
  },
  ...backupRoutes,
  ...cacheRoutes,
  ...deskRoutes,
  ...stickRoutes,
  ...releaseRoutes,
  ...settingsRoutes,
  ...readinessRoutes,
  ...terminalRoutes,
  ...updateRoutes,
} as const satisfies Record<string, Route>

export type RouteName = keyof typeof ROUTES
