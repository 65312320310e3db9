/** The page of every screen. A page wires one view to the console's state; the view only draws. */
import type { Component } from 'svelte'
import type { Screen } from '../paths.ts'
import type { ConsoleState } from '../state/console.svelte.ts'
import AccountPage from './AccountPage.svelte'
import BackupsPage from './BackupsPage.svelte'
import DashboardPage from './DashboardPage.svelte'
import EventsPage from './EventsPage.svelte'
import FlashPage from './FlashPage.svelte'
import ImagesPage from './ImagesPage.svelte'
import MachinePage from './MachinePage.svelte'
import MachinesPage from './MachinesPage.svelte'
import NetbootPage from './NetbootPage.svelte'
import SettingsPage from './SettingsPage.svelte'
import TerminalPage from './TerminalPage.svelte'
import SticksPage from './SticksPage.svelte'
import UnknownPage from './UnknownPage.svelte'

export const PAGES: Record<Exclude<Screen['view'], 'login'>, Component<{ app: ConsoleState }>> = {
  dashboard: DashboardPage,
  machines: MachinesPage,
  machine: MachinePage,
  images: ImagesPage,
  netboot: NetbootPage,
  flash: FlashPage,
  sticks: SticksPage,
  backups: BackupsPage,
  events: EventsPage,
  settings: SettingsPage,
  terminal: TerminalPage,
  account: AccountPage,
  unknown: UnknownPage,
}
