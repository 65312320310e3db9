/** Every sentence the operator reads, except those that the server writes. One file of `words/` per subject. */
import type { BootMode } from '../../server/api/index.ts'
import { backupsWords } from './words/backups.ts'
import { meterWords, modes, phases, steps } from './words/boot.ts'
import { bulkWords } from './words/bulk.ts'
import { cacheWords } from './words/cache.ts'
import { catalogWords } from './words/catalog.ts'
import { dashboardWords } from './words/dashboard.ts'
import { eventWords } from './words/events.ts'
import { flashWords } from './words/flash.ts'
import { imagesWords } from './words/images.ts'
import { machinesWords, machineWords } from './words/machines.ts'
import { hardwareWords } from './words/hardware.ts'
import { netbootWords } from './words/netboot.ts'
import { paletteWords } from './words/palette.ts'
import { releaseWords } from './words/releases.ts'
import { accountWords, settingsWords } from './words/settings.ts'
import { terminalWords } from './words/terminal.ts'
import { errorWords, fieldWords, liveWords, loginWords } from './words/shell.ts'
import { sticksWords } from './words/sticks.ts'

export const words = {
  product: 'bty console',
  nav: {
    dashboard: 'Overview',
    machines: 'Machines',
    images: 'Images',
    netboot: 'Netboot',
    flash: 'Flash',
    sticks: 'Sticks',
    backups: 'Backups',
    events: 'Events',
    terminal: 'Terminal',
    settings: 'Settings',
    account: 'Account',
  },
  drop: {
    title: 'Let go to use this file',
    hint: 'A catalog (.toml) is imported, a disk image is chosen on the page Flash.',
    several: 'Drop one file at a time.',
    other: 'This is neither a catalog (.toml) nor a disk image (.img, .iso, .qcow2, packed or not).',
    noPath: (name: string) =>
      `A browser does not tell in which folder ${name} lies. Put the folder in front of it, or open the console in the app.`,
  },
  terminal: terminalWords,
  dashboard: dashboardWords,
  machines: machinesWords,
  machine: machineWords,
  hardware: hardwareWords,
  bulk: bulkWords,
  images: imagesWords,
  catalog: catalogWords,
  cache: cacheWords,
  netboot: netbootWords,
  releases: releaseWords,
  flash: flashWords,
  sticks: sticksWords,
  backups: backupsWords,
  events: eventWords,
  settings: settingsWords,
  account: accountWords,
  palette: paletteWords,
  login: loginWords,
  live: liveWords,
  errors: errorWords,
  fields: fieldWords,
  modes,
  modeName: (mode: string) => modes[mode as BootMode]?.name ?? mode,
  phases,
  steps,
  meter: meterWords,
  mainNav: 'Screens',
  menu: 'Account menu',
  skip: 'Skip to content',
  signOut: 'Sign out',
  loading: 'Loading …',
  cancel: 'Cancel',
  close: 'Close',
  undo: 'Undo',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Not copied',
  never: 'never',
  none: 'none',

  notFound: {
    title: 'No such page',
    text: (path: string) => `There is nothing at ${path}.`,
    go: 'Go to Machines',
  },
}
