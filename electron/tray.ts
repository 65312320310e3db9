import type { MenuItemConstructorOptions } from 'electron'
import type { Work } from '../server/work.ts'
import { flashLines, isIdle, workSentence } from './say-work.ts'

/** What the tray tells. */
export interface Status {
  urls: readonly string[]
  /** Of network boot: `on`, `off` or `blocked`, with its reason. */
  netboot: { state: string; detail: string }
  work: Work
}

export interface TrayActions {
  show(): void
  copy(text: string): void
  quit(): void
}

/** One line beside the icon. Pure. */
export function trayTip({ work }: Pick<Status, 'work'>): string {
  return isIdle(work) ? 'bty console: serving' : `bty console: ${workSentence(work)}`
}

/** The tray's menu: state, running flashes, addresses to copy, and the way back to the window. Pure. */
export function trayMenu(
  { urls, netboot, work }: Status,
  actions: TrayActions,
): MenuItemConstructorOptions[] {
  const said = (label: string): MenuItemConstructorOptions => ({ label, enabled: false })
  const line: MenuItemConstructorOptions = { type: 'separator' }
  return [
    said(isIdle(work) ? 'Serving, nothing is running' : workSentence(work)),
    ...flashLines(work).map(said),
    said(NETBOOT[netboot.state] ?? `Network boot: ${netboot.state}`),
    line,
    ...urls.map((url) => ({ label: `Copy ${url}`, click: () => actions.copy(url) })),
    line,
    { label: 'Open the console', click: () => actions.show() },
    { label: 'Quit', click: () => actions.quit() },
  ]
}

const NETBOOT: Record<string, string> = {
  on: 'Network boot: on',
  off: 'Network boot: off',
  blocked: 'Network boot: blocked, the Netboot page tells why',
}
